using System.Globalization;
using System.Net.Http.Headers;

namespace Platform.Routing.Resilience;

internal static class RetryAfter
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>How long a provider asks to be left alone, at most a day; zero when it names nothing sound. <c>Retry-After-Ms</c>, which OpenAI, Azure and this gateway send beside the other, is the finer one.</summary>
    public static TimeSpan Read(HttpResponseHeaders headers, DateTimeOffset now)
    {
        var asked = ReadMilliseconds(headers) ?? (headers.RetryAfter is { } retry ? retry.Delta ?? (retry.Date is { } date ? date - now : TimeSpan.Zero) : TimeSpan.Zero);
        return asked <= TimeSpan.Zero ? TimeSpan.Zero : asked < Longest ? asked : Longest;
    }

    private static TimeSpan? ReadMilliseconds(HttpResponseHeaders headers) =>
        headers.NonValidated.TryGetValues("Retry-After-Ms", out var values) && values.Count == 1
            && double.TryParse(values.ToString(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds > 0
            ? TimeSpan.FromMilliseconds(Math.Min(milliseconds, Longest.TotalMilliseconds))
            : null;
}
