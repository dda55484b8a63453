using Microsoft.Extensions.Options;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Holds;

/// <summary>Sets an attempt's upper bound aside. On the path of every model call: one round trip unless it is refused.</summary>
internal sealed class CreateHold(
    LedgerDatabase database, HoldStore store, Outbox outbox, IOptions<HoldOptions> options, WalletMetrics metrics, TimeProvider time)
{
    public async Task<CreateHoldResponse> RunAsync(CreateHoldRequest request, string actor, CancellationToken cancellationToken)
    {
        var attemptId = Rules.RequireAttemptId(request.AttemptId);
        Rules.Require(request.BoundNanos > 0 ? null : $"bound_nanos must be above 0; it is {request.BoundNanos}.", Reasons.AmountInvalid);
        Rules.Require(request.ExpiresInSeconds is >= 0 and <= 86_400 ? null : "expires_in_seconds must be 0 to 86400.");
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var occurredAt = request.OccurredAt.ToMoment()?.TruncateToMicroseconds() ?? now;
        var expiresAt = now.AddSeconds(request.ExpiresInSeconds == 0 ? options.Value.DefaultExpirySeconds : request.ExpiresInSeconds);

        var facts = await database.RetryAsync(
            () => store.CreateAsync(attemptId, request, expiresAt, occurredAt, actor, now, cancellationToken), cancellationToken);
        var outcome = CreateHoldDecision.Decide(facts, request.BoundNanos, request.Currency);
        if (outcome == HoldOutcome.InsufficientFunds && !facts.Denied)
        {
            await DenyAsync(attemptId, request, occurredAt, now, cancellationToken);
        }

        metrics.HoldCreated(outcome);
        return new CreateHoldResponse { Outcome = outcome, WalletId = facts.WalletId ?? "", AvailableNanos = facts.Available };
    }

    /// <summary>Demand that spend does not show: owed to the broker once an attempt, together with the memory of the refusal.</summary>
    private async Task DenyAsync(
        Guid attemptId, CreateHoldRequest request, DateTimeOffset occurredAt, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var context = request.Context ?? new AttemptContext();
        var denied = new DemandDenied(
            attemptId, request.TeamId, context.KeyId, context.Workload, context.Lane, context.Provider, context.Model, Reasons.InsufficientFunds,
            request.BoundNanos, request.Currency, occurredAt);
        await database.InTransactionAsync(
            async transaction =>
            {
                var first = await HoldStore.TryDenyAsync(transaction, attemptId, now, cancellationToken);
                if (first)
                {
                    await outbox.AddAsync(transaction, attemptId, denied, cancellationToken);
                }

                return (first, first);
            },
            cancellationToken);
        outbox.Wake();
    }
}
