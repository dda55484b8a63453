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

    [Fact(Timeout = 60_000)]
    public async Task Run_that_began_while_the_budget_was_snoozed_is_told_at_its_first_hour_after_that()
    {
        await using var budgets = await BudgetTime.BeginAsync();
        await SpendForWeeksAsync(budgets, centsAnHour: 10);
        await budgets.SetAsync("all", 5_000, request => request.RateAlerts = true);
        await budgets.SnoozeAsync("all", budgets.Now.AddMinutes(59));
        await SpendLaterAsync(budgets, TimeSpan.FromMinutes(20));
        Assert.Empty(await HoursAsync(budgets));

        await SpendLaterAsync(budgets, TimeSpan.FromMinutes(45));
        Assert.Equal(At("2026-06-10T13:00"), Assert.Single(await HoursAsync(budgets)).WindowFrom);
        await SpendLaterAsync(budgets, TimeSpan.FromHours(1));
        Assert.Single(await HoursAsync(budgets));
        Assert.Equal([false, true, false], (await budgets.HistoryAsync("all")).Rates.Where(rate => rate.Window == BudgetWindow.Hour).Select(rate => rate.ToldAt is not null));
    }

    [Fact(Timeout = 60_000)]
    public async Task Hour_that_still_runs_when_the_snooze_ends_is_told_then_and_once()
    {
        await using var budgets = await BudgetTime.BeginAsync();
        await SpendForWeeksAsync(budgets, centsAnHour: 10);
        await budgets.SetAsync("all", 5_000, request => request.RateAlerts = true);
        await budgets.SnoozeAsync("all", budgets.Now.AddMinutes(40));
        await SpendLaterAsync(budgets, TimeSpan.FromMinutes(20));
        await LookLaterAsync(budgets, TimeSpan.FromMinutes(10));
        Assert.Empty(await HoursAsync(budgets));

        await LookLaterAsync(budgets, TimeSpan.FromMinutes(11));
        await SpendLaterAsync(budgets, TimeSpan.FromMinutes(1));
        Assert.Equal((At("2026-06-10T12:00"), 100 * BudgetTime.Cent), (Assert.Single(await HoursAsync(budgets)).WindowFrom, (await HoursAsync(budgets))[0].SpentNanos));
    }

    [Fact(Timeout = 60_000)]
    public async Task Run_that_was_told_before_a_snooze_is_not_told_again_after_it()
    {
        await using var budgets = await BudgetTime.BeginAsync();
        await SpendForWeeksAsync(budgets, centsAnHour: 10);
        await budgets.SetAsync("all", 5_000, request => request.RateAlerts = true);
        await SpendLaterAsync(budgets, TimeSpan.FromMinutes(5));
        await budgets.SnoozeAsync("all", budgets.Now.AddMinutes(90));
        await SpendLaterAsync(budgets, TimeSpan.FromHours(1));
        await LookLaterAsync(budgets, TimeSpan.FromMinutes(31));
        await SpendLaterAsync(budgets, TimeSpan.FromHours(1));

        Assert.Equal(At("2026-06-10T12:00"), Assert.Single(await HoursAsync(budgets)).WindowFrom);
    }

    [Fact(Timeout = 60_000)]
    public async Task Runs_that_a_version_before_kept_silent_are_told_of()
    {
        const string version30 = """
            INSERT INTO budget (
                budget_id, name, team_id, user_id, key_id, provider, model, workload, lane, tag_key, tag_value, period, time_zone, amount_nanos, actual_percents,
                forecast_percents, rate_alerts, hard_limit, active, version, armed_at, snoozed_until, counted, due, cap_state, cap_revision, cap_id, cap_problem,
                created_at, changed_at, changed_by)
            SELECT id, '', '', '', '', '', '', '', '', '', '', 3, 'UTC', 5000000000, '{}', '{}', true, false, true, 1, '2026-06-01Z', NULL, true, false,
                1, 0, '', '', '2026-06-01Z', '2026-06-01Z', 'key_old' FROM unnest('{silent,told}'::text[]) AS id;
            INSERT INTO budget_rate (budget_id, window_name, window_from, window_to, too_high, spent_nanos, expected_nanos, low_nanos, high_nanos, noticed_at, told_at)
            SELECT id, 'hour', '2026-06-10T10:00Z'::timestamptz + after * interval '1 hour', '2026-06-10T11:00Z'::timestamptz + after * interval '1 hour', true, 9, 1, 0, 2, '2026-06-10T10:00Z',
                CASE WHEN id = 'told' AND after = 0 THEN '2026-06-10T10:00Z'::timestamptz END
            FROM unnest('{silent,told}'::text[]) AS id, generate_series(0, 1) AS after;
            """;
        await using var metering = await MeteringFixture.CreateAsync(old: version30, upTo: 30);

        Assert.Equal("silent|2", await metering.ScalarAsync<string>("SELECT string_agg(DISTINCT budget_id, ' ') || '|' || count(*) FROM budget_rate WHERE silenced"));
    }

    private static async Task<List<SpendRateUnusual>> HoursAsync(BudgetTime budgets) => (await budgets.OwedAsync<SpendRateUnusual>()).FindAll(rate => rate.Window == "hour");

    /// <summary>Ten times what an hour usually has.</summary>
    private static async Task SpendLaterAsync(BudgetTime budgets, TimeSpan later)
    {
        budgets.Time.Advance(later);
        await budgets.SpendAsync(100);
        await LookLaterAsync(budgets, TimeSpan.FromSeconds(31));
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
