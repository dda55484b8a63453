using Platform.Postgres.DeadMessages;
using Platform.Testing;
using RabbitMQ.Client.Exceptions;

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
        service.Switch.Fails = true;
        var before = await DieAsync(service);

        await broker.FreezeAsync();
        await Assert.ThrowsAsync<BrokerUnreachableException>(() => service.Decide.ReplayAsync(before.DeadId, "key_admin", TestContext.Current.CancellationToken));

        // The first time it waits for an answer on its connection, the second time for a greeting.
        await Eventually.TrueAsync(
            () => Task.FromResult(log.Lines.Count(line => line.StartsWith("Collecting dead messages was interrupted", StringComparison.Ordinal)) >= 2), Patience,
            "the collector to give up waiting for the broker, twice");
        await broker.ThawAsync();

        await DieAsync(service);
        Assert.Equal(DeadMessageState.Dead, (await service.Store.FindAsync(before.DeadId, TestContext.Current.CancellationToken))!.State);
        Assert.False(service.Stopping.IsCancellationRequested);
    }

    private static async Task<DeadMessageRow> DieAsync(RunningService service)
    {
        var denied = RunningService.Denied();
        await service.PublishAsync(denied);
        return await service.WaitForDeadAsync(denied.AttemptId);
    }
}
