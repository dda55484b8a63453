using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

public sealed class ForecastViewTests(ITestOutputHelper output)
{
    [Fact]
    public void Figures_are_in_order_and_never_below_what_was_spent()
    {
        foreach (var hour in new[] { 0, 6, 12, 23 })
        {
            foreach (var day in new[] { 1, 15, 30 })
            {
                var view = Make(Steady(45, 3_000_000_000), new DateTimeOffset(2026, 6, day, hour, 0, 0, TimeSpan.Zero));

                Assert.Equal(ForecastStatus.Ready, view.Status);
                Assert.True(view.MonthToDateNanos <= view.MonthEndP10Nanos);
                Assert.True(view.MonthEndP10Nanos <= view.MonthEndP50Nanos);
                Assert.True(view.MonthEndP50Nanos <= view.MonthEndP90Nanos);
                Assert.Equal(90, view.Days.Count);
                Assert.All(view.Days, forecast => Assert.True(0 <= forecast.P10Nanos && forecast.P10Nanos <= forecast.P50Nanos && forecast.P50Nanos <= forecast.P90Nanos));
            }
        }
    }

    [Fact]
    public void Steady_spend_ends_the_month_about_where_arithmetic_says()
    {
        // 2 dollars a day; on 11 June at noon: ten full days, one dollar today so far, half of today and 19 days to come. Spend that never varied has no band in the four weeks to come.
        var view = Make(Steady(40, 2_000_000_000), Utc("2026-06-11T12:00:00"), available: 41_000_000_000, today: 1_000_000_000);

        Assert.Equal(21_000_000_000, view.MonthToDateNanos);
        Assert.Equal(2_000_000_000, view.DailyRunRateNanos);
        Assert.InRange(view.MonthEndP50Nanos, 59_000_000_000, 61_000_000_000);
        Assert.InRange(view.Days[0].P50Nanos, 1_950_000_000, 2_050_000_000);
        Assert.Equal(40, view.HistoryDays);

        // 41 dollars are half of today and twenty days.
        Assert.InRange(view.WalletExhaustedAt.ToDateTimeOffset(), Utc("2026-07-01T00:00:00"), Utc("2026-07-03T00:00:00"));
        Assert.True(view.WalletExhaustedEarlyAt <= view.WalletExhaustedAt);
        Assert.Contains("Its one segment", view.Explanation, StringComparison.Ordinal);
        output.WriteLine(view.Explanation);
    }

    [Fact]
    public void Today_that_spent_more_than_forecast_still_adds_its_rest()
    {
        var view = Make(Steady(40, 2_000_000_000), Utc("2026-06-30T18:00:00"), today: 9_000_000_000);

        Assert.InRange(view.MonthEndP50Nanos - view.MonthToDateNanos, 480_000_000, 520_000_000);
        Assert.Equal(view.MonthEndP50Nanos - view.MonthToDateNanos + 9_000_000_000, view.Days[0].P50Nanos);
    }

    [Theory]
    [InlineData(0L, true)]
    [InlineData(-5L, true)]
    [InlineData(100_000_000_000_000L, false)]
    public void Wallet_is_exhausted_now_when_empty_and_never_when_it_outlasts_the_horizon(long available, bool now)
    {
        var at = Utc("2026-06-11T12:00:00");
        var view = Make(Steady(40, 2_000_000_000), at, available);

        Assert.Equal(now ? at : null, view.WalletExhaustedAt?.ToDateTimeOffset());
    }

    [Fact]
    public void No_wallet_has_no_exhaustion_date() => Assert.Null(Make(Steady(40, 2_000_000_000), Utc("2026-06-11T12:00:00"), available: null).WalletExhaustedAt);

    [Fact]
    public void Short_history_says_from_when_on_there_will_be_a_forecast()
    {
        // 13 full days with usage and two without: when 11 June is over there will be 14.
        var days = Steady(15, 2_000_000_000).ToArray();
        days[3] = days[9] = default;
        var view = Make(days, Utc("2026-06-11T12:00:00"), available: 5);

        Assert.Equal(ForecastStatus.HistoryTooShort, view.Status);
        Assert.Contains("2026-06-12", view.Explanation, StringComparison.Ordinal);
        Assert.Equal((0, 0), (view.MonthEndP50Nanos, view.Days.Count));
        Assert.Equal(5, view.WalletAvailableNanos);
        Assert.Equal(18_000_000_000, view.MonthToDateNanos);
    }

    [Fact]
    public void No_usage_at_all_is_an_answer()
    {
        var view = Make([], Utc("2026-06-11T12:00:00"));

        Assert.Equal(ForecastStatus.HistoryTooShort, view.Status);
        Assert.Contains("2026-06-25", view.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Unpriced_calls_and_imported_history_are_said()
    {
        var view = Make(Steady(40, 2_000_000_000).Select(day => day with { UnpricedCalls = 1 }), Utc("2026-06-11T12:00:00"), imported: 40_000_000_000);

        Assert.Contains("40 calls without a price", view.Explanation, StringComparison.Ordinal);
        Assert.Contains("50.0 % of the spend seen is imported history", view.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public void Month_end_on_day_three_is_nearer_than_the_line_through_the_month_to_date()
    {
        var (ours, linear) = (new List<double>(), new List<double>());
        for (var seed = 0; seed < 40; seed++)
        {
            // 3 June 2026 at midnight: two full days of June, 60 before them, 28 to come.
            var spend = Synthetic.Team(seed, 90).Select(dollars => (long)(dollars * 1e9)).ToArray();
            var view = Make(spend[..62].Select(nanos => new SegmentDay(nanos, 1, 0, 0, 0)), Utc("2026-06-03T00:00:00"));
            var actual = spend[60..90].Sum();
            ours.Add(Math.Abs(view.MonthEndP50Nanos - actual) / (double)actual);
            linear.Add(Math.Abs(view.MonthToDateNanos / 2.0 * 30 - actual) / actual);
        }

        output.WriteLine($"median error {Median(ours):P1}, linear {Median(linear):P1}");
        Assert.True(Median(ours) < 0.8 * Median(linear));
    }

    [Theory]
    [InlineData(-0.4, 0)]
    [InlineData(0.5, 0)]
    [InlineData(1.5, 2)]
    [InlineData(1e30, long.MaxValue)]
    public void Doubles_become_nanos_by_rounding_half_to_even_within_the_range(double value, long nanos) => Assert.Equal(nanos, Nanos.FromForecast(value));

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static IEnumerable<SegmentDay> Steady(int fullDays, long nanos) => Enumerable.Repeat(new SegmentDay(nanos, 10, 0, 0, 0), fullDays);

    private static ForecastView Make(IEnumerable<SegmentDay> days, DateTimeOffset now, long? available = 0, long today = 0, long imported = 0)
    {
        var (horizon, key) = (new HorizonCalendar(Company.Utc, Company.Utc.DayOf(now)), new SegmentKey("team_support", "interactive", ""));
        SegmentDay[] history = [.. days];
        var forecast = Company.Ahead(horizon, history.Length == 0 ? [] : [new SegmentSeries(key, horizon.Today.AddDays(-history.Length), history)]);
        var current = new CurrentForecast(forecast, today == 0 ? new Dictionary<SegmentKey, SegmentDay>() : new() { [key] = new SegmentDay(today, 1, 0, 0, 0) }, now);
        return ForecastViews.Make(new ForecastMoment(current, Enumerable.Empty<PricedItem>().ToLookup(item => item.Item.TeamId), []), "team_support", "USD",
            available is { } nanos ? new SpendableFunds(nanos) : null, [], imported, new DailyTotals(horizon.Days));
    }
}
