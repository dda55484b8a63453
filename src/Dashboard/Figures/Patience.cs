namespace Platform.Dashboard.Figures;

/// <summary>How long a page waits for a service before it says that the service does not answer.</summary>
internal static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    public static DateTime Until(TimeProvider time) => time.GetUtcNow().UtcDateTime + Limit;
}
