using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Platform.ServiceDefaults.Messaging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Platform.Postgres.DeadMessages;

/// <summary>
/// Moves what lies in the error queues of this service's queues into its database, where it can be seen, replayed and discarded, and where looking at it does not
/// count as a delivery. A message is acknowledged to the broker after its row's commit; one that comes twice has one row. The bus makes an error queue when the
/// first message fails, so until then there is nothing to consume: it is asked for when the connection begins, after messages have failed here, and seldom besides.
/// </summary>
internal sealed partial class DeadMessageCollector : BackgroundService
{
    /// <summary>Suffixes that the bus gives: failed, and of a type that no consumer takes.</summary>
    private static readonly string[] Suffixes = ["_error", "_skipped"];

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>For what a process moved that died before it saw the queue, and has no successor.</summary>
    private static readonly TimeSpan SeldomInterval = TimeSpan.FromMinutes(10);

    private static readonly Meter Meter = new("Platform.Messages");

    private readonly string _broker;
    private readonly IReadOnlyList<string> _queues;
    private readonly FailedReceives _failures;
    private readonly DeadMessageStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger<DeadMessageCollector> _log;
    private long _waiting;

    /// <param name="broker">AMQP URI.</param>
    /// <param name="queues">The queues that this service consumes.</param>
    public DeadMessageCollector(
        string broker, IReadOnlyList<string> queues, FailedReceives failures, DeadMessageStore store, TimeProvider time, ILogger<DeadMessageCollector> log)
    {
        (_broker, _queues, _failures, _store, _time, _log) = (broker, queues, failures, store, time, log);
        Meter.CreateObservableGauge(
            "kt.messages.dead", () => Volatile.Read(ref _waiting), "{message}", "Messages of this service that wait for an operator's decision.");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // Asked first: a message that is taken while the database is away would only be put back.
                Volatile.Write(ref _waiting, await _store.CountWaitingAsync(stoppingToken));
                await CollectAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception) when (exception is NpgsqlException or RabbitMQClientException or IOException or TimeoutException or OperationCanceledException)
            {
                // A cancellation that is not the stop is the client's word for a broker that has not answered in time.
                LogInterrupted(exception);
            }

            await Task.Delay(LookInterval, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Consumes the error queues that there are until the connection, the database or the service ends.</summary>
    private async Task CollectAsync(CancellationToken stoppingToken)
    {
        await using var connection = await BrokerConnection.OpenAsync(_broker, "dead messages", _time, stoppingToken);
        try
        {
            await CollectAsync(connection, stoppingToken);
        }
        finally
        {
            await connection.AbortAsync(BrokerConnection.AnswerLimit);
        }
    }

    private async Task CollectAsync(IConnection connection, CancellationToken stoppingToken)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionShutdownAsync += (_, _) => Task.FromResult(ended.TrySetResult());
        var missing = _queues.SelectMany(queue => Suffixes.Select(suffix => (Queue: queue, Dead: queue + suffix))).ToList();
        long? askedAt = null;
        while (!ended.Task.IsCompleted)
        {
            if (askedAt is not { } before || _failures.AreRecent || _time.GetElapsedTime(before) >= SeldomInterval)
            {
                askedAt = _time.GetTimestamp();
                foreach (var (queue, dead) in missing.ToList())
                {
                    if (await TryConsumeAsync(connection, queue, dead, ended, stoppingToken))
                    {
                        missing.Remove((queue, dead));
                    }
                }
            }

            Volatile.Write(ref _waiting, await _store.CountWaitingAsync(stoppingToken));
            await Task.WhenAny(ended.Task, Task.Delay(LookInterval, _time, stoppingToken));
            stoppingToken.ThrowIfCancellationRequested();
        }

        await ended.Task;
    }

    /// <summary>False when the bus has not made the queue yet.</summary>
    private async Task<bool> TryConsumeAsync(
        IConnection connection, string queue, string dead, TaskCompletionSource ended, CancellationToken stoppingToken)
    {
        var channel = await connection.CreateChannelAsync(cancellationToken: stoppingToken);
        try
        {
            await channel.QueueDeclarePassiveAsync(dead, stoppingToken);
        }
        catch (OperationInterruptedException exception) when (exception.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            await channel.DisposeAsync();
            return false;
        }

        await channel.BasicQosAsync(0, 10, global: false, stoppingToken);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            try
            {
                await KeepAsync(queue, delivery, stoppingToken);
                await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false, stoppingToken);
            }
            catch (Exception exception) when (exception is NpgsqlException or AlreadyClosedException or OperationCanceledException)
            {
                // Not acknowledged, so the broker keeps it; the next round begins when the database answers.
                ended.TrySetException(exception);
            }
        };
        await channel.BasicConsumeAsync(dead, autoAck: false, consumer, stoppingToken);
        return true;
    }

    private async Task KeepAsync(string queue, BasicDeliverEventArgs delivery, CancellationToken cancellationToken)
    {
        var row = DeadMessageReader.Read(queue, delivery.BasicProperties, delivery.Body, _time.GetUtcNow());
        if (await _store.TryAddAsync(row, cancellationToken))
        {
            LogDead(row.MessageId, row.MessageType, queue, row.FailureType, row.FailureMessage);
        }
    }

    [LoggerMessage(LogLevel.Error, "Message {MessageId} ({MessageType}) of queue {Queue} is dead: {FailureType}: {FailureMessage}. It waits for a decision: kt messages dead list.")]
    private partial void LogDead(string messageId, string messageType, string queue, string failureType, string failureMessage);

    [LoggerMessage(LogLevel.Warning, "Collecting dead messages was interrupted; trying again.")]
    private partial void LogInterrupted(Exception exception);
}
