using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using Platform.Forecast.Versions;
using PeriodKind = Platform.Contracts.Forecast.V1.PeriodKind;

namespace Platform.Forecast.Publishing;

/// <summary>What a version says, as a pure function of the forecast's moment: the layered answer of each scope, target by target.</summary>
internal static class VersionTargets
{
    public const string Day = "day";
    public const string Days = "days";
    public const string Month = "month";
    public const string Quarter = "quarter";
    public const string TwelveMonths = "twelve_months";

    /// <summary>Every target: judged days and sums of days, this month and the twelve after it, this quarter and the next, twelve months.</summary>
    public static IReadOnlyList<(string Kind, PeriodSpan Span)> All(HorizonCalendar horizon) =>
    [
        .. Enumerable.Range(HorizonCalendar.Pieces, HorizonCalendar.Columns - HorizonCalendar.Pieces).Select(column => PeriodSpan.OfJudged(column, horizon))
            .Select((span, place) => (place < HorizonCalendar.JudgedDays.Count ? Day : Days, span)),
        .. Enumerable.Range(0, HorizonCalendar.MonthsAhead + 1).Select(month => (Month, PeriodSpan.Of(horizon.Month.AddMonths(month), horizon.Month.AddMonths(month + 1), horizon))),
        (Quarter, PeriodSpan.Of(PeriodKind.Quarter, horizon)), (Quarter, PeriodSpan.Of(PeriodKind.NextQuarter, horizon)),
        (TwelveMonths, PeriodSpan.Of(PeriodKind.TwelveMonths, horizon)),
    ];

    /// <param name="teamId">Empty: the organisation.</param>
    public static IEnumerable<VersionFigure> Of(ForecastMoment moment, string teamId)
    {
        var layered = moment.Of(teamId);
        var history = ScopeHistory.Of(layered.Teams, layered.Horizon.Today);
        foreach (var (kind, span) in All(layered.Horizon))
        {
            var layers = layered.Of(span);
            var (runRate, seasonal) = NaiveFigures.Of(history, span, layers.Total.ToDate, moment.Current.RestOfToday);
            yield return new VersionFigure(
                teamId, kind, span.From, span.To, layers.Baseline, layers.Control, layers.Planned, layers.Resilience, layers.Total, runRate, seasonal, layers.AdjustmentNanos);
        }
    }

    /// <summary>The plan as the version sees it: items that are in its figures. One that has launched and ramped up is in its segment's own history by then, and in no plan.</summary>
    public static IEnumerable<VersionPlanItem> Plan(ForecastMoment moment)
    {
        var (horizon, today) = (moment.Current.Horizon, moment.Current.Horizon.Today);
        var segments = moment.Current.Teams.SelectMany(team => team.Segments).Select(segment => segment.Forecast.Series).ToLookup(segment => segment.Key.TeamId, StringComparer.Ordinal);
        var first = segments.SelectMany(team => team).Select(segment => (DateOnly?)segment.FirstDay).Min();
        foreach (var priced in moment.Plan.SelectMany(team => team).OrderBy(item => item.Item.PlanId, StringComparer.Ordinal)
            .Where(item => Enumerable.Range(0, horizon.Days).Any(day => PlannedPaths.NanosOn(item, today.AddDays(day), today) > 0)))
        {
            var (item, progress) = (priced.Item, priced.Progress);
            yield return new VersionPlanItem(
                item.PlanId, item.TeamId, item.Workload, item.Lane, item.StartsOn, item.EndsOn, progress.Status == PlanStatus.Launched,
                Level(item, item.StartsOn < today ? item.StartsOn : today, [.. segments[item.TeamId]], first));
        }
    }

    /// <summary>What an item's segments cost a day before a day; null where too few days are known.</summary>
    private static long? Level(PlanRow item, DateOnly before, SegmentSeries[] team, DateOnly? first)
    {
        SegmentSeries[] own = [.. team.Where(segment => item.Named.Take(segment.Key))];
        if (PlanRises.KnownFrom(before, own.Length > 0 ? SegmentSeries.Add(default, own) : null, team, first) is not { } known)
        {
            return null;
        }

        var from = PlanRises.LevelFrom(before, known);
        return Nanos.FromForecast(own.Sum(segment => segment.Sum(from, before).CostNanos) / (double)(before.DayNumber - from.DayNumber));
    }
}
