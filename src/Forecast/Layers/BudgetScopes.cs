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

    public static bool TakesRoute(this BudgetScope scope, string provider, string model) => Names(scope.Provider, provider) && Names(scope.Model, model);

    public static bool Takes(this BudgetScope scope, SegmentKey segment) =>
        Names(scope.TeamId, segment.TeamId) && Names(scope.Workload, segment.Workload) && Names(scope.Lane, segment.Lane);

    /// <summary>Whose calls a plan item's will be, nobody knows; where they will run, the item says.</summary>
    public static bool Takes(this BudgetScope scope, PlanRow item) =>
        !scope.IsOfCallers() && scope.Takes(new SegmentKey(item.TeamId, item.Workload, item.Lane)) && scope.TakesRoute(item.Provider, item.Model);

    /// <summary>It names who calls, or what calls are tagged with.</summary>
    public static bool IsOfCallers(this BudgetScope scope) => scope is not { UserId: "", KeyId: "", TagKey: "" };

    private static bool Names(string named, string has) => named.Length == 0 || named == has;
}
