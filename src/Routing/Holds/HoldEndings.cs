using System.Threading.Channels;
using Grpc.Core;
using Platform.Contracts.Wallet.V1;
using Platform.Routing.Journal;

namespace Platform.Routing.Holds;

/// <summary>
/// Tells Wallet how holds end, off the calls' path. What the journal owes (releases, suspensions) is tried until Wallet answers, also across restarts;
/// the journal is acknowledged then.
/// </summary>
internal sealed partial class HoldEndings(Wallet.WalletClient wallet, AttemptJournal journal, TimeProvider time, ILogger<HoldEndings> log) : BackgroundService
{
    private const int Workers = 8;
    private const int ReportTries = 3;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    private readonly Channel<HoldEnding> _queue = Channel.CreateUnbounded<HoldEnding>();

    public void Report(Guid attemptId, long costNanos) => Enqueue(new HoldEnding(HoldEndingKind.Report, attemptId, costNanos, ""));

    public void Release(Guid attemptId, string reason) => Enqueue(new HoldEnding(HoldEndingKind.Release, attemptId, 0, reason));

    public void Suspend(Guid attemptId, string reason) => Enqueue(new HoldEnding(HoldEndingKind.Suspend, attemptId, 0, reason));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => WorkAsync(stoppingToken)));

    private void Enqueue(HoldEnding ending) => _queue.Writer.TryWrite(ending);

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var ending in _queue.Reader.ReadAllAsync(stoppingToken))
            {
                await DeliverAsync(ending, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is left in the queue is in the journal, or settled by posting.
        }
    }

    private async Task DeliverAsync(HoldEnding ending, CancellationToken stoppingToken)
    {
        var delay = FirstDelay;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await CallAsync(ending, stoppingToken);
                break;
            }
            catch (RpcException exception) when (exception.StatusCode is StatusCode.NotFound or StatusCode.FailedPrecondition or StatusCode.InvalidArgument)
            {
                // Wallet has the last word on a hold's state: posting overtook a report, or an operator settled the suspense.
                LogRefused(ending.Kind, ending.AttemptId, exception.Status.Detail);
                break;
            }
            catch (RpcException) when (ending.Kind == HoldEndingKind.Report && attempt == ReportTries)
            {
                return;
            }
            catch (RpcException exception)
            {
                LogRetry(ending.Kind, ending.AttemptId, exception.StatusCode);
                await Task.Delay(delay, time, stoppingToken);
                delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay;
            }
        }

        if (ending.Kind != HoldEndingKind.Report)
        {
            journal.Acknowledge(ending.AttemptId);
        }
    }

    private async Task CallAsync(HoldEnding ending, CancellationToken stoppingToken)
    {
        var id = ending.AttemptId.ToString();
        var options = new CallOptions(deadline: time.GetUtcNow().UtcDateTime + CallTimeout, cancellationToken: stoppingToken);
        using var call = ending.Kind switch
        {
            HoldEndingKind.Report => wallet.ReportHoldAsync(new ReportHoldRequest { AttemptId = id, CostNanos = ending.CostNanos }, options),
            HoldEndingKind.Release => wallet.ReleaseHoldAsync(new ReleaseHoldRequest { AttemptId = id, Reason = ending.Reason }, options),
            HoldEndingKind.Suspend => wallet.SuspendHoldAsync(new SuspendHoldRequest { AttemptId = id, Reason = ending.Reason }, options),
        };
        await call;
    }

    [LoggerMessage(LogLevel.Information, "Wallet refused to {Kind} the hold of attempt {AttemptId}: {Detail}")]
    private partial void LogRefused(HoldEndingKind kind, Guid attemptId, string detail);

    [LoggerMessage(LogLevel.Warning, "Wallet could not {Kind} the hold of attempt {AttemptId} ({Status}); trying again.")]
    private partial void LogRetry(HoldEndingKind kind, Guid attemptId, StatusCode status);
}
