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
        Assert.Equal(At("2026-03-29T21:00"), windows[2].Before[0].From);
        Assert.All(windows, window => Assert.All(window.Before, before => Assert.True(before.To <= window.Window.From)));
    }

    // The zone; a moment; the beginning of its hour, on the zone's clock; those of the same hour in the three weeks before, - for a week that lacks it.
    [Theory]
    [InlineData("Europe/Berlin    | 2026-03-29T12:30 | 14:00 | 03-22T14:00+01 03-15T14:00+01 03-08T14:00+01")]    // Of 23 hours.
    [InlineData("Europe/Berlin    | 2026-04-05T12:30 | 14:00 | 03-29T14:00+02 03-22T14:00+01 03-15T14:00+01")]
    [InlineData("Europe/Berlin    | 2026-04-05T00:30 | 02:00 | 03-22T02:00+01 03-15T02:00+01 03-08T02:00+01")]    // On the 29th there was no 02:00.
    [InlineData("Europe/Berlin    | 2026-10-25T13:30 | 14:00 | 10-18T14:00+02 10-11T14:00+02 10-04T14:00+02")]    // Of 25 hours.
    [InlineData("Europe/Berlin    | 2026-10-25T22:30 | 23:00 | 10-18T23:00+02 10-11T23:00+02 10-04T23:00+02")]
    [InlineData("Europe/Berlin    | 2026-10-25T01:30 | 02:00 | 10-18T02:00+02 10-11T02:00+02 10-04T02:00+02")]    // The second one.
    [InlineData("Europe/Berlin    | 2026-11-01T01:30 | 02:00 | 10-25T02:00+02 10-18T02:00+02 10-11T02:00+02")]    // The first one of the two.
    [InlineData("America/New_York | 2026-03-08T18:30 | 14:00 | 03-01T14:00-05 02-22T14:00-05 02-15T14:00-05")]
    [InlineData("America/New_York | 2026-03-15T06:30 | 02:00 | 03-01T02:00-05 02-22T02:00-05 02-15T02:00-05")]
    [InlineData("America/New_York | 2026-11-01T19:30 | 14:00 | 10-25T14:00-04 10-18T14:00-04 10-11T14:00-04")]
    [InlineData("America/New_York | 2026-11-08T06:30 | 01:00 | 11-01T01:00-04 10-25T01:00-04 10-18T01:00-04")]
    [InlineData("Africa/Cairo     | 2026-05-01T10:30 | 13:00 | 04-24T13:00+03 04-17T13:00+02 04-10T13:00+02")]    // The 24th began at 01:00.
    [InlineData("Africa/Cairo     | 2026-04-30T21:30 | 00:00 | 04-17T00:00+02 04-10T00:00+02 04-03T00:00+02")]
    public void Hours_of_weeks_before_are_those_of_the_clock_where_it_changes(string line)
    {
        var parts = line.Split('|', StringSplitOptions.TrimEntries);
        Assert.True(CalendarPeriod.TryFindZone(parts[0], out var zone));
        var hour = RateWindow.At(zone, At(parts[1])).First();
        Assert.Equal(At(parts[1]).AddMinutes(-30), hour.Window.From);
        Assert.Equal(parts[2], TimeZoneInfo.ConvertTime(hour.Window.From, zone).ToString("HH:mm", CultureInfo.InvariantCulture));
        Assert.Equal(parts[3].Split(' '), hour.Before.Take(3).Select(before => TimeZoneInfo.ConvertTime(before.From, zone).ToString("MM-ddTHH:mmzz", CultureInfo.InvariantCulture)));
        Assert.All(hour.Before, before => Assert.Equal((TimeSpan.FromHours(1), before.From), (before.To - before.From, BudgetHours.Containing(zone, before.From))));
    }

    [Fact]
    public void Hour_that_the_end_of_a_day_cuts_short_is_judged_by_none()
    {
        // Lord Howe's clocks go back by half an hour on the 5th of April: its day has 24 hours and a half. At 02:00 of October the 4th they are put forward by as much.
        Assert.True(CalendarPeriod.TryFindZone("Australia/Lord_Howe", out var zone));
        var last = RateWindow.At(zone, At("2026-04-05T13:15")).First();
        Assert.Equal((At("2026-04-05T13:00"), At("2026-04-05T13:30")), (last.Window.From, last.Window.To));
        Assert.Empty(last.Before);

        // 14:30 to 15:30 of that day, which hours of other days lie across: theirs is the one that 14:30 lies in.
        var across = RateWindow.At(zone, At("2026-10-04T04:00")).First();
        Assert.Equal((At("2026-10-04T03:30"), At("2026-09-27T03:30")), (across.Window.From, across.Before[0].From));
    }

    [Fact(Timeout = 300_000)]
    public async Task Usual_hour_of_a_day_whose_clocks_went_back_is_not_told()
    {
        // An office in Berlin that spends from 09:00 to 17:00 of each day; on the 25th of October it is 09:30 there.
        await using var budgets = await BudgetTime.BeginAsync(At("2026-10-25T08:30"));
        Assert.True(CalendarPeriod.TryFindZone("Europe/Berlin", out var zone));
        var calls = Enumerable.Range(1, 6 * 7 * 24).Select(hour => budgets.Now.AddHours(-hour)).Where(moment => TimeZoneInfo.ConvertTime(moment, zone).Hour is >= 9 and < 17);
        await budgets.Metering.RecordAsync([.. calls.Select(moment => budgets.Call(1_000, moment))]);
        await budgets.SetAsync("all", 100_000, request => (request.RateAlerts, request.TimeZone, request.ActualPercents) = (true, "Europe/Berlin", new BudgetPercents()));
        await budgets.SpendAsync(1_000);
        await LookLaterAsync(budgets, TimeSpan.FromMinutes(1));
        await LookLaterAsync(budgets, TimeSpan.FromMinutes(40));

        Assert.Empty((await budgets.HistoryAsync("all")).Rates);
    }

    [Fact(Timeout = 300_000)]
    public async Task Unusual_hour_is_told_once_and_those_that_follow_it_are_kept()
    {
        await using var budgets = await BudgetTime.BeginAsync(new DateTimeOffset(2026, 6, 10, 12, 0, 0, TimeSpan.Zero));
        await SpendForWeeksAsync(budgets, centsAnHour: 10);
        await budgets.SetAsync("all", 5_000, request => (request.RateAlerts, request.ActualPercents) = (true, new BudgetPercents()));
        await LookLaterAsync(budgets, TimeSpan.FromMinutes(5));
        Assert.Empty(await budgets.OwedAsync<SpendRateUnusual>());

        // What a provider charges without tokens is of no hour, and of no day.
        await AdjustAsync(budgets, 9_000);
        await LookLaterAsync(budgets, TimeSpan.FromMinutes(1));
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

    [Theory(Timeout = 300_000)]
    [InlineData(true, "")]
    [InlineData(true, "project")]
    [InlineData(false, "")]
    public async Task Day_of_a_credit_note_is_as_unusual_as_its_usage(bool isPast, string tag)
    {
        await using var budgets = await BudgetTime.BeginAsync(new DateTimeOffset(2026, 6, 10, 12, 0, 0, TimeSpan.Zero));
        await SpendForWeeksAsync(budgets, centsAnHour: 10);
        if (isPast)
        {
            await AdjustAsync(budgets, -100);
        }

        await budgets.SetAsync("all", 5_000, request =>
        {
            (request.RateAlerts, request.ActualPercents) = (true, new BudgetPercents());
            request.Scope = tag.Length == 0 ? null : new BudgetScope { TagKey = tag, TagValue = "apollo" };
        });
        await LookLaterAsync(budgets, TimeSpan.FromMinutes(1));
        if (!isPast)
        {
            await AdjustAsync(budgets, -100);
        }

        // Of 120 the day has 20 left; below 74 it would be told as too low.
        await LookLaterAsync(budgets, TimeSpan.FromHours(12.25));
        Assert.DoesNotContain(await budgets.OwedAsync<SpendRateUnusual>(), rate => rate.Window == "day");
        Assert.Equal(20 * BudgetTime.Cent, await budgets.Metering.ScalarAsync<long>("SELECT sum(spent_nanos)::bigint FROM budget_hour WHERE hour >= '2026-06-10Z'"));
    }

    [Fact(Timeout = 300_000)]
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

    [Fact(Timeout = 300_000)]
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

    [Fact(Timeout = 300_000)]
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

    [Fact(Timeout = 300_000)]
    public async Task Run_that_was_acknowledged_during_a_snooze_is_not_told_after_it()
    {
        await using var budgets = await BudgetTime.BeginAsync();
        await SpendForWeeksAsync(budgets, centsAnHour: 10);
        await budgets.SetAsync("all", 5_000, request => request.RateAlerts = true);
        await budgets.SnoozeAsync("all", budgets.Now.AddMinutes(40));
        await SpendLaterAsync(budgets, TimeSpan.FromMinutes(20));
        await LookLaterAsync(budgets, TimeSpan.FromMinutes(10));
        await budgets.AcknowledgeAsync("all");

        await LookLaterAsync(budgets, TimeSpan.FromMinutes(11));
        await SpendLaterAsync(budgets, TimeSpan.FromMinutes(1));
        await SpendLaterAsync(budgets, TimeSpan.FromHours(1));
        Assert.Empty(await HoursAsync(budgets));
        Assert.Equal(2, (await budgets.HistoryAsync("all")).Rates.Count(rate => rate.Window == BudgetWindow.Hour));
    }

    [Fact(Timeout = 300_000)]
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

    [Fact(Timeout = 300_000)]
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

    [Fact(Timeout = 300_000)]
    public async Task Imported_days_say_nothing_of_hours()
    {
        // A hundred a day for eight weeks, each whole at its day's beginning; since this midnight the gateway.
        await using var budgets = await BudgetTime.BeginAsync(new DateTimeOffset(2026, 6, 10, 0, 1, 0, TimeSpan.Zero));
        var midnight = budgets.Now.AddMinutes(-1);
        await budgets.Metering.RecordAsync([.. Enumerable.Range(1, 56).Select(day => budgets.Call(10_000, midnight.AddDays(-day), call => call.Funding = Funding.History))]);
        await budgets.SetAsync("all", 300_000, request => request.RateAlerts = true);
        foreach (var cents in new[] { 100, 300, 1_200, 2_000 })
        {
            await budgets.SpendAsync(cents);
            await LookLaterAsync(budgets, TimeSpan.FromMinutes(15));
            await LookLaterAsync(budgets, TimeSpan.FromMinutes(45));
        }

        Assert.Empty((await budgets.HistoryAsync("all")).Rates);

        // Days are what was imported, so a day far above them is told of at once.
        await budgets.SpendAsync(20_000);
        await LookLaterAsync(budgets, TimeSpan.FromMinutes(1));
        var told = Assert.Single(await budgets.OwedAsync<SpendRateUnusual>());
        Assert.Equal(("day", true, 23_600 * BudgetTime.Cent, 10_000 * BudgetTime.Cent), (told.Window, told.TooHigh, told.SpentNanos, told.ExpectedNanos));
    }

    [Theory(Timeout = 300_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Hours_are_judged_by_live_usage_alone(bool isSetFirst)
    {
        await using var budgets = await BudgetTime.BeginAsync(new DateTimeOffset(2026, 6, 10, 0, 1, 0, TimeSpan.Zero));
        if (isSetFirst)
        {
            await budgets.SetAsync("all", 5_000, request => request.RateAlerts = true);
            await budgets.LookAsync();
        }

        await budgets.Metering.RecordAsync([.. Enumerable.Range(1, 6).Select(week => budgets.Call(10, budgets.Now.AddDays(-7 * week)))]);
        await budgets.Metering.RecordAsync(budgets.Call(10_000, budgets.Now, call => call.Funding = Funding.History));
        await budgets.SetAsync("all", 5_000, request => request.RateAlerts = true);
        await LookLaterAsync(budgets, TimeSpan.FromMinutes(1));
        Assert.Empty(await HoursAsync(budgets));

        await budgets.SpendAsync(100);
        await LookLaterAsync(budgets, TimeSpan.FromMinutes(1));
        Assert.Equal(100 * BudgetTime.Cent, Assert.Single(await HoursAsync(budgets)).SpentNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Hours_that_a_version_before_counted_have_their_live_spend()
    {
        // Ten hours ago 5 of 7 were imported, of which 1 for the tag; two hundred days ago nobody asks.
        const string version38 = """
            INSERT INTO budget (
                budget_id, name, team_id, user_id, key_id, provider, model, workload, lane, tag_key, tag_value, period, time_zone, amount_nanos, actual_percents,
                forecast_percents, rate_alerts, hard_limit, active, version, armed_at, snoozed_until, counted, due, cap_state, cap_revision, cap_id, cap_problem,
                created_at, changed_at, changed_by)
            SELECT id, '', team, '', '', '', '', '', '', tag, tag, 5, 'UTC', 5000000000, '{}', '{}', true, false, true, 1, '2026-06-01Z', NULL, true, false,
                1, 0, '', '', '2026-06-01Z', '2026-06-01Z', 'key_old'
            FROM (VALUES ('all', '', ''), ('support', 'team_support', ''), ('tagged', '', 'import_user'), ('search', 'team_search', '')) AS old (id, team, tag);
            INSERT INTO budget_hour (budget_id, hour, spent_nanos)
            SELECT budget_id, date_trunc('hour', now()) - before * interval '1 hour', 7000 FROM budget, unnest('{10,9,4800}'::int[]) AS before;
            UPDATE budget_follower SET followed_until = now();
            SELECT usage_record_partition(date_trunc('month', (now() - interval '10 hours') AT TIME ZONE 'UTC') AT TIME ZONE 'UTC');
            INSERT INTO usage_record (
                recorded_at, occurred_at, price_id, input_tokens, cached_input_tokens, cache_write_tokens, cache_write_hour_tokens, output_tokens, reasoning_tokens,
                input_nanos, cached_input_nanos, cache_write_nanos, cache_write_hour_nanos, output_nanos, reasoning_nanos, request_nanos, cost_nanos, bound_nanos,
                gateway_ms, first_token_ms, total_ms, record_id, attempt_id, call_id, attempt_number, funding, outcome, fallback, source, event_id, team_id, user_id,
                application_id, key_id, workload, lane, provider, model_asked, model_served, service_tier, region, route_policy, route_reason, traceparent,
                upstream_key, currency, tags)
            SELECT now() + later, date_trunc('hour', now()) - interval '590 minutes', 1, 0, 0, 0, 0, 0, 0, cost, 0, 0, 0, 0, 0, 0, cost, 0, 0, 0, 0,
                gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1, funding, 1, false, '', '', 'team_support', '', '', '', '', '', '', '', '', '', '', '', '', '',
                '', 'USD', tags
            FROM (VALUES
                (1000, 3, NULL::jsonb, interval '-1 second'), (3000, 3, NULL, '-1 second'), (1000, 3, '{"import_user":"import_user"}', '-1 second'), (2000, 1, NULL, '-1 second'),
                (900, 3, NULL, '1 second')) AS old (cost, funding, tags, later);
            """;
        await using var metering = await MeteringFixture.CreateAsync(old: version38, upTo: 38);

        Assert.Equal(
            "all 0 2000 7000|search 0 7000 7000|support 0 2000 7000|tagged 0 6000 7000",
            await metering.ScalarAsync<string>("""
                SELECT string_agg(live, '|' ORDER BY live) FROM (
                    SELECT budget_id || ' ' || string_agg(live_nanos::text, ' ' ORDER BY hour) AS live FROM budget_hour GROUP BY budget_id) AS budgets
                """));
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
        var calls = Enumerable.Range(1, 6 * 7 * 24).Select(hour => budgets.Call(centsAnHour, budgets.Now.AddHours(-hour), usage => usage.Tags.Add("project", "apollo"))).ToList();
        foreach (var batch in calls.Chunk(1_000))
        {
            await budgets.Metering.RecordAsync(batch);
        }
    }

    private static Task AdjustAsync(BudgetTime budgets, long cents) => budgets.AdjustAsync(cents, with: usage => usage.Tags.Add("project", "apollo"));

    private static async Task LookLaterAsync(BudgetTime budgets, TimeSpan later)
    {
        budgets.Time.Advance(later);
        await budgets.LookAsync();
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text + "Z", CultureInfo.InvariantCulture);
}
