using Grpc.Core;
using Npgsql;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;
using Platform.Postgres;

namespace Platform.Metering.Budgets;

/// <summary>
/// Has Wallet keep the caps of budgets with a hard limit. A change of a budget only says that Wallet is to be told; this tells it, in one replica at a time, under a
/// key that follows from the budget and the count of its changes, until Wallet has answered: whoever dies when, the cap ends as the budget says. Once a minute it looks
/// whether the caps are still there.
/// </summary>
internal sealed partial class KeepCaps(
    NpgsqlDataSource dataSource, IBudgetCaps caps, TeamDirectory organisation, TimeProvider time, ILogger<KeepCaps> log) : BackgroundService
{
    private const string TryLock = "SELECT pg_try_advisory_xact_lock(82825445725282)";
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

        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => LookLoop.RunAsync(RunAsync, LogFailed, LookInterval, time, stoppingToken);

    private async Task TellAsync(BudgetRow budget, CancellationToken cancellationToken)
    {
        try
        {
            var capId = budget.WantsCap ? await SetAsync(budget, cancellationToken) : await caps.RemoveAsync(budget, cancellationToken);
            await BudgetCapStore.WriteAsync(dataSource, budget, budget.WantsCap ? CapState.Set : CapState.None, capId, "", cancellationToken);
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.FailedPrecondition or StatusCode.Aborted)
        {
            LogRefused(budget.BudgetId, exception.Status.Detail);
            await BudgetCapStore.WriteAsync(dataSource, budget, CapState.Refused, "", exception.Status.Detail, cancellationToken);
        }
    }

    private async Task<string> SetAsync(BudgetRow budget, CancellationToken cancellationToken)
    {
        var currency = await organisation.GetCurrencyAsync(cancellationToken);
        var now = time.GetUtcNow();
        if (budget.CapBaseUntil is null)
        {
            // A cap counts from the moment that it is set, or goes on where it stood: only its answer says what it does not count of what is spent.
            var (capId, usedNanos) = await caps.SetAsync(budget, budget.AmountNanos, currency, cancellationToken);
            budget = await BudgetCapStore.KeepBaseAsync(dataSource, budget, usedNanos, now, cancellationToken);
            if (budget.CapBaseNanos == 0)
            {
                return capId;
            }
        }

        return (await caps.SetAsync(budget, budget.CapAmountAt(now), currency, cancellationToken)).CapId;
    }

    /// <summary>Owes Wallet the caps whose amount has changed with their period, and those that somebody changed or removed there.</summary>
    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        await BudgetCapStore.OweNewPeriodsAsync(dataSource, time.GetUtcNow(), cancellationToken);
        if (_checkedAt != long.MinValue && time.GetElapsedTime(_checkedAt) < CheckInterval)
        {
            return;
        }

        var known = await BudgetCapStore.ListAsync(dataSource, CapState.Set, cancellationToken);
        if (known.Count > 0)
        {
            var kept = await caps.ListAmountsAsync(cancellationToken);
            foreach (var budget in known.Where(budget => kept.GetValueOrDefault(budget.CapId) != budget.CapAmountAt(time.GetUtcNow())))
            {
                LogLost(budget.BudgetId, budget.CapId);
                await BudgetCapStore.OweAsync(dataSource, budget, cancellationToken);
            }
        }

        _checkedAt = time.GetTimestamp();
    }

    [LoggerMessage(LogLevel.Warning, "Wallet could not be told of budgets' hard limits; trying again.")]
    private partial void LogFailed(Exception exception);

    [LoggerMessage(LogLevel.Warning, "Wallet refuses the cap of budget {BudgetId}: {Problem} Its limit is not hard until the budget is changed.")]
    private partial void LogRefused(string budgetId, string problem);

    [LoggerMessage(LogLevel.Warning, "Cap {CapId} of budget {BudgetId} was changed or removed in Wallet; setting it again. To end it, make the budget soft.")]
    private partial void LogLost(string budgetId, string capId);
}
