using Npgsql;
using Platform.Contracts;

namespace Platform.Metering.Budgets;

/// <param name="ForecastNote">What the projection rests on, or why there is none.</param>
internal sealed record BudgetPeriodSpend(BudgetRow Budget, PeriodSpend Spend, string ForecastNote);

/// <summary>Reads what is known of periods of budgets.</summary>
internal static class PeriodSpends
{
    /// <summary>In the order of the periods.</summary>
    public static async Task<List<BudgetPeriodSpend>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyList<(BudgetRow Budget, CalendarPeriod Period)> periods, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var sums = await BudgetSpendStore.SumAsync(connection, periods, cancellationToken);
        var crossings = await CrossingStore.ReadAsync(connection, periods, cancellationToken);
        var forecasts = await ForecastStore.ReadAsync(
            connection, [.. periods.Select(pair => pair.Budget.ForecastKey).Distinct()], cancellationToken);
        return [.. periods.Select(pair =>
        {
            var spent = sums[(pair.Budget.BudgetId, pair.Period)].SpentNanos;
            var projection = ProjectedSpend.Of(pair.Period, spent, forecasts.GetValueOrDefault(pair.Budget.ForecastKey), now);
            return new BudgetPeriodSpend(pair.Budget, new PeriodSpend(pair.Period, spent, projection.Nanos, [.. crossings[(pair.Budget.BudgetId, pair.Period.From)]]), projection.Note);
        })];
    }
}
