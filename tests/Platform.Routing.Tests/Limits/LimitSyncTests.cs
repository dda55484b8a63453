using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Platform.Routing.Limits;
using Platform.Routing.Policies;

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

        // Slots that nobody renews are given out again after five seconds.
        using var over = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        over.CancelAfter(TimeSpan.FromSeconds(7));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async caller =>
        {
            for (var call = 0; !over.IsCancellationRequested; call++)
            {
                await one.Calls.AcquireAsync(busy, FactsOf($"{caller}-{call}"), 0, Cancel);
            }
        }));

        Assert.Equal("rate_limit_exceeded", (await other.Calls.AcquireAsync(parallel, FactsOf("long"), 0, Cancel)).Refusal?.Error.Code);
    }

    private static LimitFacts FactsOf(string key) => new(key, "", "", "model", "lane");
}
