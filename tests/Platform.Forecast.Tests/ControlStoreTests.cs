using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Forecast.Controls;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Postgres;
using Platform.Testing;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

public sealed class ControlStoreTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = Utc("2026-06-10T12:00:00");
    private static readonly DateOnly Today = new(2026, 6, 10);
    private static readonly BillingCalendar Calendar = BillingCalendar.Find("")!;
    private NpgsqlDataSource _dataSource = null!;
    private SegmentStore _segments = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _dataSource = NpgsqlDataSource.Create(await TestPostgres.CreateDatabaseAsync("forecast", async connectionString =>
        {
            await using var template = NpgsqlDataSource.Create(connectionString);
            await new Migrator(template, TimeProvider.System).MigrateAsync(typeof(UsageSeriesStore).Assembly, Cancellation);
        }));
        _segments = new SegmentStore(_dataSource);
    }

    public async ValueTask DisposeAsync() => await _dataSource.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("Europe/Berlin")]
    public async Task Other_prices_are_summed_only_of_calls_that_know_them(string zone)
    {
        var day = Utc("2026-06-09T12:00:00");
        var known = Call(day, 100, fallback: true) with { PrimaryCostNanos = 60, DefaultCostNanos = 150, LeaseId = Guid.NewGuid(), BoundNanos = 400 };
        await new UsageSeriesStore(_dataSource).AddAsync(
            Batch(
                known, Call(day, 7, fallback: true), Call(day, 50) with { DefaultCostNanos = 80, ShadowRule = "small", ShadowCostNanos = 20 },
                Call(day, null, fallback: true) with { PrimaryCostNanos = 5, DefaultCostNanos = 5 }, Call(day, -10, corrects: known.RecordId) with { BoundNanos = 400 }),
            Now, Cancellation);
        var segment = Assert.Single(await _segments.ReadAsync(null, BillingCalendar.Find(zone)!, Today, 5, Cancellation));

        // What routing saved is told of the first choice (60 of 150, 50 of 80), and what falling back cost beside it: no call's fallback counts twice.
        Assert.Equal(new SegmentDay(147, 4, 1, 50, 15, 3, new ComparedCosts(100, 60, 110, 230, 50, 20, 100, 400)), Assert.Single(segment.Days));
    }

    [Fact]
    public async Task First_money_is_looked_up_of_the_teams_asked_for_alone_and_of_none_without_a_query()
    {
        var store = new ControlStore(_dataSource);
        foreach (var (team, at) in new[] { ("team_old", "2026-04-01T00:00:00"), ("team_old", "2026-06-01T00:00:00"), ("team_new", "2026-06-01T00:00:00"), ("team_used", "2026-06-01T00:00:00") })
        {
            await store.AddAsync(new ControlEvent(Guid.CreateVersion7(), Utc(at), ControlEvent.Allocation, team, $"wal_{team}", "key_1", "allocate"), Now, Cancellation);
        }

        Assert.Equal(["team_new"], await store.ReadFirstFundedAsync(["team_old", "team_new", "team_without"], Utc("2026-05-13T00:00:00"), Cancellation));

        // Nobody listens there.
        await using var nowhere = NpgsqlDataSource.Create("Host=localhost;Port=1;Username=nobody");
        Assert.Empty(await new ControlStore(nowhere).ReadFirstFundedAsync([], Now, Cancellation));
    }

    [Fact]
    public async Task Refusals_count_once_and_those_that_were_only_observed_not_at_all()
    {
        var store = new DeniedDemandStore(_dataSource);
        var denied = Denied(Utc("2026-06-08T10:00:00"), 500, Reasons.InsufficientFunds);
        var capped = Denied(Utc("2026-06-08T11:00:00"), 70, Reasons.CapReached);
        foreach (var one in new[] { denied, denied, capped, Denied(Now, 300, Reasons.InsufficientFunds), Denied(Now, 90, Reasons.ObservedInsufficientFunds) })
        {
            await store.AddAsync(one, Now, Cancellation);
        }

        var segment = Assert.Single(await _segments.ReadAsync(null, Calendar, Today, 5, Cancellation));
        // More money would have let the one through, and not the other.
        Assert.Equal([(2, 570, 500), (0, 0, 0)], segment.Days.Select(day => (day.DeniedCalls, day.DeniedNanos, day.UnfundedNanos)));
        Assert.Equal(300, (await _segments.ReadTodayAsync(Calendar, Today, Cancellation)).Values.Single().DeniedNanos);
        Assert.Equal(new SeriesVersion(2, 2), (await _segments.ReadVersionsAsync(Calendar.StartOf(Today), Cancellation))["team_support"]);
    }

    [Fact]
    public async Task Served_and_refused_calls_of_one_class_are_one_segment_by_whichever_queue_a_refusal_comes_first()
    {
        var day = Utc("2026-06-09T12:00:00");
        await new UsageSeriesStore(_dataSource).AddAsync(Batch(Call(day, 100) with { Workload = "batch", Lane = "standard" }), Now, Cancellation);
        var denied = new DemandDenied(Guid.NewGuid(), "team_support", "key_1", "", "standard", "openai", "gpt-4o", Reasons.InsufficientFunds, 50, "USD", day);
        var classed = DemandRecorded.Of(denied) with { Workload = "batch" };
        var store = new DeniedDemandStore(_dataSource);
        foreach (var told in new[] { classed, DemandRecorded.Of(denied), classed })
        {
            await store.AddAsync(told, Now, Cancellation);
        }

        var segment = Assert.Single(await _segments.ReadAsync(null, Calendar, Today, 5, Cancellation));
        Assert.Equal((new SegmentKey("team_support", "batch", "standard"), 1, 50), (segment.Key, segment.Days.Sum(each => each.DeniedCalls), segment.Days.Sum(each => each.DeniedNanos)));
    }

    [Fact]
    public async Task Controls_are_kept_once_and_listed_by_whom_they_concern()
    {
        var store = new ControlStore(_dataSource);
        var budget = ControlEvent.Of(new BudgetChanged(
            Guid.NewGuid(), "b", "June", 1, true, new SpendScope(TeamId: "team_support"), 5_000_000_000, "USD", "month", "UTC", false, "key_1", Now.AddDays(-2)));
        var policy = ControlEvent.Of(new PolicyChanged(Guid.NewGuid(), 7, "key_2", Now.AddDays(-1), "cheaper", [new("lane", "economy", "changed", "gpt-4o → gpt-4o-mini")]));
        var allocation = ControlEvent.Of(new AllocationChanged(
            Guid.NewGuid(), "allocation", new("wal_organisation", "", "", "", 1), new("wal_team_search", "team_search", "", "", 1), 2_000_000_000, "USD", "key_1", "", Now, Now));
        foreach (var change in new[] { budget, policy, allocation, budget })
        {
            await store.AddAsync(change, Now, Cancellation);
        }

        Assert.Equal([allocation, policy, budget], await store.ListAsync(new ControlFilter("", Now.AddDays(-9), null), 10, Cancellation));
        Assert.Equal([policy, budget], await store.ListAsync(new ControlFilter("team_support", Now.AddDays(-9), null), 10, Cancellation));
        Assert.Equal([policy], await store.ListAsync(new ControlFilter("", Now.AddDays(-9), null, ControlEvent.Policy), 10, Cancellation));

        // Of a time that is over the newest of that time, whatever has happened since.
        Assert.Equal([budget], await store.ListAsync(new ControlFilter("", Now.AddDays(-9), policy.OccurredAt), 1, Cancellation));
        Assert.Equal(2, await store.CountAsync(new ControlFilter("", Now.AddDays(-9), Now), Cancellation));
        Assert.Equal(1, await store.CountAsync(new ControlFilter("", Now.AddDays(-9), Now, ControlEvent.Policy, ControlEvent.Allocation), Cancellation));
        Assert.Equal("routing policy 7: lane economy changed (gpt-4o → gpt-4o-mini): cheaper", policy.Summary);
        Assert.Equal("allocation of 2.00 USD from wal_organisation to wal_team_search", allocation.Summary);
    }

    [Fact]
    public async Task Caps_freezes_and_wallet_policies_are_controls_too_in_whatever_order_they_come()
    {
        var store = new ControlStore(_dataSource);
        var set = ControlEvent.Of(Cap("set", 5_000_000_000, 0, Now.AddDays(-3)));
        var raised = ControlEvent.Of(Cap("changed", 6_000_000_000, 5_000_000_000, Now.AddDays(-2)));
        var removed = ControlEvent.Of(Cap("removed", 6_000_000_000, 0, Now.AddDays(-1)) with { Description = "" });
        var all = ControlEvent.Of(Cap("set", 1_000_000_000, 0, Now.AddDays(-4)) with { Scope = "organisation", ScopeId = "", TeamId = "", Description = "" });
        var frozen = ControlEvent.Of(new FreezeChanged(Guid.NewGuid(), "team", "team_a", "team_a", true, "", "key_1", Now.AddHours(-3)));
        var thawed = ControlEvent.Of(new FreezeChanged(Guid.NewGuid(), "wallet", "wal_b", "team_b", false, "it was a test", "key_2", Now.AddHours(-2)));
        var policy = ControlEvent.Of(new WalletPolicyChanged(
            Guid.NewGuid(), "wal_a", "team_a", "", "", [new("observe", "false", "true"), new("low_percents", "20", "50, 10")], "key_1", Now.AddHours(-1)));
        foreach (var change in new[] { policy, removed, frozen, set, raised, thawed, all, set, policy })
        {
            await store.AddAsync(change, Now, Cancellation);
        }

        Assert.Equal([policy, frozen, removed, raised, set, all], await store.ListAsync(new ControlFilter("team_a", Now.AddDays(-9), null), 10, Cancellation));
        Assert.Equal([removed, raised, set, all], await store.ListAsync(new ControlFilter("", Now.AddDays(-9), null, ControlEvent.Cap), 10, Cancellation));
        Assert.Equal(
            [
                "wallet wal_a: observe false → true; low_percents 20 → 50, 10",
                "team team_a was frozen",
                "cap of team team_a of 6.00 USD a month was removed",
                "cap of team team_a is 6.00 USD a month, no longer 5.00: June",
                "cap of team team_a is 5.00 USD a month: June",
                "cap of the organisation is 1.00 USD a month",
                "wallet wal_b was unfrozen: it was a test",
            ],
            new[] { policy, frozen, removed, raised, set, all, thawed }.Select(change => change.Summary));
        Assert.Equal(("freeze", "team_b", "wal_b", "key_2"), (thawed.Kind, thawed.TeamId, thawed.Subject, thawed.Actor));
    }

    [Fact]
    public async Task A_transfer_between_teams_is_in_the_lists_of_both()
    {
        var store = new ControlStore(_dataSource);
        var transfer = ControlEvent.Of(new AllocationChanged(
            Guid.NewGuid(), "transfer", new("wal_a", "team_a", "", "", 1), new("wal_b", "team_b", "", "", 1), 2_000_000_000, "USD", "key_1", "", Now, Now));
        var inside = ControlEvent.Of(new AllocationChanged(
            Guid.NewGuid(), "allocation", new("wal_a", "team_a", "", "", 1), new("wal_ada", "team_a", "ada", "", 1), 2_000_000_000, "USD", "key_1", "", Now.AddDays(-1), Now));
        foreach (var change in new[] { transfer, inside })
        {
            await store.AddAsync(change, Now, Cancellation);
        }

        Assert.Equal([transfer, inside], await store.ListAsync(new ControlFilter("team_a", Now.AddDays(-9), null), 10, Cancellation));
        Assert.Equal([transfer], await store.ListAsync(new ControlFilter("team_b", Now.AddDays(-9), null), 10, Cancellation));
        Assert.Empty(await store.ListAsync(new ControlFilter("team_c", Now.AddDays(-9), null), 10, Cancellation));
        Assert.Equal(2, await store.CountAsync(new ControlFilter("team_a", Now.AddDays(-9), null), Cancellation));
        Assert.Equal(transfer, await store.FindAsync(transfer.EventId, Cancellation));
    }

    [Fact]
    public async Task What_was_kept_before_the_givers_were_is_about_whom_it_was()
    {
        var database = await TestPostgres.CreateDatabaseAsync("forecast13", async connectionString =>
        {
            await using var template = NpgsqlDataSource.Create(connectionString);
            await new Migrator(template, TimeProvider.System).MigrateAsync(typeof(UsageSeriesStore).Assembly, Cancellation, upTo: 13);
            await using var fill = template.CreateCommand("""
                INSERT INTO control_event (event_id, occurred_at, recorded_at, kind, team_id, subject, actor, summary)
                VALUES ('018f0000-0000-7000-8000-000000000001', '2026-06-09Z', '2026-06-09Z', 'allocation', 'team_b', 'wal_b', 'key_1', 'transfer of 2.00 USD from wal_a to wal_b'),
                       ('018f0000-0000-7000-8000-000000000002', '2026-06-08Z', '2026-06-08Z', 'policy', '', '7', 'key_1', 'routing policy 7')
                """);
            await fill.ExecuteNonQueryAsync(Cancellation);
            await new Migrator(template, TimeProvider.System).MigrateAsync(typeof(UsageSeriesStore).Assembly, Cancellation);
        });
        await using var source = NpgsqlDataSource.Create(database);
        var store = new ControlStore(source);

        await store.AddAsync(ControlEvent.Of(Cap("set", 5_000_000_000, 0, Now)), Now, Cancellation);
        Assert.Equal(["cap_1", "7"], (await store.ListAsync(new ControlFilter("team_a", Now.AddDays(-9), null), 10, Cancellation)).Select(change => change.Subject));
        Assert.Equal(["wal_b", "7"], (await store.ListAsync(new ControlFilter("team_b", Now.AddDays(-9), null), 10, Cancellation)).Select(change => change.Subject));
    }

    private static CapChanged Cap(string change, long nanos, long before, DateTimeOffset at) =>
        new(Guid.NewGuid(), "cap_1", change, "team", "team_a", "team_a", nanos, before, "USD", "month", "UTC", "", "June", "key_1", at);

    private static DemandRecorded Denied(DateTimeOffset at, long nanos, string reason) =>
        new(Guid.NewGuid(), "team_support", "interactive", "", reason, nanos, "USD", at);
}
