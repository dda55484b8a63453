namespace Platform.Dashboard.Figures;

/// <summary>How long a page waits for a service before it says that the service does not answer.</summary>
internal static class Patience
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    /// <summary>The first forecast of a day fits every segment of the organisation, which takes its time on a busy machine; and a thousand teams are worked out one after another.</summary>
    private static readonly TimeSpan FittingLimit = TimeSpan.FromSeconds(60);

    public static DateTime Until(TimeProvider time) => time.GetUtcNow().UtcDateTime + Limit;

    public static DateTime UntilFitted(TimeProvider time) => time.GetUtcNow().UtcDateTime + FittingLimit;
}
