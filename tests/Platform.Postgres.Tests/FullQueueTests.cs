using Microsoft.Extensions.Time.Testing;
using Platform.Contracts.Events;
using Platform.Testing;
using RabbitMQ.Client;

namespace Platform.Postgres.Tests;

/// <summary>A queue that refuses what it has no room for, as one does whose policy has a largest length and the overflow reject-publish.</summary>
public sealed class FullQueueTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    /// <summary>More than the relay takes at once.</summary>
    private const int Held = 150;

    private const string Exchange = "Platform.Contracts.Events:FreezeChanged";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Events_whose_queue_is_full_keep_no_others_waiting_and_go_when_it_has_room()
    {
        var broker = await TestRabbit.CreateVirtualHostAsync();
        await using var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync(Cancel);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancel);
        await channel.ExchangeDeclareAsync(Exchange, ExchangeType.Fanout, durable: true, cancellationToken: Cancel);
        await DeclareAsync(channel, "full", new() { ["x-max-length"] = 0, ["x-overflow"] = "reject-publish" });
        await DeclareAsync(channel, "roomy", []);
        await using var service = await RunningService.StartAsync(database.ConnectionString, broker);
        var held = Enumerable.Range(0, Held).Select(_ => Guid.CreateVersion7()).ToArray();
        foreach (var id in held)
        {
            await service.OweRawAsync(id, typeof(FreezeChanged).FullName!, "{}");
        }

        // Each wakes the relay.
        for (var i = 0; i < 10; i++)
        {
            var other = RunningService.Denied();
            await service.OweAsync(other);
            await Eventually.TrueAsync(() => Task.FromResult(service.Switch.Handled.Contains(other.AttemptId)), Patience, "the event behind those of the full queue to be handled");
        }

        await Eventually.TrueAsync(async () => (await service.OwedAsync()).SequenceEqual(held), Patience, "all of the full queue, and nothing else, to be owed");

        await channel.QueueDeleteAsync("full", cancellationToken: Cancel);
        await Eventually.TrueAsync(async () => (await service.OwedAsync()).Count == 0, Patience, "nothing to be owed any more");
        Assert.True(await channel.MessageCountAsync("roomy", Cancel) >= Held);
    }

    [Fact]
    public void Kind_that_is_not_taken_asks_with_one_event_each_second_until_it_is()
    {
        var time = new FakeTimeProvider();
        var resting = new RestingKinds(time);
        Assert.False(resting.Note("a", areTaken: true));
        Assert.Empty(resting.All);

        Assert.False(resting.Note("a", areTaken: false));
        time.Advance(TimeSpan.FromSeconds(0.6));
        Assert.False(resting.Note("b", areTaken: false));
        Assert.Equal(["a", "b"], resting.All.Order());
        Assert.Empty(resting.Due);

        time.Advance(TimeSpan.FromSeconds(0.4));
        Assert.Equal(["a"], resting.Due);
        Assert.False(resting.Note("a", areTaken: false));
        Assert.Empty(resting.Due);

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["a", "b"], resting.Due.Order());
        Assert.True(resting.Note("a", areTaken: true));
        Assert.Equal(["b"], resting.All);
    }

    private static async Task DeclareAsync(IChannel channel, string queue, Dictionary<string, object?> arguments)
    {
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: Cancel);
        await channel.QueueBindAsync(queue, Exchange, "", cancellationToken: Cancel);
    }
}
