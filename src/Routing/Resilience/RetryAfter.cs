using System.Net.Http.Headers;

namespace Platform.Routing.Resilience;

internal static class RetryAfter
{
    /// <summary>How long a provider asks to be left alone; zero when it names nothing sound.</summary>
    public static TimeSpan Read(HttpResponseHeaders headers, DateTimeOffset now)
    {
        var asked = headers.RetryAfter is { } retry ? retry.Delta ?? (retry.Date is { } date ? date - now : TimeSpan.Zero) : TimeSpan.Zero;
        return asked > TimeSpan.Zero ? asked : TimeSpan.Zero;
    }
}
