using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Segments;
using Platform.Forecasting;

namespace Platform.Forecast.Layers;

/// <summary>Whether spend crosses budgets by the end of their running periods.</summary>
internal static class BudgetOutlooks
{
    /// <param name="totals">Of the team that its scope names, or of the organisation.</param>
    /// <param name="share">Of a scope that needs one; null: its past is still being counted.</param>
    /// <param name="scenario">Null: there is none.</param>
    public static BudgetOutlook Of(
        BudgetView budget, LayeredForecasts layered, CurrentForecast current, DailyTotals totals, ScopeShare? share = null, ScenarioSpend? scenario = null)
    {
        var outlook = new BudgetOutlook
        {
            BudgetId = budget.BudgetId, Name = budget.Name, AmountNanos = budget.AmountNanos, SpentNanos = budget.SpentNanos, PeriodEnd = budget.PeriodTo,
            Note = NoteOf(budget.Scope, layered, share, scenario),
        };
        if (budget.Scope.NeedsShare() && share is null)
        {
            return outlook;
        }

        var horizon = current.Horizon;
        var left = budget.AmountNanos - budget.SpentNanos;

        // Its period ends when its own time zone says, which may be in the middle of a day here: as for Metering's projection, only the part of that day counts that is in it.
        var ends = budget.PeriodTo.ToDateTimeOffset();
        var days = Math.Min(horizon.Days, horizon.Calendar.DayOf(ends.AddTicks(-1)).DayNumber - horizon.Today.DayNumber + 1);
        var own = budget.Scope.IsWhole() || days < 1 ? totals : new DailyTotals(days).Of(ScopePaths.Of(budget.Scope, layered, current, days, share?.Draw(days, budget.BudgetId), scenario));
        outlook.Crossing = left < 0 ? 1 : own.ShareAbove(left, ends, current);
        (outlook.Early, outlook.Expected) = (Within(0.1), Within(0.5));
        return outlook;

        Google.Protobuf.WellKnownTypes.Timestamp? Within(double share) => own.MomentAbove(left, share, current, days) is { } moment && (left < 0 || moment < ends) ? moment.ToTimestampUtc() : null;
    }

    /// <summary>What its forecast rests on beside its team's, in sentences.</summary>
    public static string NoteOf(BudgetScope scope, LayeredForecasts layered, ScopeShare? share, ScenarioSpend? scenario = null)
    {
        if (!scope.NeedsShare())
        {
            return "";
        }

        if (share is null)
        {
            return "What was spent in it before it was set is still being counted.";
        }

        return scenario is null ? NoteOfShare(scope, layered, share) : $"{NoteOfShare(scope, layered, share)} {NoteOfScenario(scope)}";
    }

    private static string NoteOfShare(BudgetScope scope, LayeredForecasts layered, ScopeShare share)
    {
        if (share.Outlook is null)
        {
            return "Nothing was spent in it before today, and nothing is expected.";
        }

        var whole = scope is { Workload: "", Lane: "" } ? scope.TeamId.Length > 0 ? "its team" : "the organisation" : "its segments";
        return string.Create(CultureInfo.InvariantCulture, $"Its share of {whole} over {share.Days} days{(share.Days < ForecastEngine.LeastHistory ? ", which are few" : "")}, times their forecast.")
            + (share.IsOfUnknownModels ? " Prices of its models change: which of them its tag's calls use is not known, and they count as the others do." : "")
            + (scope.IsOfCallers() && layered.Plan.SelectMany(team => team).Any() ? " Planned demand is not in it: whose calls it will be is not known." : "");
    }

    private static string NoteOfScenario(BudgetScope scope) => (scope.IsOfRoutes(), scope.IsOfCallers()) switch
    {
        (false, _) => "A change is taken to touch its calls as it touches the others of their segments.",
        (true, false) => "A change is known by the routes of its segments' last four weeks; what lifting a control brings back is not in it: on which route it would run is not known.",
        (true, true) => "A change is known by the routes of its segments' last four weeks; what comes to them from other routes is not in it: whose calls those are is not known.",
    };
}
