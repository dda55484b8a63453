using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>Whether spend crosses budgets by the end of their running periods.</summary>
internal static class BudgetOutlooks
{
    /// <param name="totals">Of the team that its scope names, or of the organisation.</param>
    /// <param name="changes">Adds what a scenario changes of the segments in its scope, path by path; null: nothing.</param>
    public static BudgetOutlook Of(
        BudgetView budget, LayeredForecasts layered, CurrentForecast current, DailyTotals totals, Action<BudgetScope, PeriodSpan, long[]>? changes = null)
    {
        var outlook = new BudgetOutlook
        {
            BudgetId = budget.BudgetId,
            Name = budget.Name,
            AmountNanos = budget.AmountNanos,
            SpentNanos = budget.SpentNanos,
            PeriodEnd = budget.PeriodTo,
        };
        var horizon = current.Horizon;
        var left = budget.AmountNanos - budget.SpentNanos;
        var days = Math.Min(horizon.Days, horizon.Calendar.DayOf(budget.PeriodTo.ToDateTimeOffset().AddTicks(-1)).DayNumber - horizon.Today.DayNumber + 1);
        var scope = budget.Scope;
        if (scope is { UserId: "", KeyId: "", Provider: "", Model: "", TagKey: "" })
        {
            if (scope is { Workload: "", Lane: "" })
            {
                outlook.Crossing = left < 0 ? 1 : totals.ShareAbove(left, days - 1);
                (outlook.Early, outlook.Expected) = (totals.MomentAbove(left, 0.1, current, days)?.ToTimestampUtc(), totals.MomentAbove(left, 0.5, current, days)?.ToTimestampUtc());
            }
            else if (budget.Period is BudgetPeriod.Month or BudgetPeriod.Quarter or BudgetPeriod.Year)
            {
                outlook.Crossing = left < 0 ? 1 : OfSegments(scope, layered, current, left, days, changes);
                outlook.Note = "Planned demand is not in it.";
            }
            else
            {
                outlook.Note = "Days and weeks of a part of a team are not forecast.";
            }
        }
        else
        {
            outlook.Note = "Forecasts are by team, workload and lane: there is none of users, keys, providers, models and tags.";
        }

        return outlook;
    }

    /// <summary>Of the segments that the scope takes, to the end of the month that the period ends in.</summary>
    private static double OfSegments(BudgetScope scope, LayeredForecasts layered, CurrentForecast current, long left, int days, Action<BudgetScope, PeriodSpan, long[]>? changes)
    {
        var end = current.Horizon.PieceOf(Math.Max(0, days - 1)) + 1;
        var span = new PeriodSpan(current.Horizon.Month, current.Horizon.Today.AddDays(days), 0, end);
        var totals = new long[JointPaths.Paths];
        foreach (var segment in layered.Teams.Where(team => scope.TeamId.Length == 0 || team.TeamId == scope.TeamId).SelectMany(team => team.Segments)
            .Where(segment => (scope.Workload.Length == 0 || segment.Key.Workload == scope.Workload) && (scope.Lane.Length == 0 || segment.Key.Lane == scope.Lane)))
        {
            PathTotals.Add(totals, segment, span, current.RestOfToday);
        }

        changes?.Invoke(scope, span, totals);
        return totals.Count(total => total > left) / (double)totals.Length;
    }
}
