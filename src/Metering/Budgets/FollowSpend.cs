using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Metering.Intake;

namespace Platform.Metering.Budgets;

/// <summary>
/// Counts spend for budgets: what was recorded before a budget was set, once, from the roll-ups; from then on each record, as it comes. The follower's position moves in
/// the transaction that adds to the budgets' hours, so every record is counted once, whatever dies when (docs/decisions/0041).
/// </summary>
internal sealed class FollowSpend(Watermark watermark, KeyLines keys)
{
    /// <summary>At most this much of the records' time a step, so that what piled up is taken in bites.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(1);

    /// <summary>How far back a new budget knows its spend beside its current period: what rates of spend are compared with.</summary>
    private static readonly TimeSpan Past = TimeSpan.FromDays(63);

    /// <summary>Counts the past of one budget that was set lately. False when there is none. Call it behind the evaluation's lock.</summary>
    public async Task<bool> CountOneAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        if (await BudgetStore.LockUncountedAsync(transaction, cancellationToken) is not { } budget)
        {
            return false;
        }

        var connection = transaction.Connection!;
        var position = await BudgetSpendStore.ReadPositionAsync(connection, cancellationToken);
        var until = position.Until;
        if (position.Newest > until && (await BudgetStore.ListWatchedAsync(connection, cancellationToken)).Count == 0)
        {
            // Nobody followed until now: begin at the end.
            until = position.Newest.Value;
            await watermark.CloseAsync(until, cancellationToken);
            await BudgetSpendStore.SetPositionAsync(transaction, until, cancellationToken);
        }

        var periodFrom = budget.PeriodAt(budget.ArmedAt).From;
        var from = periodFrom < budget.ArmedAt - Past ? periodFrom : budget.ArmedAt - Past;
        var keyIds = budget.Scope.KeyId.Length == 0 ? [] : await keys.ReadLinesAsync([budget.Scope.KeyId], cancellationToken);
        var past = await BudgetSpendStore.ReadPastAsync(transaction, budget.Scope, keyIds, Moments.QuarterHour(from), until, cancellationToken);
        var zone = budget.Zone;
        var hours = past.GroupBy(quarter => (budget.BudgetId, BudgetHours.Containing(zone, quarter.QuarterHour)))
            .ToDictionary(hour => hour.Key, hour => hour.Aggregate(default(HourSpend), (sum, quarter) => sum + quarter.Spend));
        await BudgetSpendStore.ClearAsync(transaction, budget.BudgetId, cancellationToken);
        await BudgetSpendStore.AddAsync(transaction, hours, cancellationToken);
        await BudgetStore.SetCountedAsync(transaction, budget.BudgetId, cancellationToken);
        return true;
    }

    /// <summary>Counts what was recorded since the last step. Call it behind the evaluation's lock.</summary>
    /// <param name="position">Where the steps before have come to, read behind the lock.</param>
    public async Task<FollowedSpend> StepAsync(
        NpgsqlTransaction transaction, FollowerPosition position, IReadOnlyList<BudgetRow> budgets, CancellationToken cancellationToken)
    {
        if (budgets.Count == 0 || position is not { First: { } first, Newest: { } newest })
        {
            return new FollowedSpend([], IsBehind: false);
        }

        var until = newest < first + Step ? newest : first + Step;
        await watermark.CloseAsync(until, cancellationToken);
        var groups = await BudgetSpendStore.ReadRecordedAsync(
            transaction, position.Until, until, [.. budgets.Select(budget => budget.Scope).Distinct()], cancellationToken);
        var hours = new SortedDictionary<(string BudgetId, DateTimeOffset Hour), HourSpend>();
        var byFirstKey = await ByFirstKeyAsync(budgets, groups, cancellationToken);
        foreach (var zoned in budgets.GroupBy(budget => budget.TimeZone))
        {
            var zone = zoned.First().Zone;
            var scopes = zoned.Select(budget => (budget.BudgetId, Scope: byFirstKey(budget.Scope))).ToList();
            foreach (var quarter in groups.GroupBy(group => group.QuarterHour))
            {
                Add(hours, BudgetHours.Containing(zone, quarter.Key), scopes, quarter.Select(group => group with { Dimensions = byFirstKey(group.Dimensions) }));
            }
        }

        await BudgetSpendStore.AddAsync(transaction, hours, cancellationToken);
        await BudgetSpendStore.SetPositionAsync(transaction, until, cancellationToken);
        return new FollowedSpend([.. hours.Keys], IsBehind: until < newest);
    }

    private static void Add(
        SortedDictionary<(string BudgetId, DateTimeOffset Hour), HourSpend> hours, DateTimeOffset hour, List<(string BudgetId, SpendScope Scope)> budgets,
        IEnumerable<SpendGroup> groups)
    {
        foreach (var group in groups)
        {
            foreach (var (budgetId, _) in budgets.Where(budget => budget.Scope.Includes(group.Dimensions, group.Tags)))
            {
                hours[(budgetId, hour)] = hours.GetValueOrDefault((budgetId, hour)) + group.Spend;
            }
        }
    }

    /// <summary>How a scope looks when each key is called by the first one of its line; as it is while no budget names a key.</summary>
    private async Task<Func<SpendScope, SpendScope>> ByFirstKeyAsync(
        IReadOnlyList<BudgetRow> budgets, IReadOnlyList<SpendGroup> groups, CancellationToken cancellationToken)
    {
        if (budgets.All(budget => budget.Scope.KeyId.Length == 0))
        {
            return scope => scope;
        }

        string[] keyIds = [.. budgets.Select(budget => budget.Scope.KeyId).Concat(groups.Select(group => group.Dimensions.KeyId)).Distinct().Where(id => id.Length > 0)];
        var first = await keys.FindFirstAsync(keyIds, cancellationToken);
        return scope => scope.KeyId.Length == 0 ? scope : scope with { KeyId = first[scope.KeyId] };
    }
}

/// <param name="Hours">Those that something was added to.</param>
/// <param name="IsBehind">There is more to follow.</param>
internal sealed record FollowedSpend(IReadOnlyList<(string BudgetId, DateTimeOffset Hour)> Hours, bool IsBehind);
