using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>A user or a key whose calls a cap limits.</summary>
/// <param name="Scope">With the team where all of its calls are of one.</param>
/// <param name="Share">What its calls are of what the segments of the scope spend.</param>
internal sealed record CapShare(BudgetScope Scope, ScopeShare Share);

/// <summary>The shares that users and keys with caps have, kept as long as the forecast that they are of: what they spent on days that are over is asked of Metering once.</summary>
internal sealed class CapShares(CallerSpend callers)
{
    /// <summary>Callers whose routes are asked for at once.</summary>
    private const int AskedAtOnce = 4;

    private readonly ConditionalWeakTable<OrganisationForecast, ConcurrentDictionary<(CapScope Of, string Id), CapShare>> _kept = [];

    /// <summary>By whom they are of; caps of the organisation and of teams need none.</summary>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE (DEPENDENCY_UNAVAILABLE).</exception>
    public async Task<IReadOnlyDictionary<(CapScope Of, string Id), CapShare>> OfAsync(CurrentForecast current, IReadOnlyList<Cap> caps, CancellationToken cancellationToken)
    {
        var kept = _kept.GetOrCreateValue(current.Forecast);
        foreach (var (of, dimension) in new[] { (CapScope.User, SpendDimension.User), (CapScope.Key, SpendDimension.Key) })
        {
            string[] unknown = [.. caps.Where(cap => cap.Scope == of && !kept.ContainsKey((of, cap.ScopeId))).Select(cap => cap.ScopeId).Distinct()];
            if (unknown.Length == 0)
            {
                continue;
            }

            var spent = (await callers.ReadAsync(dimension, unknown, current.Horizon, WalletShares.HistoryDays, cancellationToken)).ToLookup(day => day.Id, StringComparer.Ordinal);
            var options = new ParallelOptions { MaxDegreeOfParallelism = AskedAtOnce, CancellationToken = cancellationToken };
            await Parallel.ForEachAsync(unknown, options, async (id, token) => kept[(of, id)] = await MakeAsync(current, of, id, [.. spent[id]], token));
        }

        return caps.Where(cap => !CapOutlooks.IsWhole(cap)).Select(cap => (cap.Scope, cap.ScopeId)).Distinct().Where(kept.ContainsKey).ToDictionary(caller => caller, caller => kept[caller]);
    }

    private async Task<CapShare> MakeAsync(CurrentForecast current, CapScope of, string id, TeamDay[] days, CancellationToken cancellationToken)
    {
        string[] teams = [.. days.Select(day => day.TeamId).Distinct().Take(2)];
        var scope = new BudgetScope { TeamId = teams.Length == 1 ? teams[0] : "", UserId = of == CapScope.User ? id : "", KeyId = of == CapScope.Key ? id : "" };
        SegmentSeries[] segments = [.. current.Forecast.Teams.SelectMany(team => team.Segments).Where(segment => scope.Takes(segment.Key)).Select(segment => segment.Forecast.Series)];
        var spent = days.GroupBy(day => day.Day).ToDictionary(day => day.Key, day => day.Sum(part => part.SpentNanos));
        IReadOnlyList<RouteCost> changed = SharePrices.Of(segments) is { } prices && spent.Count > 0
            ? await callers.ReadRoutesAsync(scope, [.. prices.Routes], current.Horizon, current.Horizon.Today.DayNumber - spent.Keys.Min().DayNumber, cancellationToken)
            : [];
        return new CapShare(scope, ScopeShare.Of(segments, spent, changed));
    }
}
