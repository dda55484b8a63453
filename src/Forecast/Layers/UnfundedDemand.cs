using Platform.Contracts;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>
/// Demand that is refused because no money is there: it is in no spend, so that a team whose wallet is empty seems to need less from day to day. What it comes to while days are like those of the
/// last four weeks, or since the team's first day, stands beside what is needed, and is added to it by choice only: a caller that tries again is counted again. Pure.
/// </summary>
internal static class UnfundedDemand
{
    /// <summary>By path, of what is left of a period.</summary>
    public static long[] Of(IEnumerable<TeamForecast> teams, PeriodSpan span, CurrentForecast current)
    {
        var totals = new long[JointPaths.Paths];
        foreach (var layers in teams.SelectMany(team => team.Layers).Where(layers => layers.Unfunded is not null))
        {
            for (var path = 0; path < totals.Length; path++)
            {
                for (var piece = span.FirstPiece; piece < span.EndPiece; piece++)
                {
                    totals[path] = Nanos.Sum(totals[path], layers.DeniedForFunds(path, piece, piece > 0 ? 1 : current.RestOfToday));
                }
            }
        }

        return totals;
    }

    /// <summary>The mean of the futures.</summary>
    public static long Expected(long[] paths) => Nanos.Mean(paths.Aggregate(Int128.Zero, (sum, nanos) => sum + nanos), paths.Length);

    /// <summary>What is refused, in a sentence; empty where nothing is. Set against the need that stands before it, so to the last digit where it is small.</summary>
    /// <param name="isCounted">It is in the need.</param>
    public static string Sentence(long nanos, bool isCounted, string currency) => nanos == 0 ? ""
        : isCounted ? $"{new Money(nanos).ToComparableString(currency)} of it is expected of calls that are refused for want of money as things are; one that is tried again counts each time."
        : $"Not in it: {new Money(nanos).ToComparableString(currency)} of calls that are refused for want of money, if it goes on as in the last four weeks, or since the team's first day. One that is tried again counts each time; count_refused adds them.";
}
