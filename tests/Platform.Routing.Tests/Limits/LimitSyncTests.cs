using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Platform.Contracts.Events;
using Platform.Routing.Limits;
using Platform.Routing.Policies;
using Platform.Testing;

namespace Platform.Routing.Tests.Limits;

/// <summary>Two replicas and their database, as they run.</summary>
public sealed class LimitSyncTests : LimitDatabase
{
    private readonly ServiceProvider _metering = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private IMeterFactory Meters => _metering.GetRequiredService<IMeterFactory>();

    public override async ValueTask DisposeAsync()
    {
        await _metering.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Calls_that_merely_run_keep_their_slots_while_other_counts_ask_to_be_looked_at_before_every_pause_is_over()
    {
        RouteLimit[] parallel = [new("parallel", LimitScope.Key, "", 0, 0, 0, 0, 8, 100, TimeSpan.Zero)];
        RouteLimit[] busy = [new("busy", LimitScope.Key, "", 1_000, 0, 0, 0, 0, 100, TimeSpan.Zero)];
        await using var one = new LocalLimits(DataSource, Meters);
        await using var other = new LocalLimits(DataSource, Meters);
        await one.StartAsync(Cancel);
        await other.StartAsync(Cancel);
        for (var call = 0; call < 8; call++)
        {
            Assert.NotNull((await one.Calls.AcquireAsync(parallel, FactsOf("long"), 0, Cancel)).Permit);
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var calling = Task.WhenAll(Enumerable.Range(0, 8).Select(async caller =>
        {
            for (var call = 0; !over.IsCancellationRequested; call++)
            {
                await one.Calls.AcquireAsync(busy, FactsOf($"{caller}-{call}"), 0, Cancel);
            }
        }));

        // Slots that nobody renews are given out again after five seconds. That they are is seen by the renewals, for a database that stands still for so long has them given out rightly.
        var renewals = new HashSet<DateTimeOffset>();
        await Eventually.TrueAsync(
            async () =>
            {
                renewals.UnionWith((await one.Store.ReadHoldersAsync(["parallel"], Cancel)).Where(row => row.Holder.Held == 8).Select(row => row.Holder.HeardAt));
                return renewals.Count >= 5;
            },
            TimeSpan.FromMinutes(1), () => $"the slots to be renewed time and again; it was {renewals.Count} times");
        await over.CancelAsync();
        await calling;
    }

    [Fact]
    public async Task Refusal_that_cannot_be_written_keeps_no_other_one_waiting()
    {
        var refusals = Enumerable.Range(0, 5).Select(_ => new DemandDenied(
            Guid.CreateVersion7(), "team_a", "key_1", "", "", "openai", "m", "RATE_LIMIT", 1, "USD", DateTimeOffset.UnixEpoch)).ToArray();
        await ExecuteAsync($"""
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one' USING ERRCODE = '22023'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON outbox FOR EACH ROW WHEN (NEW.message_id = '{refusals[2].AttemptId}') EXECUTE FUNCTION refuse();
            """);
        await using var limits = new LocalLimits(DataSource, Meters);
        await limits.StartAsync(Cancel);
        Array.ForEach(refusals, limits.Denied.Tell);
        await Eventually.TrueAsync(async () => await OwedAsync() == 4, TimeSpan.FromMinutes(1), "the others to be written");

        var later = refusals[0] with { AttemptId = Guid.CreateVersion7() };
        limits.Denied.Tell(later);
        await Eventually.TrueAsync(async () => await OwedAsync() == 5, TimeSpan.FromMinutes(1), "what came later to be written");
    }

    private async Task<long> OwedAsync()
    {
        await using var command = DataSource.CreateCommand("SELECT count(*) FROM outbox");
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }

    private static LimitFacts FactsOf(string key) => new(key, "", "", "model", "lane");
}
