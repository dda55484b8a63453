using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Projection;
using Platform.Forecast.Series;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

public sealed class ForecastViewTests(ITestOutputHelper output)
{
    private static readonly BillingCalendar Calendar = BillingCalendar.Find("")!;

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
    public void Steady_spend_ends_the_month_where_arithmetic_says()
    {
        // 2 dollars a day; on 11 June at noon: ten full days, one dollar today so far, half of today and 19 days to come.
        var view = Make(Steady(40, 2_000_000_000, today: 1_000_000_000), Utc("2026-06-11T12:00:00"), available: 41_000_000_000);

        Assert.Equal(21_000_000_000, view.MonthToDateNanos);
        Assert.Equal(2_000_000_000, view.DailyRunRateNanos);
        AssertNear(60_000_000_000, view.MonthEndP50Nanos);
        AssertNear(2_000_000_000, view.Days[0].P50Nanos);
        Assert.Equal(40, view.HistoryDays);

        // 41 dollars are half of today and twenty days.
        Assert.Equal(Utc("2026-07-02T00:00:00"), view.WalletExhaustedAt.ToDateTimeOffset(), TimeSpan.FromSeconds(1));
        Assert.True(view.WalletExhaustedEarlyAt <= view.WalletExhaustedAt);
        output.WriteLine(view.Explanation);
    }

    [Fact]
    public void Today_that_spent_more_than_forecast_still_adds_its_rest()
    {
        var view = Make(Steady(40, 2_000_000_000, today: 9_000_000_000), Utc("2026-06-30T18:00:00"));

        AssertNear(view.MonthToDateNanos + 500_000_000, view.MonthEndP50Nanos);
        AssertNear(9_500_000_000, view.Days[0].P50Nanos);
    }

    [Theory]
    [InlineData(0L, true)]
    [InlineData(-5L, true)]
    [InlineData(1_000_000_000_000L, false)]
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
        var view = Make([.. Steady(40, 2_000_000_000).Select(day => day with { UnpricedCalls = 1, HistoryCostNanos = day.CostNanos / 2 })], Utc("2026-06-11T12:00:00"));

        Assert.Contains("41 calls without a price", view.Explanation, StringComparison.Ordinal);
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
            var view = Make([.. spend[..62].Select(nanos => new DayUsage(nanos, 1, 0, 0)), default], Utc("2026-06-03T00:00:00"));
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

    private static void AssertNear(long expected, long actual) => Assert.InRange(actual, expected - 1000, expected + 1000);

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private static IEnumerable<DayUsage> Steady(int fullDays, long nanos, long today = 0) =>
        [.. Enumerable.Repeat(new DayUsage(nanos, 10, 0, 0), fullDays), new DayUsage(today, 1, 0, 0)];

    private static ForecastView Make(IEnumerable<DayUsage> days, DateTimeOffset now, long? available = 0) =>
        ForecastViews.Make("team_support", "USD", new DailySeries(Calendar.DayOf(now), [.. days]), available, Calendar, now);
}
