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
    private const string Hard = "Its limit is hard: calls beyond it are refused.";
    private const string StillCounted = "What was spent in it before it was set is still being counted.";

    /// <param name="totals">Of the team that its scope names, or of the organisation.</param>
    /// <param name="share">Of a scope that needs one; null: its past is still being counted.</param>
    /// <param name="scenario">Null: there is none.</param>
    public static BudgetOutlook Of(
        BudgetView budget, LayeredForecasts layered, CurrentForecast current, DailyTotals totals, ScopeShare? share = null, ScenarioSpend? scenario = null)
    {
        var outlook = new BudgetOutlook
        {
            BudgetId = budget.BudgetId, Name = budget.Name, AmountNanos = budget.AmountNanos, SpentNanos = budget.SpentNanos, PeriodEnd = budget.PeriodTo,
            Note = Join(NoteOf(budget.Scope, layered, share, scenario), budget.HardLimit ? Hard : ""),
        };
        if (!budget.HasSpentNanos || (budget.Scope.NeedsShare() && share is null))
        {
            outlook.Note = Join(StillCounted, budget.HardLimit ? Hard : "");
            return outlook;
        }

        // Its period ends when its own time zone says, which may be in the middle of a day here: as for Metering's projection, only the part of that day counts that is in it.
        var ends = budget.PeriodTo.ToDateTimeOffset();
        var days = AmountPassed.DaysTo(ends, current.Horizon);
        var own = budget.Scope.IsWhole() || days < 1 ? totals : new DailyTotals(days).Of(ScopePaths.Of(budget.Scope, layered, current, days, share?.Draw(days, budget.BudgetId), scenario));
        var passed = AmountPassed.Of(budget.AmountNanos - budget.SpentNanos, ends, own, current);
        (outlook.Crossing, outlook.Early, outlook.Expected) = (passed.Share, passed.Early, passed.Expected);
        return outlook;
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
            return StillCounted;
        }

        return scenario is null ? NoteOfShare(scope, layered, share) : $"{NoteOfShare(scope, layered, share)} {NoteOfScenario(scope)}";
    }

    private static string Join(string first, string second) => first.Length > 0 && second.Length > 0 ? $"{first} {second}" : first + second;

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
