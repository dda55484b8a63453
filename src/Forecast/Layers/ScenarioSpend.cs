using Platform.Contracts.Metering.V1;
using Platform.Forecast.Planning;

namespace Platform.Forecast.Layers;

/// <summary>Adds what a scenario changes of the segments in a scope in one step, path by path.</summary>
internal delegate void AddChanges(BudgetScope scope, int step, long[] totals);

/// <summary>Adds, path by path, what the routes of a scope cost in a step without a scenario and with it, and what calls cost that it brings to them from others.</summary>
internal delegate void AddRoutes(BudgetScope scope, int step, double[] before, double[] after, double[] arrived);

/// <summary>What a scenario makes of spend, as scopes of budgets need it: kept by the steps that its changes cut the days ahead into, so that what begins in the middle of a month is seen from there on.</summary>
/// <param name="Steps">The days of each: the first, and the one after the last.</param>
/// <param name="Planned">Plan items as they would be, of a scope, each with the multiple by day of its cost that is in it.</param>
internal sealed record ScenarioSpend(
    IReadOnlyList<(int First, int End)> Steps, AddChanges Segments, AddRoutes Routes, Func<BudgetScope, IEnumerable<(PricedItem Item, Func<int, double> Multiple)>> Planned);
