using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>The shares that budgets' scopes have, kept as long as the forecast that they are of: what a budget spent on days that are over is asked of Metering once.</summary>
internal sealed class ScopeShares(OrganisationBudgets budgets)
{
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
            await Task.Run(
                () => Parallel.ForEach(unknown.Where(budget => spent.ContainsKey(budget.BudgetId)), budget => kept[budget.BudgetId] = ScopeShare.Of(
                    [.. current.Forecast.Teams.SelectMany(team => team.Segments).Where(segment => budget.Scope.Takes(segment.Key)).Select(segment => segment.Forecast.Series)],
                    spent[budget.BudgetId])),
                cancellationToken);
        }

        return watched.Where(budget => kept.ContainsKey(budget.BudgetId)).ToDictionary(budget => budget.BudgetId, budget => kept[budget.BudgetId], StringComparer.Ordinal);
    }
}
