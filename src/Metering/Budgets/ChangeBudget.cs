using Google.Protobuf;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;
using Platform.Postgres;
using Events = Platform.Contracts.Events;

namespace Platform.Metering.Budgets;

/// <summary>How every change of a budget goes: once for its idempotency key, behind the budget's own lock, with its line in the history and its event.</summary>
internal sealed class ChangeBudget(Changes changes, BudgetViews views, TeamDirectory organisation, Outbox outbox)
{
    /// <param name="decide">
    /// From the budget as it is (null: there is none) to what it is to be and what its history says; null when nothing changes. It may throw a refusal.
    /// </param>
    /// <exception cref="Grpc.Core.RpcException">ABORTED (IDEMPOTENCY_CONFLICT); whatever <paramref name="decide"/> refuses.</exception>
    public async Task<BudgetView> RunAsync(
        string operation, string idempotencyKey, string budgetId, IMessage request, string actor, Func<BudgetRow?, DateTimeOffset, BudgetEdit?> decide,
        CancellationToken cancellationToken)
    {
        var view = await changes.RunAsync(
            operation, idempotencyKey, request, BudgetView.Parser,
            async (transaction, now) =>
            {
                var budget = (await BudgetStore.LockAsync(transaction, [budgetId], cancellationToken)).SingleOrDefault();
                if (decide(budget, now) is { } edit)
                {
                    budget = edit.Budget;
                    await WriteAsync(transaction, edit, actor, now, cancellationToken);
                }

                return (await views.ReadAsync(transaction.Connection!, [budget!], now, cancellationToken)).Single();
            },
            cancellationToken, enter: transaction => BudgetStore.LockIdAsync(transaction, budgetId, cancellationToken));
        outbox.Wake();
        return view;
    }

    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND: there is none.</exception>
    public static BudgetRow Require(BudgetRow? budget, string budgetId) => budget ?? throw RpcErrors.NotFound(
        Reasons.BudgetNotFound, $"There is no budget '{Validation.Shown(budgetId)}'. List the budgets.");

    private async Task WriteAsync(NpgsqlTransaction transaction, BudgetEdit edit, string actor, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var budget = edit.Budget;
        await BudgetStore.WriteAsync(transaction, budget, cancellationToken);
        await BudgetStore.AddChangeAsync(transaction, budget, edit.Action.ToString().ToLowerInvariant(), actor, edit.Note, now, cancellationToken);
        if (edit.Action == BudgetAction.Acknowledged)
        {
            await CrossingStore.AcknowledgeAsync(transaction, budget.BudgetId, actor, edit.Note, now, cancellationToken);
            await RateStore.AcknowledgeAsync(transaction, budget.BudgetId, actor, edit.Note, now, cancellationToken);
        }

        if (edit.Action is BudgetAction.Set or BudgetAction.Removed)
        {
            var changed = new Events.BudgetChanged(
                Guid.CreateVersion7(now), budget.BudgetId, budget.Name, budget.Version, budget.Active, budget.Scope, budget.AmountNanos,
                await organisation.GetCurrencyAsync(cancellationToken), budget.Period.ToString().ToLowerInvariant(), budget.TimeZone, budget.HardLimit, actor, now);
            await outbox.AddAsync(transaction, changed.EventId, changed, cancellationToken);
        }
    }
}

/// <param name="Action">What its history says.</param>
internal sealed record BudgetEdit(BudgetRow Budget, BudgetAction Action, string Note = "");
