using Npgsql;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Budgets;

/// <summary>All SQL of what Wallet is to be told of budgets' caps. Each write is of the change that was told only: a later one is still owed.</summary>
internal static class BudgetCapStore
{
    private const string Write = "UPDATE budget SET cap_state = $3, cap_id = $4, cap_problem = $5 WHERE budget_id = $1 AND cap_revision = $2";
    private const string Owe = "UPDATE budget SET cap_state = $3, cap_revision = cap_revision + 1 WHERE budget_id = $1 AND cap_revision = $2";

    private const string OweNewPeriods = """
        UPDATE budget SET cap_base_nanos = 0, cap_state = 2, cap_revision = cap_revision + 1 WHERE cap_state = 3 AND cap_base_nanos > 0 AND cap_base_until <= $1
        """;

    private const string SetBase = "UPDATE budget SET cap_base_nanos = $3, cap_base_until = $4 WHERE budget_id = $1 AND cap_revision = $2";

    /// <summary>Budgets of a state whose spend is known, or who need no cap any more.</summary>
    public static async Task<List<BudgetRow>> ListAsync(NpgsqlDataSource dataSource, CapState state, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await BudgetStore.ListByCapAsync(connection, state, cancellationToken);
    }

    /// <summary>What Wallet answered.</summary>
    public static async Task WriteAsync(
        NpgsqlDataSource dataSource, BudgetRow budget, CapState state, string capId, string problem, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(Write, [budget.BudgetId, budget.CapRevision, (short)state, capId, problem], cancellationToken);
    }

    /// <summary>Keeps what the budget had spent in its current period and its cap does not count.</summary>
    public static async Task<BudgetRow> KeepBaseAsync(
        NpgsqlDataSource dataSource, BudgetRow budget, long usedNanos, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var period = budget.PeriodAt(now);
        var spent = (await BudgetSpendStore.SumAsync(connection, [(budget, period)], cancellationToken)).Values.Single();
        var kept = budget with { CapBaseNanos = Math.Max(0, spent - usedNanos), CapBaseUntil = period.To };
        await connection.ExecuteAsync(SetBase, [budget.BudgetId, budget.CapRevision, kept.CapBaseNanos, kept.CapBaseUntil], cancellationToken);
        return kept;
    }

    /// <summary>Has Wallet told of budgets whose cap was lower in a period that has ended.</summary>
    public static async Task OweNewPeriodsAsync(NpgsqlDataSource dataSource, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(OweNewPeriods, [now], cancellationToken);
    }

    /// <summary>Has Wallet told once more, under a new key.</summary>
    public static async Task OweAsync(NpgsqlDataSource dataSource, BudgetRow budget, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(Owe, [budget.BudgetId, budget.CapRevision, (short)CapState.Pending], cancellationToken);
    }
}
