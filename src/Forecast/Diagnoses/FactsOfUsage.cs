using Platform.Forecast.Segments;
using Platform.Forecast.Variances;
using Platform.Forecasting.Preparation;

namespace Platform.Forecast.Diagnoses;

/// <summary>What rules need of a team's own days. Pure.</summary>
internal static class FactsOfUsage
{
    public const int WeeksDays = 28;
    private const int WeekDays = 7;
    private const int BeforeDays = 84;
    private const string PremiumLane = "premium";
    private const double PremiumTimes = 2;
    private const int LeastPeers = 2;

    /// <param name="team">Null where it used nothing.</param>
    public static (SegmentDay Month, SegmentDay LastWeek, SegmentDay Before, IReadOnlyList<SegmentShift> Shifts) Of(TeamForecast? team, DateOnly today)
    {
        var segments = team?.Segments.Select(segment => segment.Forecast).ToArray() ?? [];
        SegmentDay Sum(int from, int to) => segments.Aggregate(default(SegmentDay), (sum, segment) => sum + segment.Series.Sum(today.AddDays(-from), today.AddDays(-to)));

        return (Sum(WeeksDays, 0), Sum(WeekDays, 0), Sum(WeekDays + BeforeDays, WeekDays), [.. segments.SelectMany(segment => Shifts(segment, today))]);
    }

    /// <summary>Days of the four weeks that are known of a team: those from its first usage on; all of one that used nothing.</summary>
    public static int KnownDays(TeamForecast? team, DateOnly today) =>
        team is { Segments.Count: > 0 } ? Math.Clamp(today.DayNumber - team.Segments.Min(segment => segment.Forecast.Series.FirstDay).DayNumber, 1, WeeksDays) : WeeksDays;

    /// <summary>By team, what it spent, and the part that is premium.</summary>
    public static Dictionary<string, (long AllNanos, long PremiumNanos)> Premium(IReadOnlyDictionary<CellKey, CellUsage> cells)
    {
        double PriceOf(IEnumerable<CellUsage> usage) => usage.ToArray() is var all && all.Sum(cell => cell.InputTokens + cell.OutputTokens) is > 0 and var tokens ? all.Sum(cell => (double)cell.CostNanos) / tokens : 0;

        var mean = PriceOf(cells.Values);
        var dear = cells.GroupBy(cell => (cell.Key.Provider, cell.Key.Model)).Where(model => PriceOf(model.Select(cell => cell.Value)) >= PremiumTimes * mean && mean > 0)
            .Select(model => model.Key).ToHashSet();
        return cells.GroupBy(cell => cell.Key.TeamId, StringComparer.Ordinal).ToDictionary(
            team => team.Key,
            team => (
                team.Sum(cell => cell.Value.CostNanos),
                team.Where(cell => cell.Key.Lane == PremiumLane || dear.Contains((cell.Key.Provider, cell.Key.Model))).Sum(cell => cell.Value.CostNanos)),
            StringComparer.Ordinal);
    }

    /// <summary>The median of the other teams' premium shares; null where there are too few to be a measure.</summary>
    public static double? Peers(IReadOnlyDictionary<string, (long AllNanos, long PremiumNanos)> teams, string teamId)
    {
        double[] shares = [.. teams.Where(team => team.Key != teamId && team.Value.AllNanos > 0).Select(team => team.Value.PremiumNanos / (double)team.Value.AllNanos).Order()];
        return shares.Length < LeastPeers ? null : (shares[(shares.Length - 1) / 2] + shares[shares.Length / 2]) / 2;
    }

    private static IEnumerable<SegmentShift> Shifts(SegmentForecast segment, DateOnly today)
    {
        var (series, found) = (segment.Series, segment.Outlook?.Findings.Where(finding => finding.Kind == FindingKind.LevelShift && segment.Basis == SegmentBasis.Own) ?? []);

        // The days that it was found in: what was booked has the steps of prices and routes in it too, which are no shift.
        var costs = new Lazy<double[]>(() => TodaysRouting.Costs(series));
        foreach (var position in found.Select(finding => finding.Position).Where(position => series.FirstDay.AddDays(position) >= today.AddDays(-WeeksDays)))
        {
            var from = Math.Max(0, position - WeeksDays);
            var (before, after) = (costs.Value[from..position], costs.Value[position..]);
            yield return new SegmentShift(segment.Key, series.FirstDay.AddDays(position), before.Sum() / before.Length, after.Sum() / after.Length)
            {
                IsRestated = Enumerable.Range(from, costs.Value.Length - from).Any(day => costs.Value[day] != series.Days[day].CostNanos),
                Prices = [.. series.Prices?.Steps.Select(step => step.Day) ?? []],
            };
        }
    }
}
