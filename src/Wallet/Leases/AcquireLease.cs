using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.ServiceDefaults.Faults;
using Platform.Wallet.Alerts;
using Platform.Wallet.Controls;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Leases;

/// <summary>Makes a lease or tops one up: what it grants has left available for held before the holder hears of it.</summary>
internal sealed partial class AcquireLease(
    LedgerDatabase database, LeaseScopes scopes, LeaseRecall recall, CapRecall capRecall, LeaseWrite write, IOptions<LeaseOptions> options,
    WalletMetrics metrics, TimeProvider time, ILogger<AcquireLease> log)
{
    /// <summary>Every lost round means that a wallet was made for the subject, or a cap changed, in this moment.</summary>
    private const int Rounds = 5;

    public async Task<AcquireLeaseResponse> RunAsync(AcquireLeaseRequest request, string actor, CancellationToken cancellationToken)
    {
        var input = Read(request);
        for (var round = 1; round <= Rounds; round++)
        {
            var caps = await scopes.FindCapsAsync(input.Subject, time.GetUtcNow(), cancellationToken);
            var answer = await database.InTransactionAsync(transaction => TryAsync(transaction, input, caps, actor, cancellationToken), cancellationToken);
            CrashPoint.Reach(CrashPoints.LeaseAcquireAfterCommit);
            if (answer is not null)
            {
                metrics.LeaseAcquired(answer.Outcome);
                return answer;
            }

            await scopes.RefreshAsync(cancellationToken);
        }

        throw RpcErrors.Create(
            Grpc.Core.StatusCode.Unavailable, Reasons.DependencyUnavailable, $"The wallet of team '{input.Subject.TeamId}' kept changing. Try again.");
    }

    /// <summary>Null when another wallet became the charged one while this one's lock was waited for, or caps changed, or their accounts are gone.</summary>
    private async Task<(AcquireLeaseResponse? Answer, bool Commit)> TryAsync(
        NpgsqlTransaction transaction, AcquireInput input, CallCaps caps, string actor, CancellationToken cancellationToken)
    {
        var rows = await LeaseStore.LockFirstAsync(
            transaction, input.Subject, input.LeaseId, input.Holder, TimeSpan.FromSeconds(options.Value.HolderLiveSeconds), cancellationToken);
        if (!rows.IsStillFirst || !caps.AreCurrent(rows.ControlRevision))
        {
            return (null, false);
        }

        // The organisation's wallet has an id that a team could have too.
        var wallet = rows.Wallet?.TeamId == input.Subject.TeamId ? rows.Wallet : null;
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var scope = wallet is null ? null : await LeaseScopes.LockAsync(transaction, wallet, caps.Accounts, cancellationToken);
        if (scope is not null && scope.Caps.Count < caps.Accounts.Length)
        {
            // The database was set back to before an account was opened: a lease would count in none until the cap's period ends.
            return (null, false);
        }

        var decision = AcquireDecision.Decide(FactsOf(rows, wallet, scope, input), input, options.Value, now);
        if (decision.Problem is { } problem)
        {
            LogInvalid(input.LeaseId, input.Holder, problem);
            throw RpcErrors.InvalidArgument($"Lease {input.LeaseId}: {problem}", Reasons.LeaseTotalsInvalid);
        }

        if (decision.Changes)
        {
            var unit = new LedgerUnit([wallet!], now, scope!.Caps);
            var seen = rows.Leases.Find(lease => lease.LeaseId == decision.Lease!.LeaseId);
            await write.RunAsync(
                transaction, unit, seen, decision.Lease!, [new Move(TransferKind.Reserve, Account.Available, Account.Held, decision.Granted)],
                new TransferDetails(actor, now, $"lease of {input.Holder}"), cancellationToken);
        }

        if (decision.RecallOthers)
        {
            await recall.RequestAsync(transaction, [wallet!.WalletId], LeaseRecall.LowBalance, cancellationToken, exceptHolder: input.Holder);
        }

        // Not for a team's own platform, whose bound is what it says: caps have leases of other teams under them. The gateway that takes its calls meanwhile has them recalled if it must.
        if (decision.Outcome == LeaseOutcome.UseHolds && !LeaseHolders.IsReserved(input.Holder))
        {
            capRecall.Request(scope!.Short((Int128)LeaseSizing.LeastBounds * input.Bound * rows.Holders));
        }

        CrashPoint.Reach(CrashPoints.LeaseAcquireBeforeCommit);
        return (AnswerOf(decision, wallet, scope, rows.ScopesRevision, now), true);
    }

    private static AcquireFacts FactsOf(AcquireRows rows, WalletAccounts? wallet, LeaseScope? scope, AcquireInput input) => new(
        wallet, scope,
        rows.Leases.Find(lease => lease.LeaseId == input.LeaseId),
        rows.Leases.Find(lease => lease.State == LeaseState.Open && lease.Holder == input.Holder && lease.Scope == scope?.Key),
        rows.Leases.Where(lease => lease.State == LeaseState.Open && lease.Holder != input.Holder).Sum(lease => lease.Undrawn),
        rows.Holders);

    private AcquireLeaseResponse AnswerOf(AcquireDecision decision, WalletAccounts? wallet, LeaseScope? scope, long scopesRevision, DateTimeOffset now)
    {
        var draws = decision.Lease is not null && decision.Outcome is LeaseOutcome.Unchanged or LeaseOutcome.UseHolds or LeaseOutcome.Granted;
        return new AcquireLeaseResponse
        {
            Outcome = decision.Outcome,
            WalletId = wallet?.WalletId ?? "",
            Scope = scope?.Key ?? "",
            LeaseId = decision.Lease?.LeaseId.ToString() ?? "",
            GrantedNanos = decision.Lease?.Granted ?? 0,
            TtlSeconds = draws && decision.Lease is { } lease ? options.Value.TtlFrom(now, lease.EndsAt) : 0,
            RetryAfterMs = decision.Outcome == LeaseOutcome.UseHolds ? options.Value.RetryAfterMs : 0,
            ScopesRevision = scopesRevision,
            WalletStatus = wallet is null ? WalletStatus.Unspecified : ReadWallets.StatusOf(wallet),
            WalletBalanceNanos = wallet is null ? 0 : LowBalance.Balance(wallet),
        };
    }

    private static AcquireInput Read(AcquireLeaseRequest request)
    {
        Rules.Require(Validation.Text("holder", request.Holder, 1, 100));
        Rules.Require(Validation.Text("user_id", request.UserId, 0, 200));
        Rules.Require(Validation.Text("application_id", request.ApplicationId, 0, 200));
        Rules.Require(Validation.Text("key_id", request.KeyId, 0, 200));
        Rules.Require(request.WantedNanos > 0 ? null : $"wanted_nanos must be above 0; it is {request.WantedNanos}.", Reasons.AmountInvalid);
        Rules.Require(request.BoundNanos > 0 ? null : $"bound_nanos must be above 0; it is {request.BoundNanos}.", Reasons.AmountInvalid);
        Rules.Require(request.KnownGrantedNanos >= 0 ? null : "known_granted_nanos must be 0 or more.", Reasons.LeaseTotalsInvalid);
        return new AcquireInput(
            Rules.RequireLeaseId(request.LeaseId), request.Holder,
            new LeaseSubject(request.TeamId, request.UserId, request.ApplicationId, request.KeyId), request.Currency, request.WantedNanos, request.BoundNanos,
            request.KnownGrantedNanos, request.DrawnNanos, request.OpenNanos);
    }

    [LoggerMessage(LogLevel.Warning, "Lease {LeaseId} of {Holder} is asked for with totals that contradict what is known; nothing changes. {Problem}")]
    private partial void LogInvalid(Guid leaseId, string holder, string problem);
}
