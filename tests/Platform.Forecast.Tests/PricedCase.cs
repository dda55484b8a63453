using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Routing.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

/// <summary>Segments whose models have prices that changed, or are to change.</summary>
internal static class PricedCase
{
    public const int Days = 120;

    public static readonly HorizonCalendar Calendar = new(Utc, new DateOnly(2026, 6, 20));
    public static readonly DateTimeOffset AsOf = Utc.StartOf(Calendar.Today).AddHours(9);

    /// <summary>The policy serves the scheduled lane at the flex tier.</summary>
    public static readonly ScheduledRoute FlexLater = new(new RoutePolicy
    {
        Lanes = { new LanePolicy { Name = ScheduledRoute.Lane, Route = new TargetSet { Targets = { new TargetChoice { Target = "flex" } } } } },
        Targets = { new TargetPolicy { Name = "flex", Provider = "openai", Model = "gpt-4o", ServiceTier = "flex" } },
    });

    public static readonly SegmentKey Key = new("team_a", "chat", "");

    /// <summary>The model's price is halved so many days before today.</summary>
    public static PriceVersions Book(int daysAgo) => BookOf(0.5, daysAgo);

    /// <summary>The model's price is so many times the one before since so many days before today.</summary>
    public static PriceVersions BookOf(double ratio, int daysAgo)
    {
        var begins = Utc.StartOf(Calendar.Today.AddDays(-daysAgo));
        return new PriceVersions([Row(1, 1, null, begins), Row(2, ratio, begins, null)], ModelNames.None, ScheduledRoute.Unknown);
    }

    /// <summary>A price at which a thousand tokens of <see cref="Company.Day"/> cost so many cents.</summary>
    public static PriceRow Row(long id, double cents, DateTimeOffset? from, DateTimeOffset? to, string tier = "", string model = "gpt-4o") => new()
    {
        PriceId = id, Provider = "openai", Model = model, Tier = tier, Currency = "USD", InputPerMillion = (long)(5e9 * cents), OutputPerMillion = (long)(30e9 * cents),
        EffectiveFrom = from?.ToTimestampUtc(), EffectiveTo = to?.ToTimestampUtc(),
    };

    public static SegmentSeries Flat(PriceVersions book, int halvedDaysAgo) => Spent(_ => 100, book, day => day >= Calendar.Today.AddDays(-halvedDaysAgo) ? 0.5 : 1);

    /// <param name="dollars">What a day's calls would cost at a cent each.</param>
    /// <param name="cents">What each did cost.</param>
    public static SegmentSeries Spent(Func<int, double> dollars, PriceVersions book, Func<DateOnly, double> cents, SegmentKey? key = null, string model = "gpt-4o")
    {
        var first = Calendar.Today.AddDays(-Days);
        SegmentDay[] days = [.. Enumerable.Range(0, Days).Select(day => Priced(dollars(day), cents(first.AddDays(day))))];
        return Repriced(new SegmentSeries(key ?? Key, first, days), book, [.. days.Select((usage, day) => new RouteUsage(day, "openai", model, usage))]);
    }

    /// <summary>Fifty dollars a day of each of two models, the one so many times dearer since so many days.</summary>
    /// <returns>And what that one cost, by day.</returns>
    public static (SegmentSeries Series, Dictionary<DateOnly, long> Changing) TwoModels(double ratio, int daysAgo)
    {
        var (first, begins) = (Calendar.Today.AddDays(-Days), Calendar.Today.AddDays(-daysAgo));
        SegmentDay[] own = [.. Enumerable.Range(0, Days).Select(day => Priced(50, first.AddDays(day) >= begins ? ratio : 1))];
        var series = new SegmentSeries(Key, first, [.. own.Select(day => day + Priced(50, 1))]);
        return (Repriced(series, BookOf(ratio, daysAgo), [.. own.Select((usage, day) => new RouteUsage(day, "openai", "gpt-4o", usage))]), own.Index().ToDictionary(day => first.AddDays(day.Index), day => day.Item.CostNanos));
    }

    public static SegmentDay Priced(double dollars, double cents) => Day(dollars) with { CostNanos = (long)(dollars * cents * 1e9) };

    public static SegmentSeries Repriced(SegmentSeries series, PriceVersions book, List<RouteUsage> usage) =>
        TodaysPrices.Of(series, usage, new PricesNow(book, AsOf), Calendar, TodaysPrices.StartsOf(Calendar, Days));

    public static CurrentForecast Now_(OrganisationForecast forecast) => Company.Now(forecast, hour: 0);

    public static LayerFigure MonthOf(SegmentSeries series) => MonthOf(Ahead(Calendar, series), Calendar.Month);

    public static LayerFigure MonthOf(OrganisationForecast forecast, DateOnly month) =>
        Layered(Now_(forecast), "").Of(PeriodSpan.Of(month, month.AddMonths(1), Calendar)).Total;

    public static DateTimeOffset At(int day, int hour = 0) => new(2026, 6, day, hour, 0, 0, TimeSpan.Zero);
}
