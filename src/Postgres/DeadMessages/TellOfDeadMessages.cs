using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;

namespace Platform.Postgres.DeadMessages;

/// <summary>
/// Has people hear of dead messages, by way of the outbox: once a queue and kind of failure, until none of them waits any more. A message that somebody leaves lying thus hides no other trouble.
/// </summary>
/// <param name="service">As people name this service's messages: wallet for wallet-12.</param>
internal sealed partial class TellOfDeadMessages(
    string service, NpgsqlDataSource dataSource, Outbox outbox, TimeProvider time, ILogger<TellOfDeadMessages> log) : BackgroundService
{
    private const string Condition = "dead messages of ";
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(10);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => LookLoop.RunAsync(LookAsync, LogFailed, LookInterval, time, log, stoppingToken);

    internal async Task LookAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Conditions.EnterAsync(transaction, cancellationToken);
        var waiting = (await DeadMessageStore.ListWaitingAsync(transaction, cancellationToken)).ToDictionary(kind => $"{Condition}{kind.Queue}: {kind.FailureType}");
        await Conditions.EndOthersAsync(transaction, Condition, [.. waiting.Keys], cancellationToken);
        foreach (var (name, kind) in waiting)
        {
            if (await Conditions.TryBeginAsync(transaction, name, now, cancellationToken))
            {
                var told = new MessagesDead(
                    Guid.CreateVersion7(now), service, kind.Queue, kind.MessageType, kind.FailureType, kind.Messages, kind.FirstDeadId, now);
                await outbox.AddAsync(transaction, told.EventId, told, cancellationToken);
            }
        }

        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
    }

    [LoggerMessage(LogLevel.Warning, "Looking for dead messages to tell of failed; trying again.")]
    private partial void LogFailed(Exception exception);
}
