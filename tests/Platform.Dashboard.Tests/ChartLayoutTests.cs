using Platform.Contracts;
using Platform.Dashboard.Figures;
using Platform.Dashboard.Overview;
using static Platform.Dashboard.Tests.Amounts;

namespace Platform.Dashboard.Tests;

public sealed class ChartLayoutTests
{
    private static readonly DateOnly Today = new(2026, 6, 15);

    [Theory]
    [InlineData("0", "1", 1)]
    [InlineData("0.0004", "0.0001", 4)]
    [InlineData("100", "20", 5)]
    [InlineData("101", "25", 5)]
    [InlineData("133", "50", 3)]
    [InlineData("26", "10", 3)]
    public void The_axis_has_round_steps_and_reaches_the_largest_value(string largest, string step, int steps) =>
        Assert.Equal(new ChartScale(decimal.Parse(step), steps), ChartScale.For(decimal.Parse(largest)));

    [Fact]
    public void A_day_is_stacked_without_gaps_from_the_ground_to_its_total()
    {
        var layout = ChartLayout.Of(History(("batch", 3), ("interactive", 1), ("", 2)), null);
        var day = layout.Days[^1];
        Assert.Equal(new Money(6_000_000_000), day.Total);
        Assert.Equal(["interactive", "batch", ""], day.Segments.Select(segment => segment.Workload));
        Assert.Equal(ChartLayout.Bottom, day.Segments[0].Y + day.Segments[0].Height, 6);
        Assert.Equal(day.Segments[0].Y, day.Segments[1].Y + day.Segments[1].Height, 6);
        Assert.Equal(layout.Y(6), day.Segments[^1].Y, 6);
    }

    [Fact]
    public void Days_and_forecast_share_the_width_and_days_without_spend_keep_their_place()
    {
        var forecast = Forecast(Today.AddDays(-1), Today, Today.AddDays(1), Today.AddDays(2));
        var layout = ChartLayout.Of(History(("batch", 3)), forecast);
        Assert.Equal(10, layout.Days.Count);
        Assert.Equal([Today, Today.AddDays(1), Today.AddDays(2)], layout.Band.Select(day => day.Band.Day));
        Assert.Empty(layout.Days[0].Segments);
        Assert.Equal(layout.Days[^1].X + layout.Slot / 2, layout.Band[0].X, 6);
        Assert.Equal(layout.Now, layout.Band[1].X - layout.Slot / 2, 6);
        Assert.Equal(ChartLayout.Width, layout.Band[^1].X + layout.Slot / 2, 6);
        Assert.True(layout.Band[0].High < layout.Band[0].Middle && layout.Band[0].Middle < layout.Band[0].Low);
        Assert.True(layout.Scale.Top >= 9);
    }

    [Fact]
    public void A_forecast_of_a_day_on_which_more_is_given_back_than_spent_stays_on_the_ground()
    {
        var forecast = Forecast(Today, Today.AddDays(1));
        forecast = forecast with { Days = [.. forecast.Days.Select(day => day.Day == Today ? day with { P10 = new Money(-380_000_000_000), P50 = new Money(-379_000_000_000) } : day)] };

        var today = ChartLayout.Of(History(("batch", 3)), forecast).Band[0];

        Assert.Equal((ChartLayout.Bottom, ChartLayout.Bottom), (today.Low, today.Middle));
    }

    [Fact]
    public void Dates_go_on_below_the_forecast_and_none_is_cut_by_the_edge()
    {
        var layout = ChartLayout.Of(History(("batch", 3)), Forecast([.. Enumerable.Range(0, 17).Select(Today.AddDays)]));
        Assert.Equal([new(2026, 6, 8), new(2026, 6, 15), new(2026, 6, 22), new(2026, 7, 1)], layout.Ticks.Select(tick => tick.Day));
        Assert.Equal(layout.Band[^1].X - layout.Slot / 2, layout.Ticks[^1].X, 6);
        Assert.All(layout.Ticks, tick => Assert.InRange(tick.LabelX, layout.Left, ChartLayout.Width - 20));
    }

    [Fact]
    public void A_date_that_the_edge_pushes_onto_the_one_before_is_left_out()
    {
        var layout = ChartLayout.Of(History(("batch", 3)) with { From = Today.AddDays(-89) }, Forecast([.. Enumerable.Range(0, 31).Select(Today.AddDays)]));
        Assert.Equal([new(2026, 7, 1), new(2026, 7, 8)], layout.Ticks.TakeLast(2).Select(tick => tick.Day));
        Assert.All(layout.Ticks.Zip(layout.Ticks.Skip(1)), pair => Assert.True(pair.Second.LabelX - pair.First.LabelX >= 56, $"{pair.First.Day}, {pair.Second.Day}"));
    }

    [Theory]
    // Of letters of 16 units in a wide font a digit and a sign are .636 wide, a comma and a blank .318, C, H and F .698, .752 and .575.
    [InlineData("USD", 100_000, 16 * (0.636 * 7 + 0.318))]
    [InlineData("CHF", 100_000, 16 * (0.698 + 0.752 + 0.575 + 0.636 * 6 + 0.318 * 2))]
    [InlineData("USD", 9, 0)]
    public void The_axis_has_room_for_its_widest_figure(string currency, long units, double width)
    {
        var layout = ChartLayout.Of(History(("batch", units)) with { Currency = currency }, null);
        Assert.True(layout.Left - ChartLayout.LabelGap >= width, $"{layout.Left}");
        Assert.Equal(layout.Left, layout.Days[0].X);
        Assert.Equal(ChartLayout.Width, layout.Now, 6);
    }

    [Fact]
    public void A_forecast_that_is_not_ready_has_no_band() =>
        Assert.Empty(ChartLayout.Of(History(("batch", 3)), Forecast(Today.AddDays(1)) with { Ready = false }).Band);

    private static SpendHistory History(params (string Workload, long Units)[] today) => new(
        "", "USD", Today.AddDays(-9), Today, [.. today.Select(spend => new DaySpend(Today, spend.Workload, Units(spend.Units)))]);

    private static ForecastLine Forecast(params DateOnly[] days) => new(
        "", true, "", "USD", Units(7), Units(8), Units(9), null, null, "mean", 90, default,
        [.. days.Select(day => new BandDay(day, Units(7), Units(8), Units(9)))]);
}
