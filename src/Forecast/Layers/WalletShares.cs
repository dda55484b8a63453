using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Segments;
using Platform.Forecast.Work;

namespace Platform.Forecast.Layers;

/// <summary>
/// The shares that wallets have of their team, and their futures, kept as long as the forecast that they are of: what callers spent on days that are over is asked of Metering once. A wallet that is kept takes
/// 4 bytes × 1000 paths × 100 days, and <see cref="MostKept"/> of them 160 MB; the shares of more are drawn each time they are asked for.
/// </summary>
internal sealed class WalletShares(CallerSpend callers)
{
    /// <summary>Days that are looked back: who calls changes sooner than what a team spends.</summary>
    public const int HistoryDays = 91;

    /// <summary>Teams whose callers are asked for at once.</summary>
    private const int AskedAtOnce = 4;

    private const int MostKept = 400;

    private readonly ConditionalWeakTable<OrganisationForecast, ConcurrentDictionary<string, TeamShares>> _kept = [];

    /// <summary>By team, its wallets; teams without one are not there.</summary>
    /// <param name="teamId">Empty: all teams.</param>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE (DEPENDENCY_UNAVAILABLE).</exception>
    public async Task<IReadOnlyDictionary<string, TeamWallets>> OfAsync(CurrentForecast current, string teamId, OrganisationFunds money, CancellationToken cancellationToken)
    {
        var kept = _kept.GetOrCreateValue(current.Forecast);
        var teams = money.Wallets.Where(wallet => wallet.TeamId.Length > 0 && (teamId.Length == 0 || wallet.TeamId == teamId)).GroupBy(wallet => wallet.TeamId)
            .Select(team => (TeamId: team.Key, Wallets: (WalletView[])[.. team.OrderBy(SharedWallet.IsTeams)])).ToArray();
        var answer = new ConcurrentDictionary<string, TeamWallets>(StringComparer.Ordinal);
        await Parallel.ForEachAsync(teams, new ParallelOptions { MaxDegreeOfParallelism = AskedAtOnce, CancellationToken = cancellationToken }, async (team, token) =>
        {
            var (key, shares) = (KeyOf(team.Wallets), default(TeamShares));
            if (NeedsShares(team.Wallets) && !(kept.TryGetValue(team.TeamId, out shares) && shares.Key == key))
            {
                kept[team.TeamId] = shares = new TeamShares(key, await MakeAsync(current, team.TeamId, team.Wallets, token));
            }

            answer[team.TeamId] = Of(kept, shares, team.Wallets, money, current.Horizon);
        });
        return answer;
    }

    /// <summary>Shares stay; balances move.</summary>
    /// <param name="team">Null: there is one wallet, which needs no share.</param>
    private static TeamWallets Of(ConcurrentDictionary<string, TeamShares> kept, TeamShares? team, WalletView[] wallets, OrganisationFunds money, HorizonCalendar horizon)
    {
        if (team is null)
        {
            return new TeamWallets([Shared(wallets[0], new ScopeShare(null, 0))], null);
        }

        var days = WalletOutlooks.DaysOf(horizon);
        SharedWallet[] shared = [.. team.Shares.Zip(WithRest(wallets), (share, wallet) => Shared(wallet, share))];
        return new TeamWallets(shared, () =>
        {
            var cumulated = team.Cumulated ?? WalletPaths.Cumulate(days, shared);
            if (team.Cumulated is null && kept.Values.Sum(other => other.Cumulated?.Length ?? 0) + shared.Length <= MostKept)
            {
                team.Cumulated = cumulated;
            }

            return cumulated;
        });

        SharedWallet Shared(WalletView wallet, ScopeShare share) => new(wallet, share) { Funds = money.Of(wallet, horizon) };
    }

    /// <summary>A team's only wallet pays for all of it.</summary>
    private static bool NeedsShares(WalletView[] wallets) => wallets.Length > 1 || !SharedWallet.IsTeams(wallets[0]);

    private static string KeyOf(WalletView[] wallets) => string.Join('\n', wallets.Select(wallet => wallet.WalletId));

    /// <summary>Where a team has no wallet of its own, calls of everybody without one are nobody's to pay, and part of the team all the same.</summary>
    private static WalletView[] WithRest(WalletView[] wallets) => SharedWallet.IsTeams(wallets[^1]) ? wallets : [.. wallets, new WalletView { TeamId = wallets[0].TeamId }];

    private async Task<ScopeShare[]> MakeAsync(CurrentForecast current, string teamId, WalletView[] wallets, CancellationToken cancellationToken)
    {
        SegmentSeries[] team = [.. current.Forecast.Teams.Where(forecast => forecast.TeamId == teamId).SelectMany(forecast => forecast.Segments).Select(segment => segment.Forecast.Series)];
        var all = WithRest(wallets);
        if (team.Length == 0)
        {
            return [.. all.Select(_ => new ScopeShare(null, 0))];
        }

        string[] users = [.. all.Select(wallet => wallet.UserId).Where(id => id.Length > 0)], applications = [.. all.Select(wallet => wallet.ApplicationId).Where(id => id.Length > 0)];
        var (ofUsers, ofApplications) = await callers.ReadAsync(teamId, users, applications, current.Horizon, HistoryDays, cancellationToken);
        var charged = WalletCharges.Of(all, ofUsers, ofApplications);
        charged[all[^1].WalletId] = Rest(SegmentSeries.Add(default, team), charged.Values);
        var changed = new Dictionary<string, List<RouteCost>>(StringComparer.Ordinal);
        if (SharePrices.Of(team) is { } prices)
        {
            (ofUsers, ofApplications) = await callers.ReadRoutesAsync(teamId, users, applications, prices.Routes, current.Horizon, HistoryDays, cancellationToken);
            changed = Changed(all, prices, ofUsers, ofApplications);
        }

        return await WorkThreads.RunAsync(
            () => WorkThreads.Each(all, wallet => ScopeShare.Of(team, charged.GetValueOrDefault(wallet.WalletId, []), changed.GetValueOrDefault(wallet.WalletId, [])), cancellationToken), cancellationToken);
    }

    /// <summary>By wallet, what it would have paid of routes whose price changes; the last of them what the others would not have.</summary>
    internal static Dictionary<string, List<RouteCost>> Changed(WalletView[] wallets, SharePrices prices, List<CallerDay> ofUsers, List<CallerDay> ofApplications)
    {
        var changed = new Dictionary<string, List<RouteCost>>(StringComparer.Ordinal);
        var left = prices.Booked(new BudgetScope()).ToDictionary(cost => (cost.Provider, cost.Model, cost.Day), cost => cost.Nanos);
        foreach (var route in prices.Routes)
        {
            foreach (var (wallet, days) in WalletCharges.Of(wallets, ofUsers.Where(day => day.Route == route), ofApplications.Where(day => day.Route == route)))
            {
                Add(wallet, days.Select(day => new RouteCost(route.Provider, route.Model, day.Key, day.Value)));
            }
        }

        foreach (var cost in changed.Values.SelectMany(costs => costs))
        {
            var key = (cost.Provider, cost.Model, cost.Day);
            left[key] = left.GetValueOrDefault(key) - cost.Nanos;
        }

        Add(wallets[^1].WalletId, left.Where(day => day.Value > 0).Select(day => new RouteCost(day.Key.Provider, day.Key.Model, day.Key.Day, day.Value)));
        return changed;

        void Add(string wallet, IEnumerable<RouteCost> costs) => (changed.TryGetValue(wallet, out var known) ? known : changed[wallet] = []).AddRange(costs);
    }

    /// <summary>What the team's own wallet would have paid: what the others would not have.</summary>
    private static Dictionary<DateOnly, long> Rest(SegmentSeries whole, IReadOnlyCollection<Dictionary<DateOnly, long>> others)
    {
        var first = Math.Max(0, whole.Days.Count - HistoryDays);
        return Enumerable.Range(first, whole.Days.Count - first).Select(place => (Day: whole.FirstDay.AddDays(place), whole.Days[place].CostNanos))
            .ToDictionary(day => day.Day, day => Math.Max(0, day.CostNanos - others.Sum(spent => spent.GetValueOrDefault(day.Day))));
    }

    /// <summary>What is known of a team's wallets.</summary>
    /// <param name="key">Which they are.</param>
    /// <param name="shares">In their order.</param>
    private sealed class TeamShares(string key, ScopeShare[] shares)
    {
        private volatile float[][]? _cumulated;

        public string Key => key;

        public ScopeShare[] Shares => shares;

        public float[][]? Cumulated
        {
            get => _cumulated;
            set => _cumulated = value;
        }
    }
}
