using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Budgets;

namespace Platform.Metering.Tests.Budgets;

public sealed class BudgetRateTests
{
    // The weeks before, the even share of the amount, what is spent; what it is while the window runs, and once it is over.
    [Theory]
    [InlineData("100 100 100           |  10 | 9999 | -    -")]    // Three weeks say nothing.
    [InlineData("100 100 100 100       |  10 |  150 | -    -")]
    [InlineData("100 100 100 100       |  10 |  151 | high high")]
    [InlineData("100 100 100 100       |  10 |   50 | -    -")]
    [InlineData("100 100 100 100       |  10 |   49 | -    low")]
    [InlineData("0 0 0 0 0 0           | 100 |  100 | -    -")]
    [InlineData("0 0 0 0 0 0           | 100 |  101 | high high")]
    [InlineData("80 90 100 110 120     |  10 |  159 | -    -")]
    [InlineData("80 90 100 110 120     |  10 |  160 | high high")]
    [InlineData("100 100 100 100 9000  |  10 |  151 | high high")]    // One wild week widens nothing.
    [InlineData("100 100 100 100       | 500 |    0 | -    -")]
    public void Spend_is_judged_by_the_same_windows_of_weeks_before(string line)
    {
        var parts = line.Split('|', StringSplitOptions.TrimEntries);
        var before = parts[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number).ToList();
        var band = RateDecision.Expect(before, Number(parts[1]));
        Assert.Equal(string.Join(" ", parts[3].Split(' ', StringSplitOptions.RemoveEmptyEntries)), $"{Judge(isOver: false)} {Judge(isOver: true)}");

        string Judge(bool isOver) => (band is null ? null : RateDecision.Judge(band, Number(parts[2]), isOver)) switch { true => "high", false => "low", null => "-" };
    }

    [Fact]
    public void Windows_are_the_same_hours_of_the_same_weekday_in_the_zone()
    {
        Assert.True(CalendarPeriod.TryFindZone("Europe/Berlin", out var zone));

        // 00:30 of Monday the 6th of April in summer time; the clocks changed on the 29th of March.
        var windows = RateWindow.At(zone, new DateTimeOffset(2026, 4, 5, 22, 30, 0, TimeSpan.Zero)).ToList();
        Assert.Equal(["hour", "day", "hour", "day"], windows.Select(window => window.Name));
        Assert.Equal(At("2026-04-05T22:00"), windows[0].Window.From);
        Assert.Equal([At("2026-03-29T22:00"), At("2026-03-22T23:00"), At("2026-03-15T23:00")], windows[0].Before.Take(3).Select(before => before.From));
        Assert.Equal(At("2026-04-05T21:00"), windows[2].Window.From);
        Assert.Equal((At("2026-04-04T22:00"), At("2026-04-05T22:00")), (windows[3].Window.From, windows[3].Window.To));

        // The Sunday of the change has 23 hours.
        Assert.Equal((At("2026-03-28T23:00"), At("2026-03-29T22:00")), (windows[3].Before[0].From, windows[3].Before[0].To));
        Assert.Equal(7, windows[2].Before.Count);
        Assert.All(windows, window => Assert.All(window.Before, before => Assert.True(before.To <= window.Window.From)));
    }

    [Fact(Timeout = 60_000)]
    public async Task Unusual_hour_is_told_once_and_those_that_follow_it_are_kept()
    {
        await using var budgets = await BudgetTime.BeginAsync(new DateTimeOffset(2026, 6, 10, 12, 0, 0, TimeSpan.Zero));
        await SpendForWeeksAsync(budgets, centsAnHour: 10);
        await budgets.SetAsync("all", 5_000, request => (request.RateAlerts, request.ActualPercents) = (true, new BudgetPercents()));
        await LookLaterAsync(budgets, TimeSpan.FromMinutes(5));
        Assert.Empty(await budgets.OwedAsync<SpendRateUnusual>());

        await budgets.SpendAsync(100);
        await LookLaterAsync(budgets, TimeSpan.FromMinutes(1));
        await LookLaterAsync(budgets, TimeSpan.FromMinutes(1));
        var told = Assert.Single(await budgets.OwedAsync<SpendRateUnusual>());
        Assert.Equal(("hour", true, 100 * BudgetTime.Cent, 10 * BudgetTime.Cent), (told.Window, told.TooHigh, told.SpentNanos, told.ExpectedNanos));

        await LookLaterAsync(budgets, TimeSpan.FromHours(1));
        await budgets.SpendAsync(100);
        await LookLaterAsync(budgets, TimeSpan.FromMinutes(1));
        var hours = (await budgets.HistoryAsync("all")).Rates.Where(rate => rate.Window == BudgetWindow.Hour).ToList();
        Assert.Equal([false, true], hours.Select(rate => rate.ToldAt is not null));
        Assert.Equal(1, (await budgets.OwedAsync<SpendRateUnusual>()).Count(rate => rate.Window == "hour"));
    }

    [Fact(Timeout = 60_000)]
    public async Task Hour_without_its_usual_spend_is_told_when_it_is_over()
    {
        await using var budgets = await BudgetTime.BeginAsync(new DateTimeOffset(2026, 6, 10, 12, 0, 0, TimeSpan.Zero));
        await SpendForWeeksAsync(budgets, centsAnHour: 10);
        await budgets.SetAsync("all", 500, request => request.RateAlerts = true);
        await budgets.SetAsync("unwatched", 500);
        await LookLaterAsync(budgets, TimeSpan.FromMinutes(59));
        await LookLaterAsync(budgets, TimeSpan.FromMinutes(10));
        Assert.Empty(await budgets.OwedAsync<SpendRateUnusual>());
        await LookLaterAsync(budgets, TimeSpan.FromMinutes(1));
        var told = Assert.Single(await budgets.OwedAsync<SpendRateUnusual>());
        Assert.Equal(("all", "hour", false, 0), (told.BudgetId, told.Window, told.TooHigh, told.SpentNanos));
    }

    /// <summary>The same spend in each hour from six weeks back up to now.</summary>
    private static async Task SpendForWeeksAsync(BudgetTime budgets, long centsAnHour)
    {
        var calls = Enumerable.Range(1, 6 * 7 * 24).Select(hour => budgets.Call(centsAnHour, budgets.Now.AddHours(-hour))).ToList();
        foreach (var batch in calls.Chunk(1_000))
        {
            await budgets.Metering.RecordAsync(batch);
        }
    }

    private static async Task LookLaterAsync(BudgetTime budgets, TimeSpan later)
    {
        budgets.Time.Advance(later);
        await budgets.LookAsync();
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text + "Z", CultureInfo.InvariantCulture);
}
