using Platform.Testing;

namespace Platform.Postgres.Tests;

/// <summary>A broker that does not answer and closes nothing: its client gives up waiting by a cancellation that nobody asked for.</summary>
public sealed class FrozenBrokerTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Broker_that_stands_still_for_a_while_ends_no_service_and_its_dead_messages_are_collected_afterwards()
    {
        await using var broker = await FreezableBroker.StartAsync();
        var log = new KeptLog();
        await using var service = await RunningService.StartAsync(database.ConnectionString, broker.Address, log);

        await broker.FreezeAsync();
        await Eventually.TrueAsync(
            () => Task.FromResult(log.Lines.Any(line => line.StartsWith("Collecting dead messages was interrupted", StringComparison.Ordinal))), Patience,
            "the collector to give up waiting for the broker");
        await broker.ThawAsync();

        service.Switch.Fails = true;
        var denied = RunningService.Denied();
        await service.PublishAsync(denied);
        await service.WaitForDeadAsync(denied.AttemptId);
        Assert.False(service.Stopping.IsCancellationRequested);
    }
}
