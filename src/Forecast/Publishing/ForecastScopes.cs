using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Publishing;

/// <summary>What is told of one scope: what the total of its layers comes to by ends of days, and later by ends of months.</summary>
internal static class ForecastScopes
{
    /// <summary>Days that are told one by one: a quarter that has just begun is among them.</summary>
    private const int DailyAhead = 100;

    /// <param name="teamId">Empty for the organisation.</param>
    /// <param name="totals">Room for the work, which is filled anew.</param>
    public static ForecastScope Make(ForecastMoment moment, string teamId, DailyTotals totals)
    {
        var (layered, horizon) = (moment.Of(teamId), moment.Current.Horizon);
        var history = ScopeHistory.Of(layered.Teams, horizon.Today);
        if (!history.IsLongEnough)
        {
            return new ForecastScope(teamId, Explanation.OfShortHistory(history), []);
        }

        totals.Of(layered, moment.Current, teamId);
        return new ForecastScope(teamId, Explanation.OfPublication(moment, layered, history), Ahead(horizon, totals, horizon.Days));
    }

    /// <summary>Of the scope of a budget that watches a part of a team or of the organisation: as far as its period, and the next one, may reach.</summary>
    /// <param name="layered">Of the team that it names, or of the organisation.</param>
    public static ForecastScope MakeOf(BudgetView budget, ForecastMoment moment, LayeredForecasts layered, ScopeShare? share)
    {
        var horizon = moment.Current.Horizon;
        var history = ScopeHistory.Of(layered.Teams, horizon.Today);
        if (!history.IsLongEnough)
        {
            return new ForecastScope("", Explanation.OfShortHistory(history), [], budget.BudgetId);
        }

        var days = budget.Period == BudgetPeriod.Year ? horizon.Days : Math.Min(horizon.Days, DailyAhead);
        var totals = new DailyTotals(days).Of(ScopePaths.Of(budget.Scope, layered, moment.Current, days, share?.Draw(days, budget.BudgetId)));
        var note = BudgetOutlooks.NoteOf(budget.Scope, layered, share);
        return new ForecastScope("", note.Length > 0 ? note : Explanation.OfPublication(moment, layered, history), Ahead(horizon, totals, days), budget.BudgetId);
    }

    private static SpendThrough[] Ahead(HorizonCalendar horizon, DailyTotals totals, int days) => [.. Ends(horizon).TakeWhile(day => day < days).Select(day =>
    {
        var sorted = totals.Sorted(0, day + 1);
        return new SpendThrough(
            horizon.Calendar.StartOf(horizon.Today.AddDays(day + 1)), PathTotals.Quantile(sorted, 0.1), PathTotals.Quantile(sorted, 0.5), PathTotals.Quantile(sorted, 0.9));
    })];

    /// <summary>Days ahead whose ends are told of; 0 is today.</summary>
    private static IEnumerable<int> Ends(HorizonCalendar horizon) =>
        Enumerable.Range(0, horizon.Days).Where(day => day < DailyAhead || horizon.Today.AddDays(day + 1).Day == 1);
}
