using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>The shares that budgets' scopes have, kept as long as the forecast that they are of: what a budget spent on days that are over is asked of Metering once.</summary>
internal sealed class ScopeShares(OrganisationBudgets budgets, CallerSpend callers)
{
    /// <summary>Budgets of callers that are asked for at once.</summary>
    private const int AskedAtOnce = 4;

    private readonly ConditionalWeakTable<OrganisationForecast, ConcurrentDictionary<string, ScopeShare>> _kept = [];

    /// <summary>By budget, of those that need one; one whose past is still being counted has none.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE (DEPENDENCY_UNAVAILABLE).</exception>
    public async Task<IReadOnlyDictionary<string, ScopeShare>> OfAsync(CurrentForecast current, IReadOnlyList<BudgetView> watched, CancellationToken cancellationToken)
    {
        var kept = _kept.GetOrCreateValue(current.Forecast);
        BudgetView[] unknown = [.. watched.Where(budget => budget.Scope.NeedsShare() && !kept.ContainsKey(budget.BudgetId))];
        if (unknown.Length > 0)
        {
            var spent = await budgets.ReadDaysAsync([.. unknown.Select(budget => budget.BudgetId)], current.Horizon, GetForecast.HistoryDays, cancellationToken);
            var options = new ParallelOptions { MaxDegreeOfParallelism = AskedAtOnce, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(unknown.Where(budget => spent.ContainsKey(budget.BudgetId)), options, async (budget, token) =>
            {
                SegmentSeries[] segments = [.. current.Forecast.Teams.SelectMany(team => team.Segments).Where(segment => budget.Scope.Takes(segment.Key)).Select(segment => segment.Forecast.Series)];
                kept[budget.BudgetId] = ScopeShare.Of(segments, spent[budget.BudgetId], await ChangedAsync(budget.Scope, SharePrices.Of(segments), spent[budget.BudgetId], current.Horizon, token));
            });
        }

        return watched.Where(budget => kept.ContainsKey(budget.BudgetId)).ToDictionary(budget => budget.BudgetId, budget => kept[budget.BudgetId], StringComparer.Ordinal);
    }

    /// <summary>What a scope spent on routes whose price changes: of all callers that is known here, of some Metering has it. Null for a tag's, by which no sums are kept.</summary>
    /// <param name="prices">Null: none changes.</param>
    private async Task<IReadOnlyList<RouteCost>?> ChangedAsync(
        BudgetScope scope, SharePrices? prices, Dictionary<DateOnly, long> spent, HorizonCalendar horizon, CancellationToken cancellationToken)
    {
        if (prices is null || spent.Count == 0)
        {
            return [];
        }

        return !scope.IsOfCallers() ? prices.Booked(scope)
            : scope.TagKey.Length > 0 ? null
            : await callers.ReadRoutesAsync(
                scope, [.. prices.Routes.Where(route => scope.TakesRoute(route.Provider, route.Model))], horizon, horizon.Today.DayNumber - spent.Keys.Min().DayNumber, cancellationToken);
    }
}
