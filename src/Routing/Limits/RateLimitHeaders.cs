using System.Globalization;

namespace Platform.Routing.Limits;

/// <summary>How the limits of a call stand, as OpenAI's headers say it: of those that count requests, and of those that count tokens, the one with the least left.</summary>
internal static class RateLimitHeaders
{
    public static void Write(IHeaderDictionary headers, IReadOnlyList<Gauge> gauges)
    {
        Write(headers, gauges, countsTokens: false, "Requests");
        Write(headers, gauges, countsTokens: true, "Tokens");
    }

    /// <summary>As OpenAI writes spans: 6m0s, 1s, 120ms. Rounded up.</summary>
    public static string Format(TimeSpan span)
    {
        if (span < TimeSpan.FromSeconds(1))
        {
            return $"{Math.Ceiling(span.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)}ms";
        }

        var seconds = (long)Math.Ceiling(span.TotalSeconds);
        var (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
        return string.Create(CultureInfo.InvariantCulture, $"{(hours > 0 ? $"{hours}h" : "")}{(seconds >= 60 ? $"{minutes}m" : "")}{seconds % 60}s");
    }

    private static void Write(IHeaderDictionary headers, IReadOnlyList<Gauge> gauges, bool countsTokens, string name)
    {
        LimitStanding? tightest = null;
        for (var i = 0; i < gauges.Count; i++)
        {
            if (gauges[i] is CountGauge gauge && gauge.Spec.CountsTokens == countsTokens)
            {
                var standing = gauge.Read();
                if (tightest is not { } least || (Int128)standing.Remaining * least.Spec.Limit < (Int128)least.Remaining * standing.Spec.Limit)
                {
                    tightest = standing;
                }
            }
        }

        if (tightest is { } shown)
        {
            headers["X-RateLimit-Limit-" + name] = shown.Spec.Limit.ToString(CultureInfo.InvariantCulture);
            headers["X-RateLimit-Remaining-" + name] = shown.Remaining.ToString(CultureInfo.InvariantCulture);
            headers["X-RateLimit-Reset-" + name] = Format(shown.ResetAfter);
        }
    }
}
