using Platform.Contracts.Metering.V1;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using Platform.Forecast.Variances;
using static Platform.Forecast.Tests.Company;
using static Platform.Forecast.Tests.PricedCase;

namespace Platform.Forecast.Tests;

/// <summary>What prices that changed, or are to change, make of a forecast.</summary>
public sealed class TodaysPricesTests
{
    private static readonly double[] Week = [100, 120, 140, 120, 100, 20, 10];

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(14)]
    public void A_month_in_which_a_price_was_halved_ends_at_what_was_spent_and_the_rest_at_the_new_price(int daysAgo)
    {
        var month = MonthOf(Flat(Book(daysAgo), daysAgo));

        Assert.InRange(month.P50 / ((19 - daysAgo) * 100e9 + (daysAgo + 11) * 50e9), 0.95, 1.05);
        Assert.Equal((19 - daysAgo) * 100_000_000_000 + daysAgo * 50_000_000_000, month.ToDate);
    }

    [Fact]
    public void The_step_of_a_price_is_no_trend_and_no_shift()
    {
        var made = Ahead(Calendar, Flat(Book(14), 14)).Teams[0].Segments[0];

        Assert.InRange(made.Expected[HorizonCalendar.Pieces - 1] / (30 * 50e9), 0.95, 1.05);
        Assert.Equal(0, made.Forecast.PricePerToken.Slope, 6);
        Assert.Equal(50e9, made.Forecast.DailyNanos);
        Assert.Empty(made.Forecast.Outlook!.Findings);
    }

    [Fact]
    public void A_price_that_is_halved_from_next_month_on_is_in_the_months_from_then_on_and_told_as_price()
    {
        var series = Flat(Book(-11), -11);
        var forecast = Ahead(Calendar, series);
        var current = Now_(forecast);
        var growth = Growth.Of(current, forecast.Teams[0].Segments[0], PeriodSpan.Of(new DateOnly(2026, 7, 1), new DateOnly(2026, 8, 1), Calendar));

        Assert.Same(series.Days, series.AtTodaysPrices().Days);
        Assert.InRange(MonthOf(forecast, new DateOnly(2026, 6, 1)).P50 / 3000e9, 0.98, 1.02);
        Assert.InRange(MonthOf(forecast, new DateOnly(2026, 7, 1)).P50 / (31 * 50e9), 0.95, 1.05);
        Assert.InRange(MonthOf(forecast, new DateOnly(2027, 6, 1)).P50 / (30 * 50e9), 0.9, 1.1);
        Assert.InRange(growth.PriceNanos / (-31 * 50e9), 0.95, 1.05);
        Assert.Equal(31 * 100_000_000_000, growth.LevelNanos);
    }

    [Fact]
    public void A_price_that_begins_within_a_day_has_its_part_of_that_day()
    {
        // Halved at noon of the eighteenth; as before from this evening on, when nine of the fifteen hours that are left are over.
        PriceVersions book = new([Row(1, 1, null, At(18, 12)), Row(2, 0.5, At(18, 12), At(20, 18)), Row(3, 1, At(20, 18), null)], ModelNames.None, ScheduledRoute.Unknown);
        var series = Spent(_ => 100, book, day => day == new DateOnly(2026, 6, 18) ? 0.75 : day == new DateOnly(2026, 6, 19) ? 0.5 : 1);

        Assert.All(series.AtTodaysPrices().Days, day => Assert.Equal(50e9, day.CostNanos, 1e3));
        Assert.Equal([0.6 + (0.4 * 2), 2.0], series.Prices!.Ahead!.Take(2), (one, other) => Math.Abs(one - other) < 1e-9);
        Assert.Equal([0.5, 2], series.Prices.Steps.Select(step => step.Ratio));
    }

    [Fact]
    public void A_weekly_shape_is_kept_across_a_price_that_doubled()
    {
        PriceVersions book = new([Row(1, 1, null, At(15)), Row(2, 2, At(15), null)], ModelNames.None, ScheduledRoute.Unknown);
        var series = Spent(day => Week[day % 7], book, day => day >= new DateOnly(2026, 6, 15) ? 2 : 1);
        var spent = series.Sum(Calendar.Month, Calendar.Today).CostNanos;

        Assert.InRange(MonthOf(series).P50 / (spent + Enumerable.Range(Days, 11).Sum(day => 2e9 * Week[day % 7])), 0.97, 1.03);
    }

    [Fact]
    public void Of_a_segment_with_two_models_the_one_whose_price_changes_moves_by_its_own_weight()
    {
        // A quarter of spend was of the model that is dearer by half since the fifteenth.
        PriceVersions book = new([Row(1, 1, null, At(15)), Row(2, 1.5, At(15), At(30)), Row(3, 3, At(30), null)], ModelNames.None, ScheduledRoute.Unknown);
        var days = Enumerable.Range(0, Days).Select(day => Priced(100, day >= Days - 5 ? 1.125 : 1)).ToArray();
        var usage = Enumerable.Range(0, Days).Select(day => new RouteUsage(day, "openai", "gpt-4o", Priced(25, day >= Days - 5 ? 1.5 : 1))).ToList();
        var series = Repriced(new SegmentSeries(Key, Calendar.Today.AddDays(-Days), days), book, usage);

        Assert.All(series.AtTodaysPrices().Days, day => Assert.Equal(112.5e9, day.CostNanos, 1e3));
        Assert.Equal(1 + (37.5 / 112.5), series.Prices!.Ahead![10], 9);
        Assert.Equal(1, series.Prices.Ahead[9]);
    }

    [Fact]
    public void Each_lane_follows_the_tier_that_it_is_priced_by()
    {
        // Flex stays as it is.
        PriceVersions book = new([Row(1, 1, null, At(15)), Row(2, 0.5, At(15), null), Row(3, 0.5, null, null, "flex")], ModelNames.None, FlexLater);
        var (interactive, scheduled) = (Flat(book, 5), Spent(_ => 100, book, _ => 0.5, Key with { Lane = ScheduledRoute.Lane }));

        Assert.All(interactive.AtTodaysPrices().Days, day => Assert.Equal(50e9, day.CostNanos));
        Assert.All(scheduled.AtTodaysPrices().Days, day => Assert.Equal(50e9, day.CostNanos));
        Assert.Null(scheduled.Prices);
    }

    [Fact]
    public void Another_name_of_a_model_has_its_price_until_it_has_its_own()
    {
        var names = new ModelNames([new PriceAlias { Provider = "openai", Alias = "gpt-4o-2024-08-06", Model = "gpt-4o" }]);
        PriceVersions book = new([Row(1, 1, null, At(15)), Row(2, 0.5, At(15), null), Row(3, 0.1, At(18), null, model: "gpt-4o-2024-08-06")], names, ScheduledRoute.Unknown);
        var series = Spent(_ => 100, book, day => day >= new DateOnly(2026, 6, 18) ? 0.1 : day >= new DateOnly(2026, 6, 15) ? 0.5 : 1, model: "gpt-4o-2024-08-06");

        Assert.Equal([("openai", "gpt-4o"), ("openai", "gpt-4o-2024-08-06")], book.Changed);
        Assert.All(series.AtTodaysPrices().Days, day => Assert.Equal(10e9, day.CostNanos, 1e3));
    }

    [Fact]
    public void What_was_saved_and_what_was_refused_are_at_the_prices_of_today_too()
    {
        // Served by a model at a quarter of the default's price, which is halved. What the default would have cost stays.
        SegmentDay Routed(double ratio) => Priced(100, ratio) with
        {
            Compared = new ComparedCosts(0, 0, (long)(100e9 * ratio), 400_000_000_000, 0, 0, 0, 0), DeniedCalls = 1, DeniedNanos = (long)(10e9 * ratio),
        };
        var days = Enumerable.Range(0, Days).Select(day => Routed(day >= Days - 5 ? 0.5 : 1)).ToArray();
        var series = Repriced(new SegmentSeries(Key, Calendar.Today.AddDays(-Days), days), Book(5), [.. days.Select((usage, day) => new RouteUsage(day, "openai", "gpt-4o", usage))]);

        Assert.All(series.AtTodaysPrices().Days, day => Assert.Equal(days[^1], day));
        Assert.All(TodaysRouting.Costs(series), cost => Assert.Equal(50e9, cost, 1.0));
    }

    [Fact]
    public void What_the_level_of_a_month_is_held_against_is_at_the_prices_of_today_too()
    {
        // Halved for a quarter of the four weeks.
        var (cell, days) = (new CellKey("team_a", "chat", "", "openai", "gpt-4o"), new DaySpan(Calendar.Today.AddDays(-28), Calendar.Today));
        var usage = new CellUsage(28 * 10_000, 28 * 8_000_000, 28 * 2_000_000, 2_450_000_000_000, 0, 0);
        var level = new PeriodFigures(28, new Dictionary<CellKey, CellUsage> { [cell] = usage }, [new WastedSpend(Driver.Failed, cell, 1, 1, 1, 24_500_000_000)], [], new Dictionary<SegmentKey, long>());
        var priced = ExpectedFigures.AtTodaysPrices(level, days, Utc, new PricesNow(Book(7), AsOf));

        Assert.Equal(usage with { CostNanos = 1_400_000_000_000 }, priced.Cells[cell]);
        Assert.Equal(14_000_000_000, priced.Waste[0].Nanos);
        Assert.Same(level, ExpectedFigures.AtTodaysPrices(level, days, Utc, PricesNow.None));
    }

    [Fact]
    public void A_launch_that_came_as_planned_is_all_planned_before_a_price_was_halved_and_after()
    {
        // Ten dollars a day on top of twenty since forty days, which cost half since ten.
        var series = Spent(day => day >= Days - 40 ? 30 : 20, Book(10), day => day >= Calendar.Today.AddDays(-10) ? 0.5 : 1);
        var item = new PlanRow("p", "p", "team_a", "", "", "openai", "gpt-4o", Calendar.Today.AddDays(-40), 0, 1_000, 800, 200, PlanRow.Certain, 0, null, "", "", true, default, "");
        double Brought(int from, int to) => PlannedSpends.Booked(
            [(item, 5_000_000)], [series.AtTodaysPrices()], series.FirstDay, new DaySpan(Calendar.Today.AddDays(from), Calendar.Today.AddDays(to)), new PricesNow(Book(10), AsOf), Utc).Sum(part => part.Nanos) / 1e9;

        Assert.Equal(280, Brought(-40, -12), 1e-6);
        Assert.Equal(50, Brought(-10, 0), 1e-6);
        Assert.Equal(150, Brought(-20, 0), 1e-6);
    }

    [Fact]
    public void Layers_add_up_to_the_nano()
    {
        var layered = Layered(Now_(Ahead(Calendar, Flat(Book(5), 5), Spent(_ => 30, Book(-11), _ => 1, Key with { Workload = "batch" }))), "");
        foreach (var month in layered.Months())
        {
            Assert.Equal(month.Total.Expected, month.Baseline.Expected + month.Control.Expected + month.Planned.Expected + month.Resilience.Expected);
            Assert.Equal(month.Total.Expected, month.Growth.ExpectedNanos);
        }
    }

    [Fact]
    public void People_are_told_of_each_price_what_it_does_to_the_forecast()
    {
        SegmentSeries[] series = [Flat(Book(5), 5), Spent(_ => 30, Book(-11), _ => 1, Key with { Workload = "batch" })];
        Assert.Equal(
            [
                "By the price book openai/gpt-4o costs 50 % less since 2026-06-15: days before count as they would have cost at the price of today.",
                "By the price book openai/gpt-4o is to cost 50 % less from 2026-07-01 on: days from then on count at that price.",
            ],
            PriceSentences.Of(series, AsOf));
        Assert.Equal(
            "The Metering service, which has the price book, does not answer: the past counts as it was paid, and no price that is to change is in the days ahead.",
            PriceSentences.Of(Ahead(Calendar, series[0] with { Prices = null }).Teams, new PricesNow(PriceVersions.Unknown, AsOf)).Single());
    }

    [Fact]
    public async Task Segments_stay_in_their_order_in_whichever_their_routes_are_read()
    {
        SegmentSeries Bare(string workload) => Flat(Book(5), 5) with { Key = Key with { Workload = workload }, Prices = null };
        var (a, b, c) = (Bare("A"), Bare("b"), Bare("C"));
        (SegmentKey, List<RouteUsage>) Routes(SegmentSeries series) => (series.Key, [.. series.Days.Select((usage, day) => new RouteUsage(day, "openai", "gpt-4o", usage))]);
        var read = new[] { Routes(c), Routes(Bare("other")), Routes(a) }.ToAsyncEnumerable();
        var priced = await TodaysPrices.OfAsync([a, b, c], read, new PricesNow(Book(5), AsOf), Calendar, Days, TestContext.Current.CancellationToken);

        Assert.Equal([a.Key, b.Key, c.Key], priced.Select(segment => segment.Key));
        Assert.Same(b, priced[1]);
        Assert.All([priced[0], priced[2]], segment => Assert.All(segment.AtTodaysPrices().Days, day => Assert.Equal(50e9, day.CostNanos)));
    }

    [Fact]
    public void What_nothing_is_known_of_stays_as_it_is()
    {
        PriceVersions one = new([Row(1, 1, null, null)], ModelNames.None, ScheduledRoute.Unknown);
        var bare = Flat(Book(5), 5) with { Prices = null };

        // A tier that gets a price beside one that has it; a price in a region.
        PriceVersions tiers = new([Row(1, 1, null, null), Row(2, 0.5, At(15), null, "flex"), new PriceRow(Row(3, 0.1, At(15), null)) { Region = "eu" }], ModelNames.None, FlexLater);
        Assert.Empty(tiers.Changed);
        Assert.Equal("", one.Digest);
        Assert.Empty(one.Changed);
        Assert.Same(bare, Repriced(bare, one, [new RouteUsage(3, "openai", "gpt-4o", bare.Days[3])]));
        Assert.Same(bare, Repriced(bare, Book(5), [new RouteUsage(3, "openai", "o3", bare.Days[3])]));
        Assert.Same(bare, Repriced(bare, Book(5), [new RouteUsage(3, "openai", "gpt-4o", new SegmentDay(-5, 0, 0, -10, 0))]));
        Assert.Equal(new PricesNow(Book(5), AsOf).Key, new PricesNow(Book(5), AsOf.AddDays(3)).Key);
        Assert.NotEqual(new PricesNow(Book(-11), AsOf).Key, new PricesNow(Book(-11), AsOf.AddDays(30)).Key);
    }
}
