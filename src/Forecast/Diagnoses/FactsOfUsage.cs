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

    /// <summary>Amounts of today's prices and routes that differ from the booked ones by less say the same.</summary>
    private const double Restated = 0.005;

    private const string PremiumLane = "premium";
    private const double PremiumTimes = 2;
    private const int LeastPeers = 2;

    /// <param name="team">Null where it used nothing.</param>
    public static (SegmentDay Month, SegmentDay LastWeek, SegmentDay Before, IReadOnlyList<SegmentShift> Shifts) Of(TeamForecast? team, DateOnly today)
    {
        var segments = team?.Segments.Select(segment => segment.Forecast).ToArray() ?? [];
        SegmentDay Sum(int from, int to) => segments.Aggregate(default(SegmentDay), (sum, segment) => sum + segment.Series.Sum(today.AddDays(-from), today.AddDays(-to)));

        return (Sum(WeeksDays, 0), Sum(WeekDays, 0), Sum(WeekDays + BeforeDays, WeekDays), ShiftsOf(segments, today));
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

    /// <summary>With amounts of the days that they were found in: what was booked has the steps of prices and routes in it too, which are no shift.</summary>
    private static IReadOnlyList<SegmentShift> ShiftsOf(IReadOnlyList<SegmentForecast> segments, DateOnly today)
    {
        (SegmentForecast Segment, int Position)[] found =
        [
            .. segments.Where(segment => segment.Basis == SegmentBasis.Own)
                .SelectMany(segment => segment.Outlook?.Findings.Where(finding => finding.Kind == FindingKind.LevelShift).Select(finding => (segment, finding.Position)) ?? [])
                .Where(shift => shift.segment.Series.FirstDay.AddDays(shift.Position) >= today.AddDays(-WeeksDays)),
        ];
        if (found.Length == 0)
        {
            return [];
        }

        var costs = segments.ToDictionary(segment => segment.Key, segment => TodaysRouting.Costs(segment.Series));
        var month = costs.Values.Sum(days => days.TakeLast(WeeksDays).Sum());
        return [.. found.Select(shift => Shift(shift.Segment, shift.Position, costs[shift.Segment.Key], month))];
    }

    private static SegmentShift Shift(SegmentForecast segment, int position, double[] costs, double month)
    {
        var (series, from) = (segment.Series, Math.Max(0, position - WeeksDays));
        double Booked(int first, int end) => series.Days.Skip(first).Take(end - first).Sum(day => (double)day.CostNanos);
        bool Differs(int first, int end) => Booked(first, end) is var booked && Math.Abs(costs[first..end].Sum() - booked) > Restated * booked;

        return new SegmentShift(segment.Key, series.FirstDay.AddDays(position), costs[from..position].Sum() / (position - from), costs[position..].Sum() / (costs.Length - position))
        {
            IsRestated = Differs(from, position) || Differs(position, costs.Length),
            MonthNanos = month,
            Prices = [.. series.Prices?.Steps.Select(step => step.Day) ?? []],
        };
    }
}
