using Platform.Contracts.Metering.V1;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>What of the forecast a budget's scope takes.</summary>
internal static class BudgetScopes
{
    /// <summary>The organisation or one team, whose days are forecast as they are.</summary>
    public static bool IsWhole(this BudgetScope scope) => scope is { Workload: "", Lane: "" } && !scope.NeedsShare();

    /// <summary>It names what segments do not know.</summary>
    public static bool NeedsShare(this BudgetScope scope) => scope.IsOfRoutes() || scope.IsOfCallers();

    /// <summary>It names where calls run.</summary>
    public static bool IsOfRoutes(this BudgetScope scope) => scope is not { Provider: "", Model: "" };

    public static bool TakesRoute(this BudgetScope scope, string provider, string model) => SegmentKey.Fits(scope.Provider, provider) && SegmentKey.Fits(scope.Model, model);

    public static bool Takes(this BudgetScope scope, SegmentKey segment) =>
        SegmentKey.Fits(scope.TeamId, segment.TeamId) && SegmentKey.Fits(scope.Workload, segment.Workload) && SegmentKey.Fits(scope.Lane, segment.Lane);

    /// <summary>
    /// The part of a plan item that is in the scope, 0 to 1. Whose calls they will be, nobody knows; where they will run, the item says. Of an item that does not say the workload or lane that the
    /// scope names, as much as the item's segments in the scope are of all of its segments; where none of them is known yet, all of it: what may come there is not left out.
    /// </summary>
    public static double PartOf(this BudgetScope scope, PlanRow item, CurrentForecast current)
    {
        if (scope.IsOfCallers() || !scope.TakesRoute(item.Provider, item.Model) || !new NamedSegments(scope.TeamId.Length > 0 ? scope.TeamId : item.TeamId, scope.Workload, scope.Lane).Meet(item.Named))
        {
            return 0;
        }

        var (inside, all) = (0.0, 0.0);
        foreach (var segment in current.Teams.Where(team => team.TeamId == item.TeamId).SelectMany(team => team.Segments).Where(segment => item.Named.Take(segment.Key)))
        {
            all += segment.Forecast.DailyNanos;
            inside += scope.Takes(segment.Key) ? segment.Forecast.DailyNanos : 0;
        }

        return all > 0 && !scope.Takes(new SegmentKey(item.TeamId, item.Workload, item.Lane)) ? inside / all : 1;
    }

    /// <summary>The items that are in the scope, each with the multiple by day of its cost that is: its part.</summary>
    public static IEnumerable<(PricedItem Item, Func<int, double> Multiple)> PlannedIn(this BudgetScope scope, IEnumerable<PricedItem> items, CurrentForecast current) =>
        items.Select(item => (Item: item, Part: scope.PartOf(item.Item, current))).Where(item => item.Part > 0).Select(item => (item.Item, (Func<int, double>)(_ => item.Part)));

    /// <summary>It names who calls, or what calls are tagged with.</summary>
    public static bool IsOfCallers(this BudgetScope scope) => scope is not { UserId: "", KeyId: "", TagKey: "" };
}
