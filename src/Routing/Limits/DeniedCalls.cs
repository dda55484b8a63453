using System.Threading.Channels;
using Npgsql;
using Platform.Contracts.Events;
using Platform.Postgres;

namespace Platform.Routing.Limits;

/// <summary>
/// Tells of calls that a limit refused: demand that spend does not show. Many at once, beside the calls, by way of the outbox. At most a number of them wait:
/// while the database is away, or a client storms against a limit, those beyond are counted and not told.
/// </summary>
internal sealed partial class DeniedCalls(NpgsqlDataSource dataSource, Outbox outbox, LimitMetrics metrics, TimeProvider time, ILogger<DeniedCalls> log) : BackgroundService
{
    private const int Capacity = 20_000;
    private const int BatchSize = 1_000;

    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(1);

    private readonly Channel<DemandDenied> _waiting = Channel.CreateBounded<DemandDenied>(new BoundedChannelOptions(Capacity) { SingleReader = true });

    /// <summary>Owes an event to the broker, once it is written. Never waits.</summary>
    public void Tell(DemandDenied denied)
    {
        if (!_waiting.Writer.TryWrite(denied))
        {
            metrics.Denied(1, told: false);
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _waiting.Writer.TryComplete();
        await base.StopAsync(cancellationToken);
        while (Take() is { Count: > 0 } rest && await TryWriteAsync(rest, cancellationToken))
        {
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        List<DemandDenied> owed = [];
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (owed.Count == 0)
                {
                    await _waiting.Reader.WaitToReadAsync(stoppingToken);
                    await Task.Delay(Gather, time, stoppingToken);
                    owed = Take();
                }

                if (await TryWriteAsync(owed, stoppingToken))
                {
                    owed = [];
                }
                else
                {
                    await Task.Delay(TryAgain, time, stoppingToken);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                await TryWriteAsync(owed, CancellationToken.None);
                return;
            }
        }
    }

    private List<DemandDenied> Take()
    {
        var taken = new List<DemandDenied>();
        while (taken.Count < BatchSize && _waiting.Reader.TryRead(out var denied))
        {
            taken.Add(denied);
        }

        return taken;
    }

    private async Task<bool> TryWriteAsync(List<DemandDenied> denied, CancellationToken cancellationToken)
    {
        if (denied.Count == 0)
        {
            return true;
        }

        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await Outbox.CopyAsync(transaction, denied.Select(call => new OwedEvent(call.AttemptId, call)), time.GetUtcNow(), cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            outbox.Wake();
            metrics.Denied(denied.Count, told: true);
            return true;
        }
        catch (NpgsqlException exception)
        {
            // Written twice is told once: consumers know an event by its id.
            LogNotWritten(denied.Count, exception.Message);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Count} refusals could not be written for Metering ({Detail}); they wait.")]
    private partial void LogNotWritten(int count, string detail);
}
