using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;

namespace Platform.Metering.Budgets;

/// <summary>
/// Tells Wallet what its caps miss of the period in which they began to count, as it becomes known: what was called before has to come from gateways, to be recorded and to
/// be counted here. What a cap misses is what the budget has spent less what was spent through the cap. The cap is read first and the spend when all that was recorded by
/// then is counted, so nothing is taken off as spent through the cap that is not in the spend: too much may be said for a moment, never too little of what is known
/// (docs/decisions/0153). A cap that was set lately is looked at every second for a minute, then once a minute until its period ends.
/// </summary>
internal sealed partial class CorrectCaps(NpgsqlDataSource dataSource, IBudgetCaps caps, TeamDirectory organisation, TimeProvider time, ILogger<CorrectCaps> log)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ShortInterval = TimeSpan.FromSeconds(1);

    private long? _readAt;
    private long? _setAt;
    private ReadCaps? _read;

    /// <summary>A cap has just begun to count: most of what it misses is known within seconds.</summary>
    public void Hasten() => _setAt = time.GetTimestamp();

    /// <summary>Reads the caps when it is time to, and corrects them when spend is counted that far. Call it in one replica at a time.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        if (_read is null && IsDue())
        {
            _readAt = time.GetTimestamp();
            _read = await ReadAsync(cancellationToken);
        }

        if (_read is { } read && await BudgetCapStore.ReadPositionAsync(dataSource, cancellationToken) is var position && position.Until >= read.Newest)
        {
            _read = null;
            foreach (var budget in await BudgetCapStore.ListAsync(dataSource, CapState.Set, cancellationToken))
            {
                if (read.Caps.TryGetValue(budget.CapId, out var cap))
                {
                    await CorrectAsync(budget, cap, cancellationToken);
                }
            }
        }
    }

    private bool IsDue() => _readAt is not { } readAt
        || time.GetElapsedTime(readAt) >= (_setAt is { } setAt && time.GetElapsedTime(setAt) < Interval ? ShortInterval : Interval);

    /// <summary>Null when there is no cap that may miss anything.</summary>
    private async Task<ReadCaps?> ReadAsync(CancellationToken cancellationToken)
    {
        var budgets = await BudgetCapStore.ListAsync(dataSource, CapState.Set, cancellationToken);
        if (budgets.Count == 0)
        {
            return null;
        }

        var kept = await caps.ListAsync(cancellationToken);
        var now = time.GetUtcNow();
        if (!budgets.Exists(budget => kept.TryGetValue(budget.CapId, out var cap) && cap.UncountedUntil == budget.PeriodAt(now).To))
        {
            return null;
        }

        var position = await BudgetCapStore.ReadPositionAsync(dataSource, cancellationToken);
        return new ReadCaps(kept, position.Newest ?? position.Until);
    }

    private async Task CorrectAsync(BudgetRow budget, KeptCap cap, CancellationToken cancellationToken)
    {
        var period = budget.PeriodAt(time.GetUtcNow());
        if (cap.UncountedUntil != period.To || cap.AmountNanos != budget.AmountNanos)
        {
            return;
        }

        var spent = Math.Max(0, await BudgetCapStore.ReadSpentAsync(dataSource, budget, period, cancellationToken));
        if (Math.Max(0, spent - cap.SettledNanos) == cap.UncountedNanos)
        {
            return;
        }

        try
        {
            await caps.CorrectAsync(budget, spent, period.To, cap.SettledNanos, await organisation.GetCurrencyAsync(cancellationToken), cancellationToken);
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.InvalidArgument or StatusCode.NotFound or StatusCode.FailedPrecondition or StatusCode.Aborted)
        {
            // Changed or removed meanwhile: the next look sees it as it is.
            LogPassedOver(budget.BudgetId, exception.Status.Detail);
        }
    }

    [LoggerMessage(LogLevel.Information, "What the cap of budget {BudgetId} misses was not corrected: {Problem}")]
    private partial void LogPassedOver(string budgetId, string problem);

    /// <param name="Newest">The newest usage record by then.</param>
    private sealed record ReadCaps(IReadOnlyDictionary<string, KeptCap> Caps, DateTimeOffset Newest);
}
