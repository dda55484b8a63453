using Npgsql;
using Platform.Contracts;
using Platform.Metering.Teams;
using Platform.Postgres;

namespace Platform.Metering.Budgets;

/// <summary>
/// Follows spend and judges budgets by it, in one replica at a time. (1) In one transaction: add what was recorded since the last look to the budgets' hours, judge the
/// periods that it touched, and the budgets that something else happened to, keep each threshold that is reached and owe its event to the broker, and compare hours and
/// days with those before them. A crash anywhere leaves all of it or nothing. (2) Count the past of budgets that were set lately, and look again.
/// </summary>
internal sealed partial class EvaluateBudgets(
    NpgsqlDataSource dataSource, FollowSpend follow, JudgeBudgets judge, WatchRates rates, TeamDirectory organisation, Outbox outbox, TimeProvider time, ILogger<EvaluateBudgets> log)
    : BackgroundService
{
    private const string TryLock = $"SELECT pg_try_advisory_xact_lock({AdvisoryLocks.Budgets})";
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>Looks once, and goes on while there is more than one step to do. False when another replica is at it.</summary>
    internal async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        while (await InTransactionAsync(LookAsync, cancellationToken) is { } isBehind)
        {
            // After the look: a budget whose past cannot be counted now does not keep the others waiting.
            if (!isBehind && await InTransactionAsync(follow.CountOneAsync, cancellationToken) != true)
            {
                return true;
            }
        }

        return false;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => LookLoop.RunAsync(RunAsync, LogFailed, LookInterval, time, log, stoppingToken);

    /// <summary>Null when another replica is at it; else what the step answers.</summary>
    private async Task<bool?> InTransactionAsync(Func<NpgsqlTransaction, CancellationToken, Task<bool>> step, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var tryLock = new NpgsqlCommand(TryLock, connection, transaction))
        {
            if (!(bool)(await tryLock.ExecuteScalarAsync(cancellationToken))!)
            {
                return null;
            }
        }

        var answer = await step(transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
        return answer;
    }

    /// <summary>True when there is more to follow.</summary>
    private async Task<bool> LookAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        HashSet<string> due = [.. await BudgetStore.TakeDueAsync(transaction, cancellationToken), .. await CrossingStore.ListWaitingAsync(transaction.Connection!, now, cancellationToken)];
        var position = await BudgetSpendStore.ReadPositionAsync(transaction.Connection!, cancellationToken);
        if (due.Count == 0 && !position.HasMore && !rates.IsDue)
        {
            // Most looks, by far, and thousands of budgets are read in tens of milliseconds: a second's look that always did so would keep a processor busy for nothing.
            return false;
        }

        var budgets = await BudgetStore.ListWatchedAsync(transaction.Connection!, cancellationToken);
        var followed = await follow.StepAsync(transaction, position, budgets, cancellationToken);
        var byId = budgets.ToDictionary(budget => budget.BudgetId);
        var periods = followed.Hours.Select(hour => (Budget: byId[hour.BudgetId], Period: byId[hour.BudgetId].PeriodAt(hour.Hour)))
            .Concat(budgets.Where(budget => due.Contains(budget.BudgetId)).Select(budget => (Budget: budget, Period: budget.PeriodAt(now))))
            .Distinct().ToList();
        var currency = await organisation.GetCurrencyAsync(cancellationToken);
        await judge.RunAsync(transaction, periods, currency, now, cancellationToken);
        if (!followed.IsBehind)
        {
            await rates.RunAsync(transaction, budgets, currency, now, cancellationToken);
        }

        return followed.IsBehind;
    }

    [LoggerMessage(LogLevel.Warning, "Budgets could not be evaluated; trying again.")]
    private partial void LogFailed(Exception exception);
}
