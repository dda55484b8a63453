using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.Wallet.Ledger;
using Platform.Wallet.Postings;

namespace Platform.Wallet.Holds;

/// <summary>
/// Takes one hold a step further: read, decide, and write the decision if the hold still stands as it was read, else once more. Two round trips, and the
/// wallet is locked only inside the second, so a slow caller cannot keep a busy wallet waiting.
/// </summary>
internal sealed class ResolveHold(LedgerDatabase database, HoldStore store, WalletMetrics metrics, TimeProvider time)
{
    /// <summary>Every lost round means that the hold moved on, and a hold has few steps.</summary>
    private const int Rounds = 10;

    public async Task<HoldResponse> RunAsync(string attempt, HoldInput input, string actor, CancellationToken cancellationToken)
    {
        var attemptId = Rules.RequireAttemptId(attempt);
        for (var round = 1; round <= Rounds; round++)
        {
            var now = time.GetUtcNow().TruncateToMicroseconds();
            var seen = await store.ReadAsync(attemptId, cancellationToken);
            var decision = HoldDecision.Decide(seen, input, now);
            if (decision.Verdict == HoldVerdict.NotFound && input is HoldInput.Release release)
            {
                if (await store.TryInsertTombstoneAsync(attemptId, release.Reason, now, cancellationToken))
                {
                    return new HoldResponse { AttemptId = attemptId.ToString(), State = HoldState.Released };
                }
            }
            else if (decision.Verdict != HoldVerdict.Apply
                || await database.RetryAsync(() => store.TryApplyAsync(seen!, decision, actor, now, cancellationToken), cancellationToken))
            {
                return Answer(attemptId, decision);
            }
        }

        throw RpcErrors.Create(
            StatusCode.Unavailable, Reasons.DependencyUnavailable, $"The hold of attempt {attemptId} kept changing while it was decided. Try again.");
    }

    /// <summary>An operator's decision on a suspended hold; kept under its idempotency key.</summary>
    public Task<HoldResponse> SettleAsync(SettleSuspenseRequest request, string actor, CancellationToken cancellationToken)
    {
        var attemptId = Rules.RequireAttemptId(request.AttemptId);
        Rules.Require(request.CostNanos >= 0 ? null : $"cost_nanos must be 0 or more; it is {request.CostNanos}.", Reasons.AmountInvalid);
        Rules.Require(Validation.Text("description", request.Description, 0, 500));
        Rules.RequireIdempotencyKey(request.IdempotencyKey);
        return database.InTransactionAsync(
            async transaction =>
            {
                var lookup = await Idempotency.BeginAsync(transaction, "SettleSuspense", request.IdempotencyKey, request, cancellationToken);
                if (Rules.Replayed(lookup, request.IdempotencyKey, HoldResponse.Parser) is { } replay)
                {
                    return (replay, false);
                }

                var decision = await SettleAsync(transaction, attemptId, request, actor, cancellationToken);
                var answer = Answer(attemptId, decision);
                await Idempotency.StoreAsync(
                    transaction, "SettleSuspense", request.IdempotencyKey, lookup, answer, time.GetUtcNow(), cancellationToken);
                return (answer, true);
            },
            cancellationToken);
    }

    private async Task<HoldDecision> SettleAsync(
        NpgsqlTransaction transaction, Guid attemptId, SettleSuspenseRequest request, string actor, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var (wallets, holds) = await HoldStore.LockAsync(transaction, [attemptId], [], cancellationToken);
        var decision = HoldDecision.Decide(holds.GetValueOrDefault(attemptId), new HoldInput.Settle(request.CostNanos), now);
        if (decision.Verdict == HoldVerdict.Apply)
        {
            var unit = new LedgerUnit(wallets, now);
            var details = new TransferDetails(actor, holds[attemptId].OccurredAt, request.Description, AttemptId: attemptId);
            await WriteAsync(transaction, unit, decision, details, Guid.CreateVersion7(now), cancellationToken);
        }

        return decision;
    }

    private async Task WriteAsync(
        NpgsqlTransaction transaction, LedgerUnit unit, HoldDecision decision, TransferDetails details, Guid postingId,
        CancellationToken cancellationToken)
    {
        var hold = decision.Hold!;
        foreach (var move in decision.Moves)
        {
            // Money that returns is no part of the posting.
            unit.Move(hold.WalletId!, move, move.To == Account.Spent ? details with { PostingId = postingId } : details);
        }

        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        LedgerStore.AddTo(batch, unit);
        HoldStore.AddTo(batch, [hold], unit.Now);
        PostingStore.AddTo(
            batch, new PostingRow(postingId, hold.AttemptId, hold.WalletId!, hold.Model, Contracts.Events.FundingClass.Leased, hold.OccurredAt), unit.Now);
        await batch.ExecuteNonQueryAsync(cancellationToken);
        metrics.Recorded(unit);
    }

    private static HoldResponse Answer(Guid attemptId, HoldDecision decision) => decision.Verdict switch
    {
        HoldVerdict.NotFound => throw RpcErrors.NotFound(Reasons.HoldNotFound, $"There is no hold for attempt {attemptId}."),
        HoldVerdict.Ended => throw RpcErrors.Create(
            StatusCode.FailedPrecondition, Reasons.HoldEnded, $"The hold of attempt {attemptId} is {decision.Hold!.State.ToString().ToLowerInvariant()}; its state does not allow this."),
        HoldVerdict.Repeat or HoldVerdict.Apply => new HoldResponse
        {
            AttemptId = attemptId.ToString(), State = decision.Hold!.State, HeldNanos = decision.Hold.Held,
        },
    };
}
