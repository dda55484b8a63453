using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Platform.Contracts.Events;
using Platform.Postgres;
using Platform.Routing.Limits;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Limits;

/// <summary>A gateway ends whose calls have used all of the time that the host gives: what is owed to the database is written all the same.</summary>
public sealed class StopTests : LimitDatabase
{
    private static readonly CancellationToken Spent = new(canceled: true);

    private readonly ServiceProvider _metering = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private IMeterFactory Meters => _metering.GetRequiredService<IMeterFactory>();

    public override async ValueTask DisposeAsync()
    {
        await _metering.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Slices_return_though_no_time_is_left()
    {
        await using var limits = new LocalLimits(DataSource, Meters);
        limits.Policy.Add(new RouteLimit("day", LimitScope.Key, "", 0, 0, 100_000, 0, 0, 100, TimeSpan.Zero));
        await limits.StartAsync(Cancel);
        var outcome = await limits.Calls.AcquireAsync(limits.Policy, new LimitFacts("key", "", "", "model", "lane"), 1, Cancel);
        outcome.Permit!.Use(1);
        outcome.Permit.Dispose();
        Assert.True(await UsedAsync() > 1, "A slice of one call shows nothing.");

        await limits.StopAsync(Spent);
        Assert.Equal(1, await UsedAsync());
    }

    [Fact]
    public async Task Refusals_are_owed_to_the_broker_though_no_time_is_left()
    {
        using var denied = new DeniedCalls(DataSource, new Outbox(TimeProvider.System), new LimitMetrics(Meters), new PatientTime(), NullLogger<DeniedCalls>.Instance);
        await denied.StartAsync(Cancel);
        for (var call = 0; call < 2_500; call++)
        {
            denied.Tell(new DemandDenied(Guid.CreateVersion7(), "team_a", "key", "", "", "", "model", "RATE_LIMIT", 1, "USD", TimeProvider.System.GetUtcNow()));
        }

        await denied.StopAsync(Spent);
        Assert.Equal(2_500L, await ScalarAsync("SELECT count(*) FROM outbox"));
    }

    [Fact]
    public async Task Storm_that_is_refused_unread_owes_two_events_of_a_key_and_reason_and_the_right_count()
    {
        using var denied = new DeniedCalls(DataSource, new Outbox(TimeProvider.System), new LimitMetrics(Meters), new PatientTime(), NullLogger<DeniedCalls>.Instance);
        await denied.StartAsync(Cancel);
        for (var call = 0; call < 10_000; call++)
        {
            denied.TellUnread(new DemandDenied(Guid.CreateVersion7(), "team_a", "key", "", "", "", "", "KEY_FROZEN", 0, "USD", TimeProvider.System.GetUtcNow()));
        }

        await denied.StopAsync(Spent);
        Assert.Equal(2L, await ScalarAsync("SELECT count(*) FROM outbox"));
        Assert.Equal(10_000L, await ScalarAsync("SELECT sum((body ->> 'attempts')::bigint)::bigint FROM outbox"));
    }

    [Fact]
    public void Unread_refusals_are_counted_by_key_and_reason_for_a_minute()
    {
        var (unread, start) = (new UnreadRefusals(), new DateTimeOffset(2026, 6, 10, 12, 0, 0, TimeSpan.Zero));
        Assert.Equal([true, true, true, false, false], new[] { Of("a"), Of("b"), Of("a", "TEAM_FROZEN"), Of("a", at: 1), Of("a", at: 59) }.Select(unread.IsFirst));
        Assert.Empty(unread.TakeEnded(start.AddSeconds(59)));
        Assert.Equal([("a", 2L, start.AddSeconds(1))], unread.TakeEnded(start.AddSeconds(60)).Select(told => (told.KeyId, told.Attempts, told.OccurredAt)));
        Assert.True(unread.IsFirst(Of("a", at: 61)));

        DemandDenied Of(string key, string reason = "KEY_FROZEN", int at = 0) => new(Guid.CreateVersion7(), "team_a", key, "", "", "", "", reason, 0, "USD", start.AddSeconds(at));
    }

    [Fact]
    public async Task Stop_ends_in_good_order_while_the_database_is_held_up()
    {
        await using var holder = await DataSource.OpenConnectionAsync(Cancel);
        await using var transaction = await holder.BeginTransactionAsync(Cancel);
        await using (var command = new NpgsqlCommand("LOCK TABLE outbox IN ACCESS EXCLUSIVE MODE", holder, transaction))
        {
            await command.ExecuteNonQueryAsync(Cancel);
        }

        using var denied = new DeniedCalls(DataSource, new Outbox(TimeProvider.System), new LimitMetrics(Meters), TimeProvider.System, NullLogger<DeniedCalls>.Instance);
        await denied.StartAsync(Cancel);
        denied.Tell(new DemandDenied(Guid.CreateVersion7(), "team_a", "key", "", "", "", "model", "RATE_LIMIT", 1, "USD", TimeProvider.System.GetUtcNow()));
        await denied.StopAsync(Spent).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        await transaction.RollbackAsync(Cancel);
        Assert.Equal(0L, await ScalarAsync("SELECT count(*) FROM outbox"));
    }

    private async Task<long> UsedAsync() => (long)await ScalarAsync("SELECT coalesce(sum(u), 0)::bigint FROM limit_count, unnest(used) u WHERE measure = 3");

    private async Task<object> ScalarAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        return (await command.ExecuteScalarAsync(Cancel))!;
    }
}
