using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Postgres;

namespace Platform.Metering.Budgets;

/// <summary>Judges periods of budgets by what they have spent, keeps the thresholds that are reached, and owes their events to the broker.</summary>
internal sealed class JudgeBudgets(Outbox outbox)
{
    public async Task RunAsync(
        NpgsqlTransaction transaction, IReadOnlyList<(BudgetRow Budget, CalendarPeriod Period)> periods, string currency, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        if (periods.Count == 0)
        {
            return;
        }

        var spends = await PeriodSpends.ReadAsync(transaction.Connection!, periods, now, cancellationToken);
        var eventful = spends.Where(pair => BudgetDecision.Decide(pair.Budget, pair.Spend, now) is not { Reached.Count: 0, Told.Count: 0 }).ToList();
        if (eventful.Count == 0)
        {
            return;
        }

        // Locked only now, because nearly all looks find nothing; what somebody has changed since it was read is judged anew, by its next look.
        var locked = (await BudgetStore.LockAsync(transaction, [.. eventful.Select(pair => pair.Budget.BudgetId).Distinct()], cancellationToken))
            .ToDictionary(budget => budget.BudgetId);
        foreach (var (read, spend, _) in eventful)
        {
            var budget = locked[read.BudgetId];
            if (budget.Active && budget.Version == read.Version)
            {
                await CrossAsync(transaction, budget, spend, currency, now, cancellationToken);
            }
        }
    }

    private async Task CrossAsync(
        NpgsqlTransaction transaction, BudgetRow budget, PeriodSpend spend, string currency, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var outcome = BudgetDecision.Decide(budget, spend, now);
        var known = spend.Crossed.ToDictionary(crossing => new Threshold(crossing.Basis, crossing.Percent));
        foreach (var threshold in outcome.Reached)
        {
            var crossing = new CrossingRow(
                Guid.CreateVersion7(now), budget.BudgetId, budget.Version, spend.Period, threshold.Basis, threshold.Percent, budget.AmountNanos, spend.SpentNanos,
                threshold.Basis == BudgetBasis.Forecast ? spend.ProjectedNanos : null, now, ToldAt: null);
            if (!await CrossingStore.TryInsertAsync(transaction, crossing, cancellationToken))
            {
                throw new InvalidOperationException($"Budget {budget.BudgetId} reached {threshold} twice: two evaluations ran at once.");
            }

            known.Add(threshold, crossing);
        }

        foreach (var telling in outcome.Told)
        {
            Guid[] told = [.. telling.LowerPercents.Append(telling.Percent).Select(percent => known[new Threshold(telling.Basis, percent)].CrossingId)];
            await CrossingStore.SetToldAsync(transaction, told, now, cancellationToken);
            var message = ToEvent(known[new Threshold(telling.Basis, telling.Percent)], budget, spend, telling, currency, now);
            await outbox.AddAsync(transaction, message.EventId, message, cancellationToken);
        }
    }

    private static BudgetThresholdCrossed ToEvent(
        CrossingRow crossing, BudgetRow budget, PeriodSpend spend, Telling telling, string currency, DateTimeOffset now) => new(
        crossing.CrossingId, budget.BudgetId, budget.Name, budget.Version, budget.Scope, telling.Basis, telling.Percent, telling.LowerPercents, budget.AmountNanos,
        spend.SpentNanos, telling.Basis == BudgetBasis.Forecast ? spend.ProjectedNanos ?? crossing.ProjectedNanos : null, currency,
        budget.Period.ToString().ToLowerInvariant(), budget.TimeZone, spend.Period.From, spend.Period.To, budget.HardLimit, now,
        LimitRefused: budget is { HardLimit: true, CapState: CapState.Refused });
}
