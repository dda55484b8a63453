using System.Threading.Channels;
using Npgsql;
using Platform.Contracts.Events;
using Platform.Postgres;

namespace Platform.Routing.Limits;

/// <summary>
/// Tells of calls that a limit, a key's policy or a freeze refused, and of those that a limit had wait: demand that spend does not show, or shows late. Many at once, beside the calls, by way of the outbox. At most a number of them wait:
/// while the database is away, or a client storms against a refusal, those beyond are counted and not told.
/// </summary>
internal sealed partial class DeniedCalls(NpgsqlDataSource dataSource, Outbox outbox, LimitMetrics metrics, TimeProvider time, ILogger<DeniedCalls> log) : BackgroundService
{
    private const int Capacity = 20_000;
    private const int BatchSize = 1_000;

    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan TryAgain = TimeSpan.FromSeconds(1);

    private readonly Channel<DemandDenied> _waiting = Channel.CreateBounded<DemandDenied>(new BoundedChannelOptions(Capacity) { SingleReader = true });

    private readonly UnreadRefusals _unread = new();

    /// <summary>Taken out of the channel and not written yet.</summary>
    private readonly List<DemandDenied> _owed = new(BatchSize);

    /// <summary>Owes an event to the broker, once it is written. Never waits.</summary>
    public void Tell(DemandDenied denied)
    {
        if (!_waiting.Writer.TryWrite(denied))
        {
            metrics.Denied(1, told: false);
        }
    }

    /// <summary>As <see cref="Tell"/>, of a call whose request was not read: those of a key and reason are counted, and told a minute later.</summary>
    public void TellUnread(DemandDenied denied)
    {
        if (_unread.IsFirst(denied))
        {
            Tell(denied);
        }
    }

    /// <summary>What waits is still written, on its own time: calls may have used all of the host's.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _unread.TakeEnded(DateTimeOffset.MaxValue).ForEach(Tell);
        _waiting.Writer.TryComplete();
        using var limit = new CancellationTokenSource(StopLimits.Each, time);
        await base.StopAsync(limit.Token);
        try
        {
            while (await TryWriteAsync(limit.Token) && _waiting.Reader.Count > 0)
            {
            }
        }
        catch (OperationCanceledException exception)
        {
            LogNotWritten(_owed.Count, exception.Message);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(WriteAsync(stoppingToken), TellCountedAsync(stoppingToken));

    private async Task TellCountedAsync(CancellationToken stoppingToken)
    {
        try
        {
            using var timer = new PeriodicTimer(UnreadRefusals.Span, time);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                _unread.TakeEnded(time.GetUtcNow()).ForEach(Tell);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is counted is told at the stop.
        }
    }

    private async Task WriteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _waiting.Reader.WaitToReadAsync(stoppingToken))
            {
                await Task.Delay(Gather, time, stoppingToken);
                while (!await TryWriteAsync(stoppingToken))
                {
                    await Task.Delay(TryAgain, time, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is owed is written at the stop.
        }
    }

    /// <summary>Writes what is owed, and what has gathered behind it; false when it is still owed.</summary>
    private async Task<bool> TryWriteAsync(CancellationToken cancellationToken)
    {
        while (_owed.Count < BatchSize && _waiting.Reader.TryRead(out var denied))
        {
            _owed.Add(denied);
        }

        if (_owed.Count == 0)
        {
            return true;
        }

        try
        {
            await WriteAsync(_owed, cancellationToken);
            return true;
        }
        catch (NpgsqlException exception) when (!IsOfWhatIsWritten(exception))
        {
            // Written twice is told once: consumers know an event by its id.
            LogNotWritten(_owed.Count, exception.Message);
            return false;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return await TryWriteApartAsync(cancellationToken);
        }
    }

    private async Task WriteAsync(List<DemandDenied> owed, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Outbox.CopyAsync(transaction, owed.Select(call => new OwedEvent(call.AttemptId, call)), time.GetUtcNow(), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
        metrics.Denied(owed.Count, told: true);
        owed.Clear();
    }

    /// <summary>One by one: those that cannot be written are counted as not told, and keep no others waiting. False as above.</summary>
    private async Task<bool> TryWriteApartAsync(CancellationToken cancellationToken)
    {
        while (_owed.Count > 0)
        {
            try
            {
                await WriteAsync([_owed[0]], cancellationToken);
            }
            catch (NpgsqlException exception) when (!IsOfWhatIsWritten(exception))
            {
                LogNotWritten(_owed.Count, exception.Message);
                return false;
            }
            catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
            {
                LogNotTold(exception, _owed[0].AttemptId, _owed[0].Reason);
                metrics.Denied(1, told: false);
            }

            _owed.RemoveAt(0);
        }

        return true;
    }

    /// <summary>The database answers, and does not take this: by its class (https://www.postgresql.org/docs/current/errcodes-appendix.html) the values are wrong, or against a constraint.</summary>
    private static bool IsOfWhatIsWritten(NpgsqlException exception) => exception is PostgresException { SqlState: ['2', '2' or '3', ..] };

    [LoggerMessage(LogLevel.Error, "Refusal {AttemptId} ({Reason}) cannot be written for Metering and is not told.")]
    private partial void LogNotTold(Exception exception, Guid attemptId, string reason);

    [LoggerMessage(LogLevel.Warning, "{Count} refusals could not be written for Metering ({Detail}); they wait.")]
    private partial void LogNotWritten(int count, string detail);
}
