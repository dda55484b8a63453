using Platform.Forecast.Layers;
using Platform.Forecast.SpecialDays;
using Platform.Forecasting;
using Platform.Forecasting.Preparation;

namespace Platform.Forecast.Segments;

/// <summary>From a segment's days to its forecast: pure, and the same on any number of cores.</summary>
internal static class SegmentForecaster
{
    /// <summary>Steps that the engine forecasts and is judged on: four weeks. Beyond them the pattern repeats, and the trend of weeks says what becomes of its level.</summary>
    public const int EngineDays = 28;

    public const int Week = 7;

    /// <summary>A segment without usage for so long has ended.</summary>
    private const int StoppedDays = 35;

    private static readonly SeriesForecastOptions Options = new(EngineDays, EngineDays) { IsQuick = true };

    /// <summary>Null where the history is too short to show the engine its week, and is to borrow one.</summary>
    /// <param name="special">Days that are looked for; null: none.</param>
    public static SegmentForecast? Make(SegmentSeries series, int horizonDays, DayCalendar? special = null)
    {
        if (HasStopped(series))
        {
            return Nothing(series, SegmentBasis.Stopped);
        }

        return !SeasonSight.Shows(series.Days.Count, Week) ? null : WithOutlook(series, SegmentBasis.Own, OutlookOf(series, horizonDays, special).Extended(horizonDays, Week));
    }

    /// <summary>The engine's forecast of four weeks.</summary>
    /// <param name="horizonDays">As far as special days are told: beyond the four weeks for <see cref="SeriesOutlook.Extended"/>.</param>
    public static SeriesOutlook OutlookOf(SegmentSeries series, int horizonDays, DayCalendar? special) =>
        ForecastEngine.Outlook(TodaysRouting.Costs(series), Options with
        {
            Calendar = special?.EffectsOf(series, horizonDays) ?? [],
            PeriodLeft = HorizonCalendar.DaysLeftOfMonth(series.Today),
        });

    /// <param name="siblings">The days of what it borrows from: as long as its own at least.</param>
    /// <param name="shape">Their forecast; null where nobody has one.</param>
    public static SegmentForecast Borrow(SegmentSeries series, SegmentSeries? siblings, SeriesOutlook? shape, int horizonDays, DayCalendar? special = null)
    {
        var own = series.AtTodaysPrices().Days.Sum(day => (double)day.CostNanos);
        if (own <= 0)
        {
            return Nothing(series, SegmentBasis.Unknown);
        }

        var theirs = siblings is null ? 0 : (double)siblings.AtTodaysPrices().Sum(series.FirstDay, series.Today).CostNanos;
        if (shape is null || theirs <= 0)
        {
            return WithOutlook(series, SegmentBasis.Own, OutlookOf(series, horizonDays, special).Extended(horizonDays, Week));
        }

        // A level that was seen on n days is known as well as n days allow.
        var widening = Math.Sqrt(1 + (double)ForecastEngine.LeastHistory / series.Days.Count);
        var finding = new Finding(FindingKind.ShortHistory, 0, series.Days.Count,
            $"{series.Days.Count} days are too few for a pattern of its own: it has its own level and the shape of {(siblings!.Key.TeamId.Length > 0 ? "its team" : "the organisation")}.");
        return WithOutlook(series, SegmentBasis.Borrowed, shape.Borrowed(own / theirs, widening, [finding]).Extended(horizonDays, Week));
    }

    /// <summary>Of a segment that began today.</summary>
    public static SegmentForecast Unknown(SegmentSeries series) => Nothing(series, SegmentBasis.Unknown);

    private static bool HasStopped(SegmentSeries series) =>
        series.Days.Count >= StoppedDays && series.Days.Skip(series.Days.Count - StoppedDays).All(day => day is { CostNanos: 0, Calls: 0, DeniedCalls: 0 });

    private static SegmentForecast Nothing(SegmentSeries series, SegmentBasis basis) =>
        new(series, basis, null, 0, Trend.Unknown, Trend.Unknown, Trend.Unknown, Trend.Unknown);

    private static SegmentForecast WithOutlook(SegmentSeries series, SegmentBasis basis, SeriesOutlook outlook)
    {
        var (weeks, priced) = (series.Days.Count / Week, series.AtTodaysPrices());
        var costs = TodaysRouting.Costs(series);
        var usual = UsualCosts(costs, outlook);
        var (cost, calls, tokensPerCall, pricePerToken) = (new double[weeks], new double[weeks], new double[weeks], new double[weeks]);
        var costOfBound = SegmentLayers.CostOfBoundOf([series]);
        for (var week = 0; week < weeks; week++)
        {
            var first = series.Today.AddDays((week - weeks) * Week);
            var sum = priced.Sum(first, first.AddDays(Week));
            var (spent, usually) = (SumOf(costs, week), SumOf(usual, week));

            // What a limit turned away was wanted too: the step that it made is no trend. Callers may have tried again and again, so that it counts as much as what was served at most.
            var wanted = usually + Math.Min(sum.DeniedNanos * costOfBound, usually);
            (cost[week], calls[week]) = (wanted, spent > 0 ? sum.Calls * (wanted / spent) : sum.Calls);
            (tokensPerCall[week], pricePerToken[week]) = (sum.Calls > 0 ? sum.Tokens / (double)sum.Calls : 0, sum.Tokens > 0 ? spent / sum.Tokens : 0);
        }

        var recent = priced.Days.TakeLast(SegmentForecast.LevelDays).ToArray();
        return new SegmentForecast(
            series, basis, outlook, recent.Sum(day => (double)day.CostNanos) / recent.Length, Trend.Of(cost), Trend.Of(calls), Trend.Of(tokensPerCall), Trend.Of(pricePerToken));

        double SumOf(double[] days, int week) => days.AsSpan(series.Days.Count + (week - weeks) * Week, Week).ToArray().Sum();
    }

    /// <summary>Costs as they would have been without the days that a calendar marks, where they show, and without outliers: neither a week of holidays nor a single day that got out of hand is a trend.</summary>
    private static double[] UsualCosts(double[] costs, SeriesOutlook outlook)
    {
        var usual = outlook.Usual.Count == 0 ? costs : (double[])costs.Clone();
        foreach (var (step, value) in outlook.Usual)
        {
            usual[step] = value;
        }

        return usual;
    }
}
