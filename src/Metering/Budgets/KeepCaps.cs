using Grpc.Core;
using Npgsql;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;
using Platform.Postgres;

namespace Platform.Metering.Budgets;

/// <summary>
/// Has Wallet keep the caps of budgets with a hard limit. A change of a budget only says that Wallet is to be told; this tells it, in one replica at a time, under a
/// key that follows from what is told, until Wallet has answered: whoever dies when, the cap ends as the budget says. Once a minute it looks
/// whether the caps are still there, and asks again for those that Wallet refused: their user or key may have been made since.
/// </summary>
internal sealed partial class KeepCaps(
    NpgsqlDataSource dataSource, IBudgetCaps caps, CapAnswers answers, CorrectCaps correct, TeamDirectory organisation, TimeProvider time,
    ILogger<KeepCaps> log) : BackgroundService
{
    private const string TryLock = $"SELECT pg_try_advisory_xact_lock({AdvisoryLocks.BudgetCaps})";
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMinutes(1);

    private long _checkedAt = long.MinValue;

    /// <summary>Tells Wallet what it is to be told. False when another replica is at it.</summary>
    internal async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using (var tryLock = new NpgsqlCommand(TryLock, connection, transaction))
        {
            if (!(bool)(await tryLock.ExecuteScalarAsync(cancellationToken))!)
            {
                return false;
            }
        }

        await CheckAsync(cancellationToken);
        foreach (var budget in await BudgetCapStore.ListAsync(dataSource, CapState.Pending, cancellationToken))
        {
            await TellAsync(budget, cancellationToken);
        }

        await correct.RunAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => LookLoop.RunAsync(RunAsync, LogFailed, LookInterval, time, log, stoppingToken);

    private async Task TellAsync(BudgetRow budget, CancellationToken cancellationToken)
    {
        try
        {
            var capId = budget.WantsCap ? await SetAsync(budget, cancellationToken) : await caps.RemoveAsync(budget, cancellationToken);
            await answers.KeepAsync(budget, budget.WantsCap ? CapState.Set : CapState.None, capId, cancellationToken);
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.FailedPrecondition or StatusCode.Aborted)
        {
            if (await answers.RefusedAsync(budget, exception.Status.Detail, cancellationToken))
            {
                LogRefused(budget.BudgetId, exception.Status.Detail);
            }
        }
    }

    // What was spent before a cap counts is said whenever it is set, and Wallet takes it where the cap begins to count: one step, which may be repeated at any time.
    private async Task<string> SetAsync(BudgetRow budget, CancellationToken cancellationToken)
    {
        var currency = await organisation.GetCurrencyAsync(cancellationToken);
        var period = budget.PeriodAt(time.GetUtcNow());
        var spent = await BudgetCapStore.ReadSpentAsync(dataSource, budget, period, cancellationToken);
        correct.Hasten();
        return await caps.SetAsync(budget, Math.Max(0, spent), period.To, currency, cancellationToken);
    }

    /// <summary>
    /// Owes Wallet the caps that somebody changed or removed there, the end of those that landed after their budgets had become soft, and tells it again of those that it
    /// refused.
    /// </summary>
    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        if (_checkedAt != long.MinValue && time.GetElapsedTime(_checkedAt) < CheckInterval)
        {
            return;
        }

        _checkedAt = time.GetTimestamp();
        var known = await BudgetCapStore.ListAsync(dataSource, CapState.Set, cancellationToken);
        var soft = await BudgetCapStore.ListAsync(dataSource, CapState.None, cancellationToken);
        if (known.Count + soft.Count > 0)
        {
            var kept = await caps.ListAsync(cancellationToken);
            foreach (var budget in known.Where(budget => kept.GetValueOrDefault(budget.CapId)?.AmountNanos != budget.AmountNanos))
            {
                LogLost(budget.BudgetId, budget.CapId);
                await BudgetCapStore.OweAsync(dataSource, budget, cancellationToken);
            }

            var sources = kept.Values.Select(cap => cap.Source).ToHashSet();
            foreach (var budget in soft.Where(budget => sources.Contains(KeptCap.SourceOf(budget))))
            {
                LogLeft(budget.BudgetId);
                await BudgetCapStore.OweAsync(dataSource, budget, cancellationToken);
            }
        }

        foreach (var budget in await BudgetCapStore.ListAsync(dataSource, CapState.Refused, cancellationToken))
        {
            await TellAsync(budget, cancellationToken);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Wallet could not be told of budgets' hard limits; trying again.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(LogLevel.Warning, "Wallet refuses the cap of budget {BudgetId}: {Problem} Its limit is not hard until Wallet takes it; it is asked again every minute.")]
    private partial void LogRefused(string budgetId, string problem);

    [LoggerMessage(LogLevel.Warning, "Cap {CapId} of budget {BudgetId} was changed or removed in Wallet; setting it again. To end it, make the budget soft.")]
    private partial void LogLost(string budgetId, string capId);

    [LoggerMessage(LogLevel.Warning, "Wallet has a cap of budget {BudgetId}, which has no hard limit; removing it. To set one, make the budget hard, or set a cap of another source.")]
    private partial void LogLeft(string budgetId);
}
