using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Alerts;
using Platform.Metering.Alerts.Delivery;
using Platform.Metering.Teams;
using Platform.Postgres;

namespace Platform.Metering.Budgets;

/// <summary>
/// Keeps what Wallet answered about a budget's cap. A refusal is an alert, once until Wallet takes the cap or nobody wants it any more: whoever set the limit was told that
/// it is being set, and relies on it.
/// </summary>
internal sealed class CapAnswers(NpgsqlDataSource dataSource, RaiseAlert raise, AlertSignal signal, TeamDirectory organisation, TimeProvider time)
{
    public Task KeepAsync(BudgetRow budget, CapState state, string capId, CancellationToken cancellationToken) =>
        KeepAsync(budget, state, capId, problem: "", cancellationToken);

    /// <summary>True when people are told of it now.</summary>
    public Task<bool> RefusedAsync(BudgetRow budget, string problem, CancellationToken cancellationToken) =>
        KeepAsync(budget, CapState.Refused, capId: "", problem, cancellationToken);

    private async Task<bool> KeepAsync(BudgetRow budget, CapState state, string capId, string problem, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var currency = await organisation.GetCurrencyAsync(cancellationToken);
        var condition = $"cap of budget {budget.BudgetId} refused";
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await Conditions.EnterAsync(transaction, cancellationToken);
        if (!await BudgetCapStore.WriteAsync(transaction, budget, state, capId, problem, cancellationToken))
        {
            return false;
        }

        var isNew = state == CapState.Refused && await Conditions.TryBeginAsync(transaction, condition, now, cancellationToken);
        if (isNew)
        {
            await raise.AddAsync(transaction, AlertOfBudget.CapRefused(budget, problem, currency, now), cancellationToken);
        }
        else if (state != CapState.Refused)
        {
            await Conditions.EndAsync(transaction, condition, cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        if (isNew)
        {
            signal.Wake();
        }

        return isNew;
    }
}
