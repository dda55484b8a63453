using System.Text;
using System.Text.Json;
using Platform.Contracts.Events;
using Platform.Testing;
using RabbitMQ.Client;

namespace Platform.Postgres.Tests;

/// <summary>A broker that an earlier version has bound queues in, as a queue's reader of this version finds it.</summary>
public sealed class UnboundQueueTests(DatabaseFixture database) : IClassFixture<DatabaseFixture>
{
    private static readonly string[] EnvelopeTypes = ["urn:message:Platform.Contracts.Events:DemandDenied"];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Queue_that_is_no_longer_bound_is_read_to_its_end_and_hears_nothing_new()
    {
        var broker = await TestRabbit.CreateVirtualHostAsync();
        var (left, published, replayed) = (RunningService.Denied(), RunningService.Denied(), RunningService.Denied());
        await using var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync(Cancel);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), Cancel);
        await BindAsEarlierVersionsAsync(channel);
        await channel.BasicPublishAsync("Platform.Contracts.Events:DemandDenied", "", mandatory: true, Properties(left), Envelope(left), Cancel);

        await using var service = await RunningService.StartAsync(database.ConnectionString, broker, queue: Queues.ForecastDemandDenied);
        await HandledAsync(service, left);

        await service.PublishAsync(published);
        await service.SendRawAsync(Queues.ForecastDemandDenied, replayed.AttemptId, Encoding.UTF8.GetString(Envelope(replayed)));
        await HandledAsync(service, replayed);
        Assert.DoesNotContain(published.AttemptId, service.Switch.Handled);
        Assert.Equal(1u, await channel.MessageCountAsync(Queues.MeteringDemandDenied, Cancel));
    }

    private static Task HandledAsync(RunningService service, DemandDenied denied) =>
        Eventually.TrueAsync(() => Task.FromResult(service.Switch.Handled.Contains(denied.AttemptId)), Patience, "the queue's message to be handled");

    private static async Task BindAsEarlierVersionsAsync(IChannel channel)
    {
        const string Queue = Queues.ForecastDemandDenied;
        await channel.ExchangeDeclareAsync("Platform.Contracts.Events:DemandDenied", ExchangeType.Fanout, durable: true, cancellationToken: Cancel);
        await channel.ExchangeDeclareAsync(Queue, ExchangeType.Fanout, durable: true, cancellationToken: Cancel);
        await channel.QueueDeclareAsync(Queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }, cancellationToken: Cancel);
        await channel.QueueBindAsync(Queue, Queue, "", cancellationToken: Cancel);
        await channel.ExchangeBindAsync(Queue, "Platform.Contracts.Events:DemandDenied", "", cancellationToken: Cancel);
    }

    private static BasicProperties Properties(DemandDenied denied) => new() { MessageId = denied.AttemptId.ToString(), ContentType = "application/vnd.masstransit+json" };

    private static byte[] Envelope(DemandDenied denied) => JsonSerializer.SerializeToUtf8Bytes(
        new { messageId = denied.AttemptId, messageType = EnvelopeTypes, message = denied }, JsonSerializerOptions.Web);
}
