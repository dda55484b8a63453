using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Budgets;

/// <summary>All SQL of what Wallet is to be told of budgets' caps. Each write is of the change that was told only: a later one is still owed.</summary>
internal static class BudgetCapStore
{
    private const string Write = "UPDATE budget SET cap_state = $3, cap_id = $4, cap_problem = $5 WHERE budget_id = $1 AND cap_revision = $2";
    private const string Owe = "UPDATE budget SET cap_state = $3, cap_revision = cap_revision + 1 WHERE budget_id = $1 AND cap_revision = $2";

    /// <summary>Budgets of a state whose spend is known, or who need no cap any more.</summary>
    public static async Task<List<BudgetRow>> ListAsync(NpgsqlDataSource dataSource, CapState state, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await BudgetStore.ListByCapAsync(connection, state, cancellationToken);
    }

    /// <summary>What Wallet answered. False when the budget has changed since it was told: it is told of that.</summary>
    public static async Task<bool> WriteAsync(
        NpgsqlTransaction transaction, BudgetRow budget, CapState state, string capId, string problem, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteAsync(Write, [budget.BudgetId, budget.CapRevision, (short)state, capId, problem], cancellationToken) == 1;

    /// <summary>What the budget has spent in a period, as far as it is counted.</summary>
    public static async Task<long> ReadSpentAsync(NpgsqlDataSource dataSource, BudgetRow budget, CalendarPeriod period, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return (await BudgetSpendStore.SumAsync(connection, [(budget, period)], cancellationToken)).Values.Single().SpentNanos;
    }

    /// <summary>How far spend is counted, and how far there is something to count.</summary>
    public static async Task<FollowerPosition> ReadPositionAsync(NpgsqlDataSource dataSource, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await BudgetSpendStore.ReadPositionAsync(connection, cancellationToken);
    }

    /// <summary>The name of the budget whose cap it is; null for a cap that people set.</summary>
    public static async Task<string?> FindNameAsync(NpgsqlTransaction transaction, string capId, CancellationToken cancellationToken)
    {
        await using var command = transaction.Connection!.Command("SELECT name FROM budget WHERE cap_id = $1 AND cap_id <> ''", capId);
        return (string?)await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>Has Wallet told once more, under a new key.</summary>
    public static async Task OweAsync(NpgsqlDataSource dataSource, BudgetRow budget, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(Owe, [budget.BudgetId, budget.CapRevision, (short)CapState.Pending], cancellationToken);
    }
}
