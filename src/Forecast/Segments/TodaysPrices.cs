using System.Globalization;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Series;

namespace Platform.Forecast.Segments;

/// <summary>A day of one provider and model in a segment.</summary>
/// <param name="Day">Counted from the first day read.</param>
internal readonly record struct RouteUsage(int Day, string Provider, string Model, SegmentDay Usage);

/// <summary>The versions of prices, and the moment whose price days of the past are to have.</summary>
internal sealed record PricesNow(PriceVersions Versions, DateTimeOffset Now)
{
    /// <summary>No price changes.</summary>
    public static readonly PricesNow None = new(new PriceVersions([], ModelNames.None, ScheduledRoute.Unknown), DateTimeOffset.MinValue);

    /// <summary>Names the prices that changed, and which of the changes have begun: what was made with one is as another of the same key would make it. Empty where nothing changes.</summary>
    public string Key { get; } = Versions.Digest.Length == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{Versions.Digest}/{Versions.BegunAt(Now)}");

    /// <summary>What the calls cost now for each unit that they cost on a day; 1 where the book does not say.</summary>
    public double Since(DateTimeOffset from, DateTimeOffset to, PriceTimeline prices, MeanCall call) =>
        prices.Changes ? Ratio(prices.At(Now, call), prices.Over(from, to, call)) : 1;

    /// <summary>What they will cost on a day for each unit that they cost now; of the day that runs, in what is left of it.</summary>
    public double Ahead(DateOnly day, BillingCalendar calendar, PriceTimeline prices, MeanCall call)
    {
        var (from, to) = (calendar.StartOf(day), calendar.StartOf(day.AddDays(1)));
        return Ahead(Now > from && Now < to ? Now : from, to, prices, call);
    }

    /// <summary>What they will cost in a span of time for each unit that they cost now.</summary>
    public double Ahead(DateTimeOffset from, DateTimeOffset to, PriceTimeline prices, MeanCall call) =>
        prices.Changes ? Ratio(prices.Over(from, to, call), prices.At(Now, call)) : 1;

    /// <summary>What they cost from a moment on for each unit that they cost before.</summary>
    public static double Step(DateTimeOffset begins, PriceTimeline prices, MeanCall call) => Ratio(prices.At(begins, call), prices.At(begins.AddTicks(-1), call));

    private static double Ratio(double? to, double? from) => to is { } there && from is > 0 and var here ? there / here : 1;
}

/// <summary>A version of a price that began in the days of a segment, or is to begin, and what it made of the price of the segment's calls.</summary>
/// <param name="Day">The first that has it, of the forecast's zone.</param>
/// <param name="Ratio">The price from then on by the price before.</param>
/// <param name="Nanos">What these calls of the segment cost at the price of now in the weeks that controls are looked at.</param>
/// <param name="SetBy">Key id of who set it; empty where it came with the platform.</param>
internal sealed record PriceStep(DateTimeOffset From, DateOnly Day, string Provider, string Model, double Ratio, double Nanos, string SetBy);

/// <summary>A segment's days as prices of the book make them.</summary>
/// <param name="Days">At the prices of now; those of the segment itself where none changed yet.</param>
/// <param name="Steps">By their moment.</param>
/// <param name="Ahead">By day ahead, what a day at the prices of now is multiplied by; null where no other price is known.</param>
/// <param name="Routes">Those whose price changes.</param>
internal sealed record RepricedDays(IReadOnlyList<SegmentDay> Days, IReadOnlyList<PriceStep> Steps, IReadOnlyList<double>? Ahead, IReadOnlyList<RepricedRoute> Routes);

/// <summary>A provider and model of a segment whose price changes: what parts of the segment are told by that use more of it than the others.</summary>
/// <param name="Booked">By day from the first on, as it was paid.</param>
/// <param name="Now">The same at the price of now; the same array where that is as it was paid, since these are kept as long as the segment.</param>
/// <param name="Ahead">As of <see cref="RepricedDays"/>, of its calls alone.</param>
internal sealed record RepricedRoute(string Provider, string Model, DateOnly FirstDay, long[] Booked, long[] Now, IReadOnlyList<double>? Ahead)
{
    /// <summary>Days on which it was used.</summary>
    public IEnumerable<(DateOnly Day, long Booked, long Now)> Days() =>
        Booked.Zip(Now, (booked, now) => (booked, now)).Index().Where(day => day.Item is not (0, 0)).Select(day => (FirstDay.AddDays(day.Index), day.Item.booked, day.Item.now));
}

/// <summary>
/// A segment's past as it would have cost at the prices of today, and what prices that the book has already make of the days ahead. What a new price changes is known to the digit, so that a forecast
/// need not guess whether the step that it made comes again, nor wait for one that is announced: each day counts times the price of its calls now by their price then, by provider and model.
/// </summary>
internal static class TodaysPrices
{
    /// <summary>In their order. What was read of a segment's routes goes as soon as the segment is done.</summary>
    /// <param name="routes">Those whose price changes, a segment at a time; of segments that are not among these too.</param>
    /// <param name="days">How many are read, up to yesterday.</param>
    public static async Task<List<SegmentSeries>> OfAsync(
        List<SegmentSeries> series, IAsyncEnumerable<(SegmentKey Key, List<RouteUsage> Usage)> routes, PricesNow prices, HorizonCalendar horizon, int days,
        CancellationToken cancellationToken)
    {
        var (starts, repriced, places) = (StartsOf(horizon, days), series.ToArray(), series.Index().ToDictionary(segment => segment.Item.Key, segment => segment.Index));
        await Parallel.ForEachAsync(routes, cancellationToken, (segment, _) =>
        {
            if (places.TryGetValue(segment.Key, out var place))
            {
                repriced[place] = Of(series[place], segment.Usage, prices, horizon, starts);
            }

            return ValueTask.CompletedTask;
        });
        return [.. repriced];
    }

    /// <summary>Of each day that is read, and of today.</summary>
    public static DateTimeOffset[] StartsOf(HorizonCalendar horizon, int days) =>
        [.. Enumerable.Range(0, days + 1).Select(day => horizon.Calendar.StartOf(horizon.Today.AddDays(day - days)))];

    public static SegmentSeries Of(SegmentSeries segment, List<RouteUsage> usage, PricesNow prices, HorizonCalendar horizon, DateTimeOffset[] starts)
    {
        var days = starts.Length - 1;
        var (repriced, steps, ahead) = (segment.Days.ToArray(), new List<PriceStep>(), Enumerable.Repeat(1.0, horizon.Days).ToArray());
        var (first, recent) = (days - segment.Days.Count, Math.Max(0, days - Layers.SegmentLayers.ControlDays));
        var routes = usage.GroupBy(route => (route.Provider, route.Model)).Select(route =>
        {
            var timeline = prices.Versions.Of(route.Key.Provider, route.Key.Model, segment.Key.Lane);
            var (whole, last, booked, now) = (default(SegmentDay), default(SegmentDay), new long[segment.Days.Count], new long[segment.Days.Count]);
            foreach (var (day, _, _, before) in route)
            {
                var after = Reprice(before, timeline, prices, starts[day], starts[day + 1]);
                if (day >= first)
                {
                    repriced[day - first] += after - before;
                    (booked[day - first], now[day - first]) = (before.CostNanos, after.CostNanos);
                }

                (whole, last) = (whole + after, day >= recent ? last + after : last);
            }

            return (route.Key.Provider, route.Key.Model, Timeline: timeline, Whole: whole, Last: last, Booked: booked, Now: booked.AsSpan().SequenceEqual(now) ? booked : now);
        }).ToArray();

        var repricedRoutes = new List<RepricedRoute>();
        var all = SumOf(repriced, recent - first);
        foreach (var (provider, model, timeline, whole, last, booked, now) in routes.Where(route => route.Timeline.Changes))
        {
            // What has not been used for four weeks says nothing of days ahead.
            var call = MeanCall.Of(last.Calls, last.InputTokens, last.OutputTokens) ?? MeanCall.Of(whole.Calls, whole.InputTokens, whole.OutputTokens);
            if (call is not { } mean || whole.CostNanos <= 0)
            {
                repricedRoutes.Add(new RepricedRoute(provider, model, segment.FirstDay, booked, now, null));
                continue;
            }

            steps.AddRange(timeline.Later.Where(version => version.From > horizon.Calendar.StartOf(segment.FirstDay) && version.From < horizon.Calendar.StartOf(horizon.Today.AddDays(horizon.Days)))
                .Select(version => new PriceStep(
                    version.From, horizon.Calendar.DayOf(version.From), provider, model, PricesNow.Step(version.From, timeline, mean), Math.Max(0, last.CostNanos), version.SetBy))
                .Where(step => step.Ratio != 1));
            double[]? later = timeline.Begins.Any(begins => begins > prices.Now)
                ? [.. Enumerable.Range(0, ahead.Length).Select(day => prices.Ahead(horizon.Today.AddDays(day), horizon.Calendar, timeline, mean))]
                : null;
            var share = all > 0 ? Math.Clamp(last.CostNanos / all, 0, 1) : 0;
            for (var day = 0; day < later?.Length && share > 0; day++)
            {
                ahead[day] += share * (later[day] - 1);
            }

            repricedRoutes.Add(new RepricedRoute(provider, model, segment.FirstDay, booked, now, later));
        }

        var isSame = repriced.AsSpan().SequenceEqual(segment.Days.ToArray());
        return steps.Count == 0 && isSame ? segment : segment with
        {
            Prices = new RepricedDays(isSame ? segment.Days : WithRefused(segment.Days, repriced), [.. steps.OrderBy(step => step.From)], ahead.All(day => day == 1) ? null : ahead, repricedRoutes),
        };
    }

    /// <summary>
    /// A call's cost follows the price of its model. What it would have cost elsewhere, at the first choice or at the default, is another model's price and stays, but where nothing was saved: there the
    /// default is what served.
    /// </summary>
    private static SegmentDay Reprice(SegmentDay day, PriceTimeline timeline, PricesNow prices, DateTimeOffset from, DateTimeOffset to)
    {
        if (MeanCall.Of(day.Calls, day.InputTokens, day.OutputTokens) is not { } call || prices.Since(from, to, timeline, call) is var ratio && ratio == 1)
        {
            return day;
        }

        var compared = day.Compared;
        var elsewhere = Math.Clamp(compared.FellBackPrimaryNanos, 0, Math.Max(0, compared.RoutedNanos));
        var routed = elsewhere + Nanos.Signed((compared.RoutedNanos - elsewhere) * ratio);
        return day with
        {
            CostNanos = Nanos.Signed(day.CostNanos * ratio),
            Compared = compared with
            {
                FellBackNanos = Nanos.Signed(compared.FellBackNanos * ratio),
                RoutedNanos = routed,
                RoutedDefaultNanos = compared.SavingNanos == 0 ? routed : compared.RoutedDefaultNanos,
            },
        };
    }

    /// <summary>Refused calls were asked for at the prices of their day, of whichever models: what they were to cost moves as what was served did, that day or the last before it.</summary>
    private static SegmentDay[] WithRefused(IReadOnlyList<SegmentDay> days, SegmentDay[] repriced)
    {
        var ratio = 1.0;
        for (var day = 0; day < repriced.Length; day++)
        {
            ratio = days[day].CostNanos > 0 ? Math.Max(0, repriced[day].CostNanos) / (double)days[day].CostNanos : ratio;
            repriced[day] = repriced[day] with { DeniedNanos = Nanos.Signed(days[day].DeniedNanos * ratio), UnfundedNanos = Nanos.Signed(days[day].UnfundedNanos * ratio) };
        }

        return repriced;
    }

    private static double SumOf(SegmentDay[] days, int from) => days.Skip(Math.Max(0, from)).Sum(day => (double)day.CostNanos);

    /// <summary>The forecast at the prices that the book has for days ahead.</summary>
    public static SegmentForecast WithAhead(SegmentForecast segment) => segment.Series.Prices?.Ahead is { } ahead && segment.Outlook is { } outlook
        ? segment with { Outlook = outlook.Times(ahead) }
        : segment;

    /// <summary>By column of <see cref="HorizonCalendar"/>, what prices that are known make of it; null where none is.</summary>
    public static double[]? ByColumn(SegmentForecast segment, HorizonCalendar calendar)
    {
        if (segment.Series.Prices?.Ahead is not { } ahead || segment.Outlook is not { } outlook)
        {
            return null;
        }

        var (with, without) = (new double[HorizonCalendar.Columns], new double[HorizonCalendar.Columns]);
        foreach (var (day, columns) in calendar.ColumnsOfDays().Index())
        {
            foreach (var column in columns)
            {
                (with[column], without[column]) = (with[column] + outlook.Centre(day), without[column] + (ahead[day] > 0 ? outlook.Centre(day) / ahead[day] : 0));
            }
        }

        return [.. with.Zip(without, (cost, atOldPrice) => cost > 0 && atOldPrice > 0 ? cost / atOldPrice : 1)];
    }

    /// <summary>By route, what prices that the book has for later make of what is expected of a period after today; together what <see cref="ByColumn"/> does, to the nano.</summary>
    public static IReadOnlyList<(string Provider, string Model, long Nanos)> ByRoute(SegmentPaths segment, PeriodSpan span, HorizonCalendar calendar)
    {
        var series = segment.Forecast.Series;
        if (series.Prices is not { Ahead: { } ahead } prices || segment.Forecast.Outlook is not { } outlook || ByColumn(segment.Forecast, calendar) is not { } ratios)
        {
            return [];
        }

        // As the days ahead were made: each route by its part of the last four weeks.
        var all = SumOf([.. prices.Days], prices.Days.Count - Layers.SegmentLayers.ControlDays);
        var routes = prices.Routes.Where(route => route.Ahead is not null).Select(route =>
            (route, Part: all > 0 ? Math.Clamp(route.Now.TakeLast(Layers.SegmentLayers.ControlDays).Sum(nanos => (double)nanos) / all, 0, 1) : 0)).Where(route => route.Part > 0).ToArray();
        if (routes.Length == 0)
        {
            return [];
        }

        var (pieces, with, more) = (calendar.PiecesOfDays(), new double[HorizonCalendar.Pieces], new double[routes.Length, HorizonCalendar.Pieces]);
        for (var day = 0; day < calendar.Days; day++)
        {
            with[pieces[day]] += outlook.Centre(day);
            for (var route = 0; route < routes.Length && ahead[day] > 0; route++)
            {
                more[route, pieces[day]] += outlook.Centre(day) / ahead[day] * routes[route].Part * (routes[route].route.Ahead![day] - 1);
            }
        }

        var left = 0L;
        var nanos = new double[routes.Length];
        for (var piece = Math.Max(1, span.FirstPiece); piece < span.EndPiece; piece++)
        {
            left += segment.Expected[piece] - Nanos.FromForecast(segment.Expected[piece] / ratios[piece]);
            for (var route = 0; route < routes.Length && with[piece] > 0; route++)
            {
                nanos[route] += more[route, piece] * (segment.Expected[piece] / with[piece]);
            }
        }

        // What rounding leaves is the largest one's.
        var rounded = nanos.Select(Nanos.Signed).ToArray();
        var largest = Enumerable.Range(0, routes.Length).MaxBy(route => Math.Abs(nanos[route]));
        return [.. routes.Select((route, place) => (route.route.Provider, route.route.Model, rounded[place] + (place == largest ? left - rounded.Sum() : 0)))];
    }
}
