using Npgsql;
using Platform.Contracts.Events;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Forecast.SpecialDays;
using Platform.Postgres;
using Platform.Testing;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

public sealed class SegmentStoreTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = Utc("2026-06-10T12:00:00");
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private NpgsqlDataSource _dataSource = null!;
    private UsageSeriesStore _usage = null!;
    private SegmentStore _store = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _dataSource = NpgsqlDataSource.Create(await TestPostgres.CreateDatabaseAsync("forecast", async connectionString =>
        {
            await using var template = NpgsqlDataSource.Create(connectionString);
            await new Migrator(template, TimeProvider.System).MigrateAsync(typeof(UsageSeriesStore).Assembly, Cancellation);
        }));
        (_usage, _store) = (new UsageSeriesStore(_dataSource), new SegmentStore(_dataSource));
    }

    public async ValueTask DisposeAsync() => await _dataSource.DisposeAsync();

    [Theory]
    [InlineData("", "0 0 1 0 10", "1000")]
    [InlineData("Asia/Kathmandu", "0 0 1 0 0", "1010")]
    public async Task Days_of_a_segment_begin_with_its_first_and_end_with_yesterday_in_any_zone(string zone, string costs, string today)
    {
        await _usage.AddAsync(
            Batch(
                Call(Utc("2026-06-07T20:00:00"), 1) with { OccurredAt = Utc("2026-06-07T12:00:00") }, Call(Utc("2026-06-09T18:15:00"), 10), Call(Utc("2026-06-10T00:00:00"), 1000),
                Call(Utc("2026-06-05T00:00:00"), 7) with { Workload = "batch" }),
            Now, Cancellation);
        var calendar = BillingCalendar.Find(zone)!;
        var segments = await _store.ReadAsync(null, calendar, new DateOnly(2026, 6, 10), 5, Cancellation);

        Assert.Equal(["batch", "interactive"], segments.Select(segment => segment.Key.Workload));
        Assert.Equal(new DateOnly(2026, 6, 10), segments[1].Today);
        Assert.Equal(costs.Replace("0 0 1", "1", StringComparison.Ordinal), string.Join(' ', segments[1].Days.Select(day => day.CostNanos)));
        Assert.Equal(today, (await _store.ReadTodayAsync(calendar, new DateOnly(2026, 6, 10), Cancellation)).Values.Single().CostNanos.ToString());
        Assert.Empty(await _store.ReadAsync(["team_none"], calendar, new DateOnly(2026, 6, 10), 5, Cancellation));
    }

    [Theory]
    [InlineData("", "batch 1:openai/o1:4; interactive 1:openai/gpt-4o-mini:1 4:openai/gpt-4o-mini:10")]
    [InlineData("Asia/Kathmandu", "batch 1:openai/o1:4; interactive 1:openai/gpt-4o-mini:1")]
    public async Task Routes_are_read_apart_and_a_segment_at_a_time_in_any_zone(string zone, string expected)
    {
        await _usage.AddAsync(
            Batch(
                Call(Utc("2026-06-06T12:00:00"), 1), Call(Utc("2026-06-06T13:00:00"), 2, model: "o3"), Call(Utc("2026-06-09T18:15:00"), 10), Call(Utc("2026-06-10T00:00:00"), 1000),
                Call(Utc("2026-06-06T12:00:00"), 4, model: "o1") with { Workload = "batch" }, Call(Utc("2026-06-06T12:00:00"), 5, model: "o3") with { Workload = "chat" }),
            Now, Cancellation);
        var (calendar, today) = (BillingCalendar.Find(zone)!, new DateOnly(2026, 6, 10));
        var usage = await _store.ReadRoutesAsync(["team_support"], calendar, today, 5, [("openai", "gpt-4o-mini"), ("anthropic", "o3"), ("openai", "o1")], Cancellation).ToListAsync(Cancellation);

        Assert.Equal(expected, string.Join("; ", usage.Select(segment =>
            $"{segment.Key.Workload} {string.Join(' ', segment.Usage.Select(route => $"{route.Day}:{route.Provider}/{route.Model}:{route.Usage.CostNanos}"))}")));
        Assert.Empty(await _store.ReadRoutesAsync(["team_none"], calendar, today, 5, [("openai", "gpt-4o-mini")], Cancellation).ToListAsync(Cancellation));
        Assert.Empty(await _store.ReadRoutesAsync(null, calendar, today, 5, [], Cancellation).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task Versions_count_changes_and_apart_from_them_changes_of_days_that_are_over()
    {
        var call = Batch(Call(Now, 5));
        await _usage.AddAsync(call, Now, Cancellation);
        await _usage.AddAsync(call, Now, Cancellation);
        Assert.Equal((0, 0, 0), await VersionsAsync());
        await _usage.AddAsync(Batch(Call(Now.AddDays(-1), 5), Call(Now, 5)), Now, Cancellation);
        Assert.Equal((1, 1, 1), await VersionsAsync());
        await _usage.AddAsync(Batch(Call(Utc("2026-06-10T22:00:00"), 5)), Utc("2026-06-10T23:30:00"), Cancellation);
        Assert.Equal((1, 2, 1), await VersionsAsync());

        // Of the tenth as it is in Berlin, which begins at 22:00 (UTC) of the ninth; more than one call of a quarter hour in a message is one change.
        await _usage.AddAsync(Batch(Call(Utc("2026-06-09T21:59:00"), 5), Call(Utc("2026-06-09T21:50:00"), 5), Call(Utc("2026-06-09T22:00:00"), 5)), Now, Cancellation);
        Assert.Equal((3, 3, 2), await VersionsAsync());

        async Task<(long, long, long)> VersionsAsync()
        {
            var (utc, berlin) = (await _store.ReadVersionsAsync(Utc("2026-06-10T00:00:00"), Cancellation), await _store.ReadVersionsAsync(Utc("2026-06-09T22:00:00"), Cancellation));
            return (utc["team_support"].Before, utc["team_support"].Settled, berlin["team_support"].Before);
        }
    }

    [Fact]
    public async Task Forecasts_of_other_zones_stay_while_usage_flows_and_two_zones_are_asked_in_turn()
    {
        await SpendAsync("team_support", 40);
        var forecasts = new OrganisationForecasts(_store, new CalendarStore(_dataSource), Neighbours.NoPrices);
        var (berlin, york, tokyo) = (BillingCalendar.Find("Europe/Berlin")!, BillingCalendar.Find("America/New_York")!, BillingCalendar.Find("Asia/Tokyo")!);
        var (first, second) = (await forecasts.GetAsync(berlin, Now, Cancellation), await forecasts.GetAsync(york, Now, Cancellation));

        // Of the ninth in New York, and of the tenth, which runs, in Berlin.
        await _usage.AddAsync(Batch(Call(Now, 5), Call(Utc("2026-06-09T22:00:00"), 2_000_000_000)), Now, Cancellation);
        Assert.Same(first, await forecasts.GetAsync(berlin, Now, Cancellation));
        var changed = await forecasts.GetAsync(york, Now, Cancellation);
        Assert.NotSame(second, changed);
        Assert.Same(changed, await forecasts.GetAsync(york, Now, Cancellation));

        // A third zone takes the place of the one that was asked longest ago.
        await forecasts.GetAsync(tokyo, Now, Cancellation);
        Assert.Same(changed, await forecasts.GetAsync(york, Now, Cancellation));
        Assert.NotSame(first, await forecasts.GetAsync(berlin, Now, Cancellation));
    }

    [Fact]
    public async Task Zones_are_made_one_after_another_those_that_nobody_waits_for_not_at_all_and_days_of_utc_wait_for_none()
    {
        await SpendAsync("team_support", 40);
        var forecasts = new OrganisationForecasts(_store, new CalendarStore(_dataSource), Neighbours.NoPrices);
        await using var connection = await _dataSource.OpenConnectionAsync(Cancellation);
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        await ScalarAsync("LOCK TABLE usage_quarter IN ACCESS EXCLUSIVE MODE");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var berlin = BillingCalendar.Find("Europe/Berlin")!;
        var begun = forecasts.GetAsync(berlin, Now, patience.Token);
        await Eventually.TrueAsync(async () => await ReadersAsync() == 1, Patience, "the first zone to be read");

        string[] names = ["Africa/Cairo", "Africa/Lagos", "America/Bogota", "America/Chicago", "America/Denver", "America/Lima", "America/New_York", "Asia/Dhaka", "Asia/Dubai", "Asia/Kathmandu",
            "Asia/Kolkata", "Asia/Seoul", "Asia/Tokyo", "Australia/Perth", "Europe/Athens", "Europe/London", "Europe/Madrid", "Europe/Oslo", "Pacific/Auckland"];
        var waiting = names.Select(name => forecasts.GetAsync(BillingCalendar.Find(name)!, Now, patience.Token)).ToArray();
        var utc = forecasts.GetAsync(BillingCalendar.Find("")!, Now, Cancellation);
        Assert.Single((await utc.WaitAsync(Patience, Cancellation)).Teams);
        Assert.Equal(1, await ReadersAsync());

        // Those that give up have begun nothing; what was begun goes on, and whoever comes back to it finds it.
        await patience.CancelAsync();
        foreach (var task in waiting)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => task.WaitAsync(Patience, Cancellation));
        }

        var back = forecasts.GetAsync(berlin, Now, Cancellation);
        await transaction.CommitAsync(Cancellation);
        Assert.Same(await begun.WaitAsync(Patience, Cancellation), await back.WaitAsync(Patience, Cancellation));
        Assert.Same(await back, await forecasts.GetAsync(berlin, Now, Cancellation));

        async Task<object?> ScalarAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            return await command.ExecuteScalarAsync(Cancellation);
        }

        // The activity that a transaction sees is that of its first look, unless it is cleared.
        async Task<long> ReadersAsync()
        {
            await ScalarAsync("SELECT pg_stat_clear_snapshot()");
            return (long)(await ScalarAsync("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend' AND wait_event_type = 'Lock'"))!;
        }
    }

    [Fact]
    public async Task A_forecast_is_made_again_only_for_a_new_day_or_when_a_day_that_is_over_changed()
    {
        await SpendAsync("team_support", 40);
        await SpendAsync("team_search", 30);
        var forecasts = new OrganisationForecasts(_store, new CalendarStore(_dataSource), Neighbours.NoPrices);
        var calendar = BillingCalendar.Find("")!;
        var first = await forecasts.GetAsync(calendar, Now, Cancellation);
        await _usage.AddAsync(Batch(Call(Now, 5)), Now, Cancellation);
        Assert.Same(first, await forecasts.GetAsync(calendar, Now.AddHours(1), Cancellation));

        // Told late, it moves its own segment only.
        await _usage.AddAsync(Batch(Call(Now.AddDays(-1), 2_000_000_000)), Now, Cancellation);
        var second = await forecasts.GetAsync(calendar, Now, Cancellation);
        Assert.NotSame(first, second);
        Assert.Same(first.Teams[0].Segments[0].Forecast, second.Teams[0].Segments[0].Forecast);
        Assert.NotSame(first.Teams[1].Segments[0].Forecast, second.Teams[1].Segments[0].Forecast);
        Assert.NotSame(second, await forecasts.GetAsync(calendar, Now.AddDays(1), Cancellation));
    }

    private Task<bool> SpendAsync(string team, int days) => _usage.AddAsync(
        Batch([.. Enumerable.Range(1, days).Select(day => Call(Now.AddDays(-day), 1_000_000_000 + day, team))]), Now, Cancellation);
}
