using System.Globalization;

namespace Platform.Routing.Limits;

/// <summary>
/// How the limits of a call stand, as OpenAI's headers say it: of those that count requests, of those that count tokens, and of parallel requests, the one with the least left.
/// As a figure, not as a part of its limit: it is how much more may come before one refuses, and a client paces itself by it.
/// </summary>
internal static class RateLimitHeaders
{
    private enum Kind
    {
        Requests,
        Tokens,
        Parallel,
    }

    /// <param name="gauges">What is written of other kinds stays.</param>
    public static void Write(IHeaderDictionary headers, IReadOnlyList<Gauge> gauges)
    {
        Write(headers, Kind.Requests, Tightest(Kind.Requests, gauges));
        Write(headers, Kind.Tokens, Tightest(Kind.Tokens, gauges));
        Write(headers, Kind.Parallel, Tightest(Kind.Parallel, gauges));
    }

    /// <summary>Of an attempt too, whose provider has limits, or that of the attempt before it may have: what was written of that goes.</summary>
    public static void Write(IHeaderDictionary headers, IReadOnlyList<Gauge> ofCall, IReadOnlyList<Gauge> ofAttempt)
    {
        foreach (var kind in (ReadOnlySpan<Kind>)[Kind.Requests, Kind.Tokens, Kind.Parallel])
        {
            if (Tightest(kind, ofAttempt, Tightest(kind, ofCall)) is { } tightest)
            {
                Write(headers, kind, tightest);
            }
            else
            {
                headers.Remove("X-RateLimit-Limit-" + NameOf(kind));
                headers.Remove("X-RateLimit-Remaining-" + NameOf(kind));
                headers.Remove("X-RateLimit-Reset-" + NameOf(kind));
            }
        }
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

    private static LimitStanding? Tightest(Kind kind, IReadOnlyList<Gauge> gauges, LimitStanding? tightest = null)
    {
        for (var i = 0; i < gauges.Count; i++)
        {
            if (KindOf(gauges[i]) == kind)
            {
                var standing = gauges[i].Read();
                if (tightest is not { } least || standing.Remaining < least.Remaining || (standing.Remaining == least.Remaining && standing.ResetAfter > least.ResetAfter))
                {
                    tightest = standing;
                }
            }
        }

        return tightest;
    }

    private static void Write(IHeaderDictionary headers, Kind kind, LimitStanding? standing)
    {
        if (standing is not { } shown)
        {
            return;
        }

        headers["X-RateLimit-Limit-" + NameOf(kind)] = shown.Spec.Limit.ToString(CultureInfo.InvariantCulture);
        headers["X-RateLimit-Remaining-" + NameOf(kind)] = shown.Remaining.ToString(CultureInfo.InvariantCulture);
        if (kind != Kind.Parallel)
        {
            // When calls that are under way will end, nobody knows.
            headers["X-RateLimit-Reset-" + NameOf(kind)] = Format(shown.ResetAfter);
        }
    }

    private static Kind KindOf(Gauge gauge) => gauge is ParallelGauge ? Kind.Parallel : gauge.Spec.CountsTokens ? Kind.Tokens : Kind.Requests;

    private static string NameOf(Kind kind) => kind switch { Kind.Requests => "Requests", Kind.Tokens => "Tokens", Kind.Parallel => "Parallel" };
}
