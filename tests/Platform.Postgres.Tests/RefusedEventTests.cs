using System.Text.Json;
using Platform.Contracts.Events;
using Platform.Postgres.DeadMessages;
using Platform.Testing;

namespace Platform.Postgres.Tests;

/// <summary>A broker that closes the channel over an event, as each does over one that is larger than it takes.</summary>
public sealed class RefusedEventTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private const int LargestBytes = 100_000;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    [Fact]
    public async Task Event_that_the_broker_does_not_take_is_set_apart_and_keeps_none_before_or_behind_it_waiting()
    {
        await using var broker = await FreezableBroker.StartAsync();
        await broker.LimitMessagesAsync(LargestBytes);
        await using var service = await RunningService.StartAsync(database.ConnectionString, broker.Address);
        var (before, large, behind) = (RunningService.Denied(), RunningService.Denied() with { Workload = new string('x', LargestBytes) }, RunningService.Denied());
        await service.OweAsync(before, large, behind);

        await Eventually.TrueAsync(
            () => Task.FromResult(service.Switch.Handled.ToHashSet().IsSupersetOf([before.AttemptId, behind.AttemptId])), Patience, "what the broker takes to be handled");
        var dead = await service.WaitForDeadAsync(large.AttemptId);
        Assert.Equal(DeadMessageRow.OutboxQueue, dead.Queue);
        Assert.Equal(large, JsonSerializer.Deserialize<DemandDenied>(dead.Body, JsonSerializerOptions.Web));
        Assert.Equal("RabbitMQ.Client.Exceptions.OperationInterruptedException", dead.FailureType);
        Assert.Contains("does not take", dead.FailureMessage);

        // Those that it had taken beside it were published again, since no confirm of them had come: owed until the next round's has.
        await Eventually.TrueAsync(async () => (await service.OwedAsync()).Count == 0, Patience, "nothing to be owed any more");
    }
}
