using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Budgets;

/// <summary>Ends a budget: it watches nothing any more, and its history stays.</summary>
internal sealed class RemoveBudget(ChangeBudget change)
{
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, NOT_FOUND (BUDGET_NOT_FOUND), ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public Task<BudgetView> RunAsync(RemoveBudgetRequest request, string actor, CancellationToken cancellationToken) =>
        Validation.IdempotencyKey(request.IdempotencyKey) is { } error
            ? throw RpcErrors.InvalidArgument(error)
            : change.RunAsync(
                "budgets.remove", request.IdempotencyKey, request.BudgetId, request, actor,
                (before, now) => Decide(ChangeBudget.Require(before, request.BudgetId), actor, now), cancellationToken);

    private static BudgetEdit? Decide(BudgetRow before, string actor, DateTimeOffset now) => before.Active
        ? new BudgetEdit((before with { Active = false, Counted = false, SnoozedUntil = null, ChangedAt = now, ChangedBy = actor }).WithCapToTell(), BudgetAction.Removed)
        : null;
}
