using MassTransit;
using Microsoft.Extensions.Hosting;
using Platform.Contracts.Events;
using RabbitMQ.Client;

namespace Platform.ServiceDefaults.Messaging;

/// <summary>
/// Declares every exchange, queue and binding of <see cref="Queues.Bindings"/> before the bus starts, in every service. An exchange drops what
/// no queue is bound to, confirms included, so nobody may publish before all consumers' queues stand; whoever starts first declares them. The names and
/// arguments are those that MassTransit declares again for its receive endpoints; a difference would be refused by the broker.
/// </summary>
internal sealed class BrokerTopology(string connectionString) : IHostedLifecycleService
{
    private static readonly TimeSpan ConnectDelay = TimeSpan.FromMilliseconds(500);
    private const int ConnectAttempts = 60;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsync(cancellationToken);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        foreach (var (type, queue) in Queues.Bindings)
        {
            var eventExchange = $"{type.Namespace}:{type.Name}";
            await channel.ExchangeDeclareAsync(eventExchange, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
            await channel.ExchangeDeclareAsync(queue, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
            await channel.QueueDeclareAsync(
                queue, durable: true, exclusive: false, autoDelete: false, PlatformMessaging.QueueArguments(), cancellationToken: cancellationToken);
            await channel.QueueBindAsync(queue, queue, "", cancellationToken: cancellationToken);
            await channel.ExchangeBindAsync(queue, eventExchange, "", cancellationToken: cancellationToken);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<IConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var factory = new ConnectionFactory { Uri = new Uri(connectionString), ClientProvidedName = "topology" };
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await factory.CreateConnectionAsync(cancellationToken);
            }
            catch (RabbitMQ.Client.Exceptions.BrokerUnreachableException) when (attempt < ConnectAttempts)
            {
                await Task.Delay(ConnectDelay, cancellationToken);
            }
        }
    }
}
