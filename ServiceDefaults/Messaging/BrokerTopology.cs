using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Platform.Contracts.Events;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Platform.ServiceDefaults.Messaging;

/// <summary>
/// Declares every exchange, queue and binding of <see cref="Queues.Bindings"/> before the bus starts, in every service. An exchange drops what
/// no queue is bound to, confirms included, so nobody may publish before all consumers' queues stand; whoever starts first declares them. The names and
/// arguments are those that MassTransit declares again for its receive endpoints; a difference would be refused by the broker.
/// </summary>
/// <param name="consumed">The queues that this service reads: earlier bindings of theirs go (<see cref="Queues.Unbound"/>).</param>
/// <param name="holdsStart">
/// False for a service that must start without the broker: it declares as soon as it can. What it publishes before that stays in its outbox, since a publish that
/// reaches no queue is refused (<c>mandatory</c>).
/// </param>
internal sealed partial class BrokerTopology(string connectionString, IReadOnlyCollection<string> consumed, bool holdsStart, TimeProvider time, ILogger<BrokerTopology> log) : IHostedLifecycleService
{
    private static readonly TimeSpan ConnectDelay = TimeSpan.FromMilliseconds(500);
    private const int ConnectAttempts = 60;

    /// <summary>A broker that is away for an hour is no reason for seven thousand lines.</summary>
    private const int AttemptsALine = 20;

    private readonly CancellationTokenSource _stopping = new();
    private Task _declaring = Task.CompletedTask;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (holdsStart)
        {
            await DeclareAsync(ConnectAttempts, cancellationToken);
        }
        else
        {
            _declaring = DeclareAsync(int.MaxValue, _stopping.Token);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _declaring.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task DeclareAsync(int attempts, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await BrokerConnection.OpenAsync(connectionString, "topology", time, cancellationToken);
                await DeclareAsync(connection, cancellationToken);
                return;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                throw;
            }
            catch (Exception exception) when (attempt < attempts && exception is RabbitMQClientException or IOException or TimeoutException or OperationCanceledException)
            {
                // A cancellation that is not the stop is the client's word for a broker that has not answered in time.
                if (attempt % AttemptsALine == 0)
                {
                    LogNotDeclared(exception, attempt);
                }

                await Task.Delay(ConnectDelay, time, cancellationToken);
            }
        }
    }

    private async Task DeclareAsync(IConnection connection, CancellationToken cancellationToken)
    {
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        foreach (var (type, queue) in Queues.Bindings)
        {
            await DeclareAsync(channel, type, queue, cancellationToken);
            await channel.ExchangeBindAsync(queue, ExchangeOf(type), "", cancellationToken: cancellationToken);
        }

        // After the binding that takes its place: what is published meanwhile is heard by either.
        foreach (var (type, queue) in Queues.Unbound.Where(binding => consumed.Contains(binding.Queue)))
        {
            await DeclareAsync(channel, type, queue, cancellationToken);
            await channel.ExchangeUnbindAsync(queue, ExchangeOf(type), "", cancellationToken: cancellationToken);
        }
    }

    private static async Task DeclareAsync(IChannel channel, Type type, string queue, CancellationToken cancellationToken)
    {
        await channel.ExchangeDeclareAsync(ExchangeOf(type), ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
        await channel.ExchangeDeclareAsync(queue, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken);
        await channel.QueueDeclareAsync(
            queue, durable: true, exclusive: false, autoDelete: false, PlatformMessaging.QueueArguments(), cancellationToken: cancellationToken);
        await channel.QueueBindAsync(queue, queue, "", cancellationToken: cancellationToken);
    }

    private static string ExchangeOf(Type type) => $"{type.Namespace}:{type.Name}";

    [LoggerMessage(LogLevel.Warning, "The broker's exchanges and queues could not be declared in {Attempts} attempts; trying again.")]
    private partial void LogNotDeclared(Exception exception, int attempts);
}
