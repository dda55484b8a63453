using Grpc.Core;
using Microsoft.Extensions.Options;
using Platform.Contracts.Wallet.V1;
using Platform.Routing.Journal;
using Platform.ServiceDefaults.Faults;

namespace Platform.Routing.Leases;

/// <param name="Other">The lease of this holder that has the asked one's scope already; null when there is none.</param>
/// <param name="ScopesRevision">Of who is charged for whom, when Wallet decided.</param>
internal readonly record struct AskResult(Guid? Other, long ScopesRevision)
{
    /// <summary>Wallet did not answer.</summary>
    public const long NoRevision = long.MaxValue;
}

/// <summary>The calls to Wallet about one lease. Each may be repeated, and its answer lost: what is told are running totals.</summary>
internal sealed partial class LeaseOperations(
    Contracts.Wallet.V1.Leases.LeasesClient wallet, LeaseClosing closing, AttemptJournal journal, ReplicaDirectory replica, LeaseMetrics metrics,
    IOptions<LeaseOptions> options, TimeProvider time, ILogger<LeaseOperations> log)
{
    private static readonly TimeSpan DefaultDelay = TimeSpan.FromSeconds(1);

    /// <summary>Asks for the lease or for more of it.</summary>
    public async Task<AskResult> AskAsync(HeldLease lease, CancellationToken cancellationToken)
    {
        var known = lease.Totals;
        var (wanted, bound, recalled) = lease.BeginAsking();
        lease.MayExist = true;
        var sentAt = time.GetTimestamp();
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, recalled);
            var response = await wallet.AcquireAsync(ToRequest(lease, known, wanted, bound), deadline: Deadline, cancellationToken: either.Token);
            metrics.Operation("ask", response.Outcome.ToString());
            lease.Standing = new WalletStanding(response.WalletStatus, response.WalletBalanceNanos);
            return new AskResult(Take(lease, known, response, sentAt), response.ScopesRevision);
        }
        catch (RpcException exception)
        {
            metrics.Operation("ask", "no_answer");
            if (!lease.IsRetired)
            {
                LogNoAnswer("ask for", lease.Id, exception.StatusCode, exception.Status.Detail);
                lease.Failed();
            }

            return new AskResult(null, AskResult.NoRevision);
        }
        finally
        {
            lease.EndAsking();
        }
    }

    /// <summary>Tells the totals. Answers the revision of who is charged for whom; 0 when Wallet did not answer, or does not say.</summary>
    public async Task<long> ReportAsync(HeldLease lease, CancellationToken cancellationToken)
    {
        var (totals, retired) = lease.BeginReport();
        CrashPoint.Reach(CrashPoints.LeaseBeforeReport);
        var sentAt = time.GetTimestamp();
        try
        {
            var response = await wallet.ReportAsync(
                new ReportLeaseRequest
                {
                    LeaseId = lease.Id.ToString(), ReturnedNanos = totals.ReturnedNanos, DrawnNanos = totals.DrawnNanos, OpenNanos = totals.OpenNanos,
                    Retired = retired,
                },
                deadline: Deadline,
                cancellationToken: cancellationToken);
            metrics.Operation("report", response.Lease.State.ToString());
            lease.Standing = new WalletStanding(response.WalletStatus, response.WalletBalanceNanos);
            CrashPoint.Reach(CrashPoints.LeaseAfterReport);
            lease.Answered(sentAt, response.Lease.GrantedNanos, response.TtlSeconds);
            if (retired)
            {
                lease.ToldRetirement();
            }
            else if (response.Lease.State != LeaseState.Open)
            {
                lease.Retire();
            }

            return response.ScopesRevision;
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.NotFound or StatusCode.FailedPrecondition)
        {
            metrics.Operation("report", "ended");
            LogRefused(lease.Id, totals, exception.Status.Detail);
            lease.Retire();
            lease.ToldRetirement();
            lease.Failed();
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.InvalidArgument)
        {
            metrics.Operation("report", "contradicted");
            LogRefused(lease.Id, totals, exception.Status.Detail);
            lease.Contradicted();
            if (lease.Disputed)
            {
                lease.Retire();
            }
        }
        catch (RpcException exception)
        {
            metrics.Operation("report", "no_answer");
            LogNoAnswer("report on", lease.Id, exception.StatusCode, exception.Status.Detail);
            lease.Failed();
        }

        return 0;
    }

    /// <summary>Tells the end; true when nothing is owed for the lease any more.</summary>
    public async Task<bool> CloseAsync(HeldLease lease, CancellationToken cancellationToken)
    {
        if (!lease.MayExist)
        {
            return true;
        }

        var end = await closing.CloseAsync(lease.Id, lease.Totals.DrawnNanos, lease.Disputed, cancellationToken);
        if (end == ClosingEnd.Contradicted)
        {
            lease.Contradicted();
        }
        else if (end == ClosingEnd.NotYet)
        {
            lease.Failed();
        }

        return end == ClosingEnd.Closed;
    }

    /// <summary>Answers the lease that Wallet says has the scope already, if so.</summary>
    private Guid? Take(HeldLease lease, LeaseTotals known, AcquireLeaseResponse response, long sentAt)
    {
        var isNew = known.GrantedNanos == 0;
        var other = Guid.TryParse(response.LeaseId, out var named) && named != lease.Id;
        var delay = response.RetryAfterMs > 0 ? TimeSpan.FromMilliseconds(response.RetryAfterMs) : DefaultDelay;
        switch (LeaseAnswers.Decide(response.Outcome, other, isNew))
        {
            case LeaseAnswer.Take:
                if (isNew && response.GrantedNanos > 0 && !TryJournal(lease))
                {
                    lease.Retire();
                }

                lease.Answered(sentAt, response.GrantedNanos, response.TtlSeconds);
                if (response.GrantedNanos <= known.GrantedNanos)
                {
                    lease.AskLater(delay);
                }

                return null;
            case LeaseAnswer.Redirect:
                lease.MayExist = false;
                return named;
            case LeaseAnswer.Later:
                lease.MayExist = !isNew;
                lease.Answered(sentAt, response.GrantedNanos, response.TtlSeconds);
                lease.AskLater(delay);
                return null;
            case LeaseAnswer.Retire:
                LogEnded(lease.Id, response.Outcome);
                lease.Retire();
                return null;
        }

        return null;
    }

    /// <summary>
    /// The journal knows a lease, on the disk, before the first draw from it: of a lease that Wallet has and no journal knows, nothing was drawn.
    /// </summary>
    private bool TryJournal(HeldLease lease)
    {
        CrashPoint.Reach(CrashPoints.LeaseAfterGrant);
        try
        {
            journal.Append(new JournalRecord(JournalKind.LeaseTotal, lease.Id, Text: MachineBoot.Id));
        }
        catch (JournalUnwritableException exception)
        {
            LogNotJournalled(exception, lease.Id);
            return false;
        }

        journal.Flush();
        CrashPoint.Reach(CrashPoints.LeaseAfterJournal);
        return journal.Broken is null;
    }

    private DateTime Deadline => time.GetUtcNow().UtcDateTime.AddSeconds(options.Value.AnswerSeconds);

    private AcquireLeaseRequest ToRequest(HeldLease lease, LeaseTotals known, long wanted, long bound) => new()
    {
        LeaseId = lease.Id.ToString(),
        Holder = replica.Replica,
        TeamId = lease.Subject.TeamId,
        UserId = lease.Subject.UserId,
        ApplicationId = lease.Subject.ApplicationId,
        KeyId = lease.Subject.KeyId,
        Currency = lease.Subject.Currency,
        WantedNanos = wanted,
        BoundNanos = bound,
        KnownGrantedNanos = known.GrantedNanos,
        DrawnNanos = known.DrawnNanos,
        OpenNanos = known.OpenNanos,
    };

    [LoggerMessage(LogLevel.Warning, "Wallet did not answer when the gateway wanted to {Operation} lease {LeaseId} ({Status}: {Detail}).")]
    private partial void LogNoAnswer(string operation, Guid leaseId, StatusCode status, string detail);

    [LoggerMessage(LogLevel.Error, "Wallet refused the report on lease {LeaseId}, {Totals}: {Detail}")]
    private partial void LogRefused(Guid leaseId, LeaseTotals totals, string detail);

    [LoggerMessage(LogLevel.Information, "Lease {LeaseId} is not topped up any more: {Outcome}.")]
    private partial void LogEnded(Guid leaseId, LeaseOutcome outcome);

    [LoggerMessage(LogLevel.Error, "Lease {LeaseId} could not be journalled, so nothing is drawn from it.")]
    private partial void LogNotJournalled(Exception exception, Guid leaseId);
}
