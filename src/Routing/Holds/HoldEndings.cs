using System.Collections.Concurrent;
using System.Threading.Channels;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Routing.Journal;
using Platform.Routing.Shipping;
using Platform.ServiceDefaults.Faults;

namespace Platform.Routing.Holds;

/// <summary>
/// Tells Wallet how holds end, off the calls' path. What the journal owes (releases, suspensions) is tried until Wallet answers, also across restarts;
/// the journal is acknowledged then. An unknown attempt that Wallet does not take is kept elsewhere before that, for it was sent. One at which Wallet fails, or this, goes behind the others.
/// </summary>
internal sealed partial class HoldEndings(
    Wallet.WalletClient wallet, Contracts.Wallet.V1.Leases.LeasesClient leases, AttemptJournal journal, DeadLetters deadLetters, TimeProvider time,
    ILogger<HoldEndings> log)
    : BackgroundService
{
    private const int Workers = 8;
    private const int Tries = 3;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<Guid, int> _owed = new();
    private readonly Channel<HoldEnding> _queue = Channel.CreateUnbounded<HoldEnding>();

    public void Report(Guid attemptId, long costNanos) => Enqueue(new HoldEnding(HoldEndingKind.Report, attemptId, costNanos, ""));

    public void Release(Guid attemptId, string reason) => Enqueue(new HoldEnding(HoldEndingKind.Release, attemptId, 0, reason));

    /// <param name="attempt">As far as it is known.</param>
    /// <param name="amountNanos">What its hold has, for people.</param>
    public void Suspend(UsageEvent attempt, long amountNanos, string reason) =>
        Enqueue(new HoldEnding(HoldEndingKind.Suspend, Guid.Parse(attempt.AttemptId), amountNanos, reason, attempt));

    /// <param name="attempt">Names the lease.</param>
    /// <param name="amountNanos">What of the bound was drawn for good.</param>
    public void SuspendDraw(UsageEvent attempt, long amountNanos, string reason)
    {
        _owed.AddOrUpdate(Guid.Parse(attempt.LeaseId), 1, (_, owed) => owed + 1);
        Enqueue(new HoldEnding(HoldEndingKind.SuspendDraw, Guid.Parse(attempt.AttemptId), amountNanos, reason, attempt));
    }

    /// <summary>True while an unknown attempt of the lease is not in suspense yet, which its lease must not be closed before.</summary>
    public bool OwesOf(Guid leaseId) => _owed.GetValueOrDefault(leaseId) > 0;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => WorkAsync(stoppingToken)));

    private void Enqueue(HoldEnding ending) => _queue.Writer.TryWrite(ending);

    /// <summary>What is queued is still told, on a time of its own: calls may have used all of the host's.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } working)
        {
            await Task.WhenAny(working, Task.Delay(StopLimits.Each, time, CancellationToken.None));
        }

        await base.StopAsync(cancellationToken);
    }

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var ending in _queue.Reader.ReadAllAsync(stoppingToken))
            {
                try
                {
                    await DeliverAsync(ending, stoppingToken);
                }
                catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
                {
                    // The edge: Wallet fails at this one again and again, or this code does. Its worker is for the others, and the process for its calls.
                    LogFailed(exception, ending.Kind, ending.AttemptId, MaxDelay.TotalSeconds);
                    if (ending.Kind != HoldEndingKind.Report)
                    {
                        _ = EnqueueAgainAsync(ending, stoppingToken);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is left in the queue is in the journal, or settled by posting.
        }
    }

    private async Task DeliverAsync(HoldEnding ending, CancellationToken stoppingToken)
    {
        if ((ending.Refusal ?? await TellAsync(ending, stoppingToken)) is { } refusal && !TakeRefusal(ending, refusal))
        {
            // Its worker is for others meanwhile: they may have nothing to do with the disk.
            _ = EnqueueAgainAsync(ending with { Refusal = refusal }, stoppingToken);
            return;
        }

        if (ending.Kind != HoldEndingKind.Report)
        {
            CrashPoint.Reach(CrashPoints.SuspendAfterAnswer);
            journal.Acknowledge(ending.AttemptId);
        }

        if (ending.Kind == HoldEndingKind.SuspendDraw)
        {
            var leaseId = Guid.Parse(ending.Event!.LeaseId);
            _owed.AddOrUpdate(leaseId, 0, (_, owed) => owed - 1);
            _owed.TryRemove(new KeyValuePair<Guid, int>(leaseId, 0));
        }
    }

    /// <summary>Until Wallet has answered; a report, a few times. Answers why Wallet refused it, or null.</summary>
    /// <exception cref="RpcException">Wallet answers others, it may be, and fails at this one.</exception>
    private async Task<string?> TellAsync(HoldEnding ending, CancellationToken stoppingToken)
    {
        var delay = FirstDelay;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await CallAsync(ending, stoppingToken);
                return null;
            }
            catch (RpcException exception) when (exception.StatusCode is StatusCode.NotFound or StatusCode.FailedPrecondition or StatusCode.InvalidArgument
                or StatusCode.AlreadyExists)
            {
                return exception.Status.Detail;
            }
            catch (RpcException) when (ending.Kind == HoldEndingKind.Report && attempt == Tries)
            {
                return null;
            }
            catch (RpcException exception) when (attempt < Tries || Outage.IsOf(exception.StatusCode))
            {
                LogRetry(ending.Kind, ending.AttemptId, exception.StatusCode);
                await Task.Delay(delay, time, stoppingToken);
                delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay;
            }
        }
    }

    /// <summary>What is not queued when the service stops is in the journal, for the next start.</summary>
    private async Task EnqueueAgainAsync(HoldEnding ending, CancellationToken stoppingToken)
    {
        await Task.Delay(MaxDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Enqueue(ending);
    }

    /// <summary>
    /// Wallet has the last word on a hold's state: posting overtook a report, or there was nothing to release. But it answers a repeated suspension as the first, so a refused one is of an attempt that was sent and
    /// is neither recorded nor in suspense. False: it could not be kept either; it stays in the journal meanwhile.
    /// </summary>
    private bool TakeRefusal(HoldEnding ending, string refusal)
    {
        if (ending.Kind is not (HoldEndingKind.Suspend or HoldEndingKind.SuspendDraw))
        {
            LogRefused(ending.Kind, ending.AttemptId, refusal);
            return true;
        }

        try
        {
            deadLetters.Keep(
                ending.Event!,
                $"Wallet does not keep it in suspense: {refusal} It was sent, and {ending.Reason}: its usage is not known, and {new Money(ending.AmountNanos)} was set aside for it.");
            LogNotSuspended(ending.AttemptId, refusal, deadLetters.Path);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (ending.Refusal is null)
            {
                // Once: the gateway's health says it as long as it lasts.
                LogNotKept(failure, ending.AttemptId);
            }

            return false;
        }
    }

    private async Task CallAsync(HoldEnding ending, CancellationToken stoppingToken)
    {
        var id = ending.AttemptId.ToString();
        var options = new CallOptions(deadline: time.GetUtcNow().UtcDateTime + CallTimeout, cancellationToken: stoppingToken);
        using var call = ending.Kind switch
        {
            HoldEndingKind.Report => wallet.ReportHoldAsync(new ReportHoldRequest { AttemptId = id, CostNanos = ending.AmountNanos }, options),
            HoldEndingKind.Release => wallet.ReleaseHoldAsync(new ReleaseHoldRequest { AttemptId = id, Reason = ending.Reason }, options),
            HoldEndingKind.Suspend => wallet.SuspendHoldAsync(new SuspendHoldRequest { AttemptId = id, Reason = ending.Reason }, options),
            HoldEndingKind.SuspendDraw => leases.SuspendDrawAsync(ToSuspendDraw(ending), options),
        };
        await call;
    }

    private static SuspendDrawRequest ToSuspendDraw(HoldEnding ending)
    {
        var attempt = ending.Event!;
        return new SuspendDrawRequest
        {
            LeaseId = attempt.LeaseId,
            AttemptId = attempt.AttemptId,
            AmountNanos = ending.AmountNanos,
            Reason = ending.Reason,
            OccurredAt = attempt.OccurredAt,
            TeamId = attempt.TeamId,
            UserId = attempt.UserId,
            ApplicationId = attempt.ApplicationId,
            Context = HoldContext.Of(attempt),
        };
    }

    [LoggerMessage(LogLevel.Information, "Wallet refused to {Kind} the hold of attempt {AttemptId}: {Detail}")]
    private partial void LogRefused(HoldEndingKind kind, Guid attemptId, string detail);

    [LoggerMessage(LogLevel.Error, "Attempt {AttemptId} was sent and its usage is unknown, but Wallet does not keep it in suspense ({Detail}); kept in {Path}.")]
    private partial void LogNotSuspended(Guid attemptId, string detail, string path);

    [LoggerMessage(LogLevel.Critical, "Attempt {AttemptId}, which Wallet does not keep in suspense, could not be kept among the dead letters either; it stays in the journal, and is tried again.")]
    private partial void LogNotKept(Exception exception, Guid attemptId);

    [LoggerMessage(LogLevel.Error, "To {Kind} the hold of attempt {AttemptId} failed; what is owed is tried again in {Seconds} s, and others go on.")]
    private partial void LogFailed(Exception exception, HoldEndingKind kind, Guid attemptId, double seconds);

    [LoggerMessage(LogLevel.Warning, "Wallet could not {Kind} the hold of attempt {AttemptId} ({Status}); trying again.")]
    private partial void LogRetry(HoldEndingKind kind, Guid attemptId, StatusCode status);
}
