using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Budgets;

/// <summary>Keeps a budget silent until a moment, or ends its silence.</summary>
internal sealed class SnoozeBudget(ChangeBudget change)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(400);

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT, NOT_FOUND (BUDGET_NOT_FOUND), ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public Task<BudgetView> RunAsync(SnoozeBudgetRequest request, string actor, CancellationToken cancellationToken)
    {
        var until = Moments.Read("until", request.Until);
        return (Validation.Text("note", request.Note, 0, 500) ?? Validation.IdempotencyKey(request.IdempotencyKey)) is { } error
            ? throw RpcErrors.InvalidArgument(error)
            : change.RunAsync(
                "budgets.snooze", request.IdempotencyKey, request.BudgetId, request, actor,
                (before, now) => Decide(ChangeBudget.Require(before, request.BudgetId), until, request.Note, now), cancellationToken);
    }

    private static BudgetEdit? Decide(BudgetRow before, DateTimeOffset? until, string note, DateTimeOffset now)
    {
        if (!before.Active)
        {
            throw RpcErrors.NotFound(Reasons.BudgetNotFound, $"Budget '{before.BudgetId}' was removed: it tells nothing anyway.");
        }

        if (until <= now || until > now + Longest)
        {
            throw RpcErrors.InvalidArgument($"until must lie ahead, by at most {Longest.TotalDays:0} days; leave it out to end a snooze.");
        }

        return until is null && !before.IsSnoozed(now) ? null : new BudgetEdit(before with { SnoozedUntil = until }, BudgetAction.Snoozed, note);
    }
}
