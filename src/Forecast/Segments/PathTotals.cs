using Platform.Forecast.Projection;

namespace Platform.Forecast.Segments;

/// <summary>What each path comes to, in whole nano-units.</summary>
internal static class PathTotals
{
    /// <summary>Adds what a segment costs in the rest of a period, path by path.</summary>
    public static void Add(long[] totals, SegmentPaths segment, PeriodSpan span, double restOfToday)
    {
        for (var path = 0; path < totals.Length; path++)
        {
            for (var piece = span.FirstPiece; piece < span.EndPiece; piece++)
            {
                totals[path] = Nanos.Sum(totals[path], segment.Rest(path, piece, restOfToday));
            }
        }
    }

    public static void Add(long[] totals, long[] more)
    {
        for (var path = 0; path < totals.Length; path++)
        {
            totals[path] = Nanos.Sum(totals[path], more[path]);
        }
    }

    /// <summary>The quantile of totals, between two of them rounded half to even (type 7 of Hyndman and Fan 1996).</summary>
    /// <param name="sorted">Ascending; at least one.</param>
    /// <param name="probability">0 to 1.</param>
    public static long Quantile(ReadOnlySpan<long> sorted, double probability)
    {
        var at = probability * (sorted.Length - 1);
        var below = (int)at;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (long)Math.Round((at - below) * ((double)sorted[above] - sorted[below]), MidpointRounding.ToEven);
    }

    public static (long P10, long P50, long P90) Band(long[] totals)
    {
        var sorted = totals.AsSpan().ToArray();
        Array.Sort(sorted);
        return (Quantile(sorted, 0.1), Quantile(sorted, 0.5), Quantile(sorted, 0.9));
    }
}
