using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>A wallet of a team that has several, and its share of what the team spends.</summary>
internal sealed record SharedWallet(WalletView Wallet, ScopeShare Share)
{
    /// <summary>It pays for everybody who has no wallet.</summary>
    public bool IsOwn => IsTeams(Wallet);

    public static bool IsTeams(WalletView wallet) => wallet is { UserId: "", ApplicationId: "" };
}

/// <summary>The shares that wallets have of their team, kept as long as the forecast that they are of: what callers spent on days that are over is asked of Metering once.</summary>
internal sealed class WalletShares(CallerSpend callers)
{
    /// <summary>Days that are looked back: who calls changes sooner than what a team spends.</summary>
    public const int HistoryDays = 91;

    private readonly ConditionalWeakTable<OrganisationForecast, ConcurrentDictionary<string, SharedWallet[]>> _kept = [];

    /// <summary>The team's own last. Empty unless it has one, and its users or applications have some beside it.</summary>
    /// <param name="wallets">Of all teams.</param>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE (DEPENDENCY_UNAVAILABLE).</exception>
    public async Task<IReadOnlyList<SharedWallet>> OfAsync(CurrentForecast current, string teamId, IReadOnlyList<WalletView> wallets, CancellationToken cancellationToken)
    {
        WalletView[] all = [.. wallets.Where(wallet => teamId.Length > 0 && wallet.TeamId == teamId).OrderBy(SharedWallet.IsTeams)];
        if (all.Length < 2 || !SharedWallet.IsTeams(all[^1]))
        {
            return [];
        }

        var kept = _kept.GetOrCreateValue(current.Forecast);
        var key = string.Join('\n', all.Select(wallet => wallet.WalletId));
        if (!kept.TryGetValue(key, out var shared))
        {
            kept[key] = shared = await MakeAsync(current, teamId, all, cancellationToken);
        }

        // Shares stay; balances move.
        return [.. shared.Zip(all, (known, wallet) => known with { Wallet = wallet })];
    }

    private async Task<SharedWallet[]> MakeAsync(CurrentForecast current, string teamId, WalletView[] all, CancellationToken cancellationToken)
    {
        SegmentSeries[] team = [.. current.Forecast.Teams.Where(forecast => forecast.TeamId == teamId).SelectMany(forecast => forecast.Segments).Select(segment => segment.Forecast.Series)];
        if (team.Length == 0)
        {
            return [.. all.Select(wallet => new SharedWallet(wallet, new ScopeShare(null, 0)))];
        }

        var (ofUsers, ofApplications) = await callers.ReadAsync(
            teamId, [.. all.Select(wallet => wallet.UserId).Where(id => id.Length > 0)], [.. all.Select(wallet => wallet.ApplicationId).Where(id => id.Length > 0)],
            current.Horizon, HistoryDays, cancellationToken);
        var charged = WalletCharges.Of(all, ofUsers, ofApplications);
        charged[all[^1].WalletId] = Rest(SegmentSeries.Add(default, team), charged.Values);
        return await Task.Run(
            () => all.AsParallel().AsOrdered().Select(wallet => new SharedWallet(wallet, ScopeShare.Of(team, charged.GetValueOrDefault(wallet.WalletId, [])))).ToArray(), cancellationToken);
    }

    /// <summary>What the team's own wallet would have paid: what the others would not have.</summary>
    private static Dictionary<DateOnly, long> Rest(SegmentSeries whole, IReadOnlyCollection<Dictionary<DateOnly, long>> others)
    {
        var first = Math.Max(0, whole.Days.Count - HistoryDays);
        return Enumerable.Range(first, whole.Days.Count - first).Select(place => (Day: whole.FirstDay.AddDays(place), whole.Days[place].CostNanos))
            .ToDictionary(day => day.Day, day => Math.Max(0, day.CostNanos - others.Sum(spent => spent.GetValueOrDefault(day.Day))));
    }
}
