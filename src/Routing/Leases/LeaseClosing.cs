using Grpc.Core;
using Microsoft.Extensions.Options;
using Platform.Contracts.Wallet.V1;
using Platform.Routing.Holds;
using Platform.Routing.Journal;
using Platform.ServiceDefaults.Faults;

namespace Platform.Routing.Leases;

internal enum ClosingEnd
{
    /// <summary>Wallet has the final totals, or nothing to close: nothing is owed.</summary>
    Closed,

    /// <summary>Wallet's books contradict the total: it can only be closed as incomplete.</summary>
    Contradicted,

    /// <summary>Wallet did not answer, or an unknown attempt of the lease is not in suspense yet: to be tried again.</summary>
    NotYet,
}

/// <summary>Tells Wallet the final total of a lease, and the journal that it is done: of this process's leases as of an earlier one's.</summary>
internal sealed partial class LeaseClosing(
    Contracts.Wallet.V1.Leases.LeasesClient wallet, HoldEndings holds, AttemptJournal journal, LeaseMetrics metrics, IOptions<LeaseOptions> options,
    TimeProvider time, ILogger<LeaseClosing> log)
{
    /// <param name="incomplete">More may have been drawn than is told: nothing returns, the rest waits in suspense for an operator.</param>
    public async Task<ClosingEnd> CloseAsync(Guid leaseId, long drawnNanos, bool incomplete, CancellationToken cancellationToken)
    {
        if (holds.OwesOf(leaseId))
        {
            return ClosingEnd.NotYet;
        }

        CrashPoint.Reach(CrashPoints.LeaseBeforeClose);
        try
        {
            await wallet.CloseAsync(
                new CloseLeaseRequest { LeaseId = leaseId.ToString(), DrawnNanos = drawnNanos, JournalIncomplete = incomplete },
                deadline: time.GetUtcNow().UtcDateTime.AddSeconds(options.Value.AnswerSeconds),
                cancellationToken: cancellationToken);
            metrics.Operation("close", "closed");
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.NotFound)
        {
            // Asked for, and never made.
            metrics.Operation("close", "not_found");
            LogNothingToClose(leaseId, exception.Status.Detail);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.InvalidArgument)
        {
            metrics.Operation("close", "contradicted");
            LogContradicted(leaseId, drawnNanos, exception.Status.Detail);
            return ClosingEnd.Contradicted;
        }
        catch (RpcException exception)
        {
            metrics.Operation("close", "no_answer");
            LogNoAnswer(leaseId, exception.StatusCode, exception.Status.Detail);
            return ClosingEnd.NotYet;
        }

        CrashPoint.Reach(CrashPoints.LeaseAfterClose);
        Forget(leaseId);
        return ClosingEnd.Closed;
    }

    private void Forget(Guid leaseId)
    {
        try
        {
            journal.Append(new JournalRecord(JournalKind.LeaseClosed, leaseId));
        }
        catch (JournalUnwritableException exception)
        {
            // The next start closes it once more, which changes nothing.
            LogNotForgotten(exception, leaseId);
        }
    }

    [LoggerMessage(LogLevel.Information, "Lease {LeaseId} had nothing to close: {Detail}")]
    private partial void LogNothingToClose(Guid leaseId, string detail);

    [LoggerMessage(LogLevel.Error, "Wallet's books contradict the total of {DrawnNanos} nanos drawn from lease {LeaseId}: {Detail}")]
    private partial void LogContradicted(Guid leaseId, long drawnNanos, string detail);

    [LoggerMessage(LogLevel.Warning, "Wallet did not take the end of lease {LeaseId} ({Status}: {Detail}); trying again.")]
    private partial void LogNoAnswer(Guid leaseId, StatusCode status, string detail);

    [LoggerMessage(LogLevel.Warning, "The end of lease {LeaseId} could not be journalled.")]
    private partial void LogNotForgotten(Exception exception, Guid leaseId);
}
