using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.Wallet.Ledger;
using Platform.Wallet.Postings;

namespace Platform.Wallet.Holds;

/// <summary>Takes one hold a step further: lock, decide, write what was decided.</summary>
internal sealed class ResolveHold(LedgerDatabase database, WalletMetrics metrics, TimeProvider time)
{
    public async Task<HoldResponse> RunAsync(string attempt, HoldInput input, string actor, CancellationToken cancellationToken)
    {
        var attemptId = Rules.RequireAttemptId(attempt);
        var decision = await database.InTransactionAsync(
            async transaction =>
            {
                var decided = await DecideAsync(transaction, attemptId, input, actor, "", null, cancellationToken);
                return (decided, decided.Verdict == HoldVerdict.Apply);
            },
            cancellationToken);
        return Answer(attemptId, decision);
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

                var decision = await DecideAsync(
                    transaction, attemptId, new HoldInput.Settle(request.CostNanos), actor, request.Description, Guid.CreateVersion7(time.GetUtcNow()),
                    cancellationToken);
                var answer = Answer(attemptId, decision);
                await Idempotency.StoreAsync(
                    transaction, "SettleSuspense", request.IdempotencyKey, lookup, answer, time.GetUtcNow(), cancellationToken);
                return (answer, true);
            },
            cancellationToken);
    }

    private async Task<HoldDecision> DecideAsync(
        NpgsqlTransaction transaction, Guid attemptId, HoldInput input, string actor, string description, Guid? postingId,
        CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var (wallets, holds) = await HoldStore.LockAsync(transaction, [attemptId], [], cancellationToken);
        var decision = HoldDecision.Decide(holds.GetValueOrDefault(attemptId), input, now);
        if (decision.Verdict == HoldVerdict.NotFound && input is HoldInput.Release release)
        {
            await HoldStore.InsertTombstoneAsync(transaction, attemptId, release.Reason, now, cancellationToken);
            var tombstone = new HoldSnapshot(attemptId, null, 0, 0, HoldState.Released, null, null, release.Reason, null, null, "", now);
            return new HoldDecision(HoldVerdict.Apply, tombstone, []);
        }

        if (decision.Verdict == HoldVerdict.Apply)
        {
            var unit = new LedgerUnit(wallets, now);
            var details = new TransferDetails(actor, holds[attemptId].OccurredAt, description, AttemptId: attemptId);
            await WriteAsync(transaction, unit, decision, details, postingId, cancellationToken);
        }

        return decision;
    }

    private async Task WriteAsync(
        NpgsqlTransaction transaction, LedgerUnit unit, HoldDecision decision, TransferDetails details, Guid? postingId,
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
        if (postingId is { } id)
        {
            PostingStore.AddTo(batch, new PostingRow(id, hold.AttemptId, hold.WalletId!, hold.Model, Contracts.Events.FundingClass.Leased, hold.OccurredAt), unit.Now);
        }

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
