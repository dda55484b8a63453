using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Budgets;

/// <summary>Marks all that is open in a budget's history as seen.</summary>
internal sealed class AcknowledgeBudget(ChangeBudget change)
{
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, NOT_FOUND (BUDGET_NOT_FOUND), ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public Task<BudgetView> RunAsync(AcknowledgeBudgetRequest request, string actor, CancellationToken cancellationToken) =>
        (Validation.Text("note", request.Note, 0, 500) ?? Validation.IdempotencyKey(request.IdempotencyKey)) is { } error
            ? throw RpcErrors.InvalidArgument(error)
            : change.RunAsync(
                "budgets.acknowledge", request.IdempotencyKey, request.BudgetId, request, actor,
                (before, _) => new BudgetEdit(ChangeBudget.Require(before, request.BudgetId), BudgetAction.Acknowledged, request.Note), cancellationToken);
}
