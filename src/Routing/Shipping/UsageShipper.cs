using System.Threading.Channels;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Routing.Holds;
using Platform.Routing.Journal;
using Platform.ServiceDefaults.Faults;
using Platform.ServiceDefaults.Grpc;

namespace Platform.Routing.Shipping;

/// <summary>
/// Brings finished attempts to Metering in batches, oldest first, and acknowledges them in the journal once Metering has them durably. Metering knows an
/// attempt by its id, so shipping again after a crash or a lost answer changes nothing. While Metering is away it tries for ever; of what waits then memory has the usage of so many, and of all others the
/// id: theirs is read from the journal when its turn comes. An event at which Metering fails, or this, is found by halving its batch, and waits behind the others.
/// </summary>
internal sealed partial class UsageShipper(
    Usage.UsageClient usage, AttemptJournal journal, DeadLetters deadLetters, HoldEndings holds, IOptions<JournalOptions> options, TimeProvider time, ILogger<UsageShipper> log)
    : BackgroundService
{
    /// <summary>As many as Metering takes.</summary>
    private const int BatchEvents = 1_000;

    /// <summary>A batch that has so many bytes takes no further event: half of what Metering takes in one message, which leaves more than enough for the event that passes it. A message above all of it would be refused for ever, before all others.</summary>
    private const int BatchBytes = PlatformGrpc.LargestMessageBytes / 2;

    /// <summary>From one batch to the next, unless more is waiting than one takes: what a batch costs in Metering, Wallet and Forecast is shared by its calls, and these are seen in spend well within a second.</summary>
    private static readonly TimeSpan BatchInterval = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(30);

    /// <summary>How long usage that lies ahead of Metering's clock waits for its moment: longer, and this clock is not a little fast but wrong.</summary>
    private static readonly TimeSpan MostAhead = TimeSpan.FromHours(1);
    private static readonly TimeSpan AgainInterval = TimeSpan.FromSeconds(30);

    private readonly Channel<WaitingAttempt> _queue = Channel.CreateUnbounded<WaitingAttempt>(new UnboundedChannelOptions { SingleReader = true });
    private int _held;

    /// <summary>Before the next try. Grows with every failure, until one batch is taken.</summary>
    private TimeSpan _delay = FirstDelay;

    /// <param name="finished">Its usage; null: it is in the journal.</param>
    public void Ship(Guid attemptId, UsageEvent? finished, long costNanos) => Enqueue(new WaitingAttempt(attemptId, finished, costNanos));

    /// <summary>What is queued is still shipped, on a time of its own: calls may have used all of the host's.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } shipping)
        {
            await Task.WhenAny(shipping, Task.Delay(StopLimits.Each, time, CancellationToken.None));
        }

        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<FinishedAttempt>(BatchEvents);
        var left = new List<WaitingAttempt>();
        try
        {
            while (await _queue.Reader.WaitToReadAsync(stoppingToken))
            {
                var began = time.GetTimestamp();
                var isFull = Take(batch, left);
                if (left.Count > 0)
                {
                    _ = EnqueueAgainAsync([.. left], stoppingToken);
                    left.Clear();
                }

                await DeliverAsync(batch, stoppingToken);
                if (!isFull && BatchInterval - time.GetElapsedTime(began) is { Ticks: > 0 } rest)
                {
                    await Task.Delay(rest, time, stoppingToken);
                }

                batch.Clear();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is not acknowledged is in the journal and ships after the next start.
        }
    }

    private void Enqueue(WaitingAttempt waiting)
    {
        // What the journal refused is nowhere else, and stays in memory whatever there is: calls are refused meanwhile.
        if (waiting.Event is not null && Interlocked.Increment(ref _held) > options.Value.HeldUsage && journal.PlaceOf(waiting.AttemptId) is not null)
        {
            Interlocked.Decrement(ref _held);
            waiting = waiting with { Event = null };
        }

        _queue.Writer.TryWrite(waiting);
    }

    /// <summary>The next batch, in the order in which attempts ended. Answers whether it is as large as one may be.</summary>
    /// <param name="left">Takes what the disk does not give now.</param>
    private bool Take(List<FinishedAttempt> batch, List<WaitingAttempt> left)
    {
        using var reader = new JournalReader(journal);
        Exception? unread = null;
        var bytes = 0L;
        while (bytes < BatchBytes && batch.Count + left.Count < BatchEvents && _queue.Reader.TryRead(out var next))
        {
            try
            {
                if ((next.Event ?? reader.Read(next.AttemptId)) is { } known)
                {
                    bytes += known.CalculateSize();
                    batch.Add(new FinishedAttempt(known, next.CostNanos, next.AheadSince, next.IsKept));
                }
            }
            catch (Exception exception)
            {
                // The disk's, or a fault of this code that one record meets: the others are told.
                unread ??= exception;
                left.Add(next);
            }

            if (next.Event is not null)
            {
                Interlocked.Decrement(ref _held);
            }
        }

        if (unread is not null)
        {
            LogUnread(unread, left.Count, left[0].AttemptId);
        }

        return bytes >= BatchBytes || batch.Count == BatchEvents;
    }

    private async Task DeliverAsync(List<FinishedAttempt> batch, CancellationToken stoppingToken)
    {
        while (batch.Count > 0)
        {
            try
            {
                var options = new CallOptions(deadline: time.GetUtcNow().UtcDateTime + CallTimeout, cancellationToken: stoppingToken);
                var again = Settle(batch, await usage.RecordAsync(new RecordRequest { Events = { batch.Select(finished => finished.Event) } }, options));
                _delay = FirstDelay;
                _ = ShipAgainAsync(again, stoppingToken);
                return;
            }
            catch (RpcException exception) when (Outage.IsOf(exception.StatusCode))
            {
                LogRetry(batch.Count, exception.StatusCode, exception.Status.Detail);
                await PauseAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                // The edge: whatever one event meets, or this code with it, neither the others nor the process have part in it.
                await DeliverApartAsync(batch, exception, stoppingToken);
                return;
            }
        }
    }

    /// <summary>A batch that is refused whole, or fails, is halved until the event that it is for stands alone. What is refused is kept for an operator, what fails is told again later.</summary>
    private async Task DeliverApartAsync(List<FinishedAttempt> batch, Exception exception, CancellationToken stoppingToken)
    {
        var refusal = exception is RpcException { StatusCode: StatusCode.InvalidArgument } refused ? refused.Status.Detail : null;
        if (refusal is null)
        {
            // Of a service that fails at all of them each is tried at the pace of its other failures.
            LogFailed(exception, batch.Count, batch[0].Event.AttemptId);
            await PauseAsync(stoppingToken);
        }

        if (batch.Count > 1)
        {
            await DeliverAsync([.. batch.Take(batch.Count / 2)], stoppingToken);
            await DeliverAsync([.. batch.Skip(batch.Count / 2)], stoppingToken);
            return;
        }

        var again = new List<FinishedAttempt>();
        if (refusal is null)
        {
            again.Add(batch[0]);
        }
        else
        {
            TellUnkept(again, KeepRefused(batch[0], refusal, again));
        }

        _ = ShipAgainAsync(again, stoppingToken);
    }

    private async Task PauseAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(_delay, time, stoppingToken);
        _delay = _delay * 2 < MaxDelay ? _delay * 2 : MaxDelay;
    }

    /// <summary>Answers what is to be told again: what lies ahead of Metering's clock, and what it refused and could not be kept. It stays finished in the journal.</summary>
    private List<FinishedAttempt> Settle(List<FinishedAttempt> batch, RecordResponse response)
    {
        CrashPoint.Reach(CrashPoints.UsageAfterRecord);
        List<FinishedAttempt> ahead = [], unkept = [];
        Exception? problem = null;
        for (var i = 0; i < batch.Count; i++)
        {
            var result = response.Results[i];
            var finished = batch[i].Event;
            switch (result.Outcome)
            {
                case RecordOutcome.Duplicate when Differs(batch[i], result):
                    problem = KeepRefused(
                        batch[i],
                        $"Conflict: record {result.RecordId} of the same source and event_id is there already and cost {new Money(result.CostNanos)}, not {new Money(batch[i].CostNanos)}: somebody else has written it.",
                        unkept) ?? problem;
                    break;
                case RecordOutcome.Accepted or RecordOutcome.Duplicate:
                    journal.Acknowledge(Guid.Parse(finished.AttemptId));
                    break;
                case RecordOutcome.AcceptedUnpriced:
                    LogUnpriced(finished.AttemptId, finished.PriceId);
                    journal.Acknowledge(Guid.Parse(finished.AttemptId));
                    break;
                case RecordOutcome.Invalid when result.TakenFrom is not null && (batch[i].AheadSince is not { } since || time.GetElapsedTime(since) < MostAhead):
                    ahead.Add(batch[i] with { AheadSince = batch[i].AheadSince ?? time.GetTimestamp() });
                    break;
                case RecordOutcome.Invalid or RecordOutcome.UnknownTeam or RecordOutcome.Unspecified:
                    problem = KeepRefused(batch[i], $"{result.Outcome}: {result.Message}", unkept) ?? problem;
                    break;
            }
        }

        if (ahead.Count > 0)
        {
            LogAhead(ahead.Count);
        }

        TellUnkept(unkept, problem);
        return [.. ahead, .. unkept];
    }

    /// <summary>Once a batch: what a full disk does not take may be all of it, every time that it is told again.</summary>
    private void TellUnkept(List<FinishedAttempt> unkept, Exception? problem)
    {
        if (problem is not null)
        {
            LogNotKept(problem, unkept.Count, unkept[0].Event.AttemptId);
        }
    }

    /// <summary>A clock that was a little fast is put right, a disk that was full has room again, and then all of it is taken. What is queued when the service stops is shipped after the next start.</summary>
    private Task ShipAgainAsync(List<FinishedAttempt> again, CancellationToken stoppingToken) =>
        again.Count == 0 ? Task.CompletedTask : EnqueueAgainAsync(again.ConvertAll(WithoutUsage), stoppingToken);

    private async Task EnqueueAgainAsync(List<WaitingAttempt> again, CancellationToken stoppingToken)
    {
        await Task.Delay(AgainInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        again.ForEach(Enqueue);
    }

    /// <summary>What waits its time is not held meanwhile, where the journal has it.</summary>
    private WaitingAttempt WithoutUsage(FinishedAttempt finished)
    {
        var attemptId = Guid.Parse(finished.Event.AttemptId);
        return new WaitingAttempt(attemptId, journal.PlaceOf(attemptId) is null ? finished.Event : null, finished.CostNanos, finished.AheadSince, finished.IsKept);
    }

    /// <summary>
    /// A repeat of what was shipped before has cost what it has cost: the same tokens at the same price version. What has not is another's, and this usage is not recorded. Usage of a tier without a
    /// price has no cost to compare.
    /// </summary>
    private static bool Differs(FinishedAttempt finished, RecordResult known) => finished.Event.PriceId != 0 && known.CostNanos != finished.CostNanos;

    /// <summary>The money stays in suspense until an operator has repaired the event; the queue goes on. Answers why the disk did not take it, or null.</summary>
    /// <param name="unkept">Takes it then: it is told again.</param>
    private Exception? KeepRefused(FinishedAttempt finished, string message, List<FinishedAttempt> unkept)
    {
        var refused = finished.Event;
        try
        {
            if (!finished.IsKept)
            {
                deadLetters.Keep(refused, message);
                finished = finished with { IsKept = true };
                LogRefused(refused.AttemptId, message, deadLetters.Path);
            }

            Suspend(refused, finished.CostNanos);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JournalUnwritableException)
        {
            unkept.Add(finished);
            return exception;
        }
    }

    private void Suspend(UsageEvent refused, long costNanos)
    {
        const string reason = "usage refused by Metering";
        var attemptId = Guid.Parse(refused.AttemptId);
        if (refused.LeaseId.Length == 0)
        {
            journal.Append(new JournalRecord(JournalKind.Unknown, attemptId, Text: reason));
            holds.Suspend(refused, costNanos, reason);
            return;
        }

        var drawn = Math.Min(costNanos, refused.BoundNanos);
        if (drawn == 0)
        {
            journal.Acknowledge(attemptId);
            return;
        }

        journal.Append(new JournalRecord(JournalKind.LeasedRefused, attemptId, drawn, reason, refused));
        holds.SuspendDraw(refused, drawn, reason);
    }

    /// <param name="Event">Null: it is read from the journal.</param>
    private readonly record struct WaitingAttempt(Guid AttemptId, UsageEvent? Event, long CostNanos, long? AheadSince = null, bool IsKept = false);

    /// <param name="CostNanos">By the prices of the gateway.</param>
    /// <param name="AheadSince">When Metering first said that it lies ahead of its clock; null: it did not.</param>
    /// <param name="IsKept">It is among the dead letters already.</param>
    private readonly record struct FinishedAttempt(UsageEvent Event, long CostNanos, long? AheadSince = null, bool IsKept = false);

    [LoggerMessage(LogLevel.Warning, "The usage of {Events} attempts lies ahead of Metering's clock: is this machine's clock fast? It stays in the journal, and is told again when its moment has come.")]
    private partial void LogAhead(int events);

    [LoggerMessage(LogLevel.Critical, "The usage of {Attempts} attempts, of {AttemptId} first, could not be read from the journal; trying again.")]
    private partial void LogUnread(Exception exception, int attempts, Guid attemptId);

    [LoggerMessage(LogLevel.Warning, "Metering did not take {Events} events ({Status}: {Detail}); trying again.")]
    private partial void LogRetry(int events, StatusCode status, string detail);

    [LoggerMessage(LogLevel.Error, "To tell Metering of {Events} events, of attempt {AttemptId} first, failed; they are told apart, and what fails alone is told again later. It stays in the journal.")]
    private partial void LogFailed(Exception exception, int events, string attemptId);

    [LoggerMessage(LogLevel.Error, "Metering refused the usage of attempt {AttemptId} ({Message}); kept in {Path}. What is still set aside for it waits in suspense.")]
    private partial void LogRefused(string attemptId, string message, string path);

    [LoggerMessage(LogLevel.Error, "Metering has no price {PriceId} for attempt {AttemptId}.")]
    private partial void LogUnpriced(string attemptId, long priceId);

    [LoggerMessage(LogLevel.Critical, "The refused usage of {Attempts} attempts, of {AttemptId} first, could not be kept; it stays in the journal, and is tried again.")]
    private partial void LogNotKept(Exception exception, int attempts, string attemptId);
}
