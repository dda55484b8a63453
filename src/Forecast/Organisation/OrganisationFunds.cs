using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Organisation;

/// <summary>An organisation's wallets, or one team's, and what the calendar brings them and ends.</summary>
/// <param name="TeamId">Whose they are; empty: all.</param>
/// <param name="Allocations">Planned ones, and those of which a period runs.</param>
internal sealed record OrganisationFunds(string TeamId, IReadOnlyList<WalletView> Wallets, IReadOnlyList<Allocation> Allocations)
{
    private readonly ILookup<string, Allocation> _ofWallets = Allocations.ToLookup(allocation => allocation.WalletId, StringComparer.Ordinal);

    public SpendableFunds Of(WalletView wallet, HorizonCalendar horizon) => SpendableFunds.Of(wallet, _ofWallets[wallet.WalletId], horizon);

    /// <summary>
    /// By team, what its own wallet and those of its users and applications can spend; under an empty id all wallets together, where they are all. Teams without a wallet are not there. What comes to a team and ends is its own wallet's: what
    /// moves between its wallets stays with it, and what moves between teams' and the organisation's stays with the organisation.
    /// </summary>
    public IReadOnlyDictionary<string, SpendableFunds> ByTeam(HorizonCalendar horizon)
    {
        var funds = Wallets.Where(wallet => wallet.TeamId.Length > 0).GroupBy(wallet => wallet.TeamId, StringComparer.Ordinal)
            .ToDictionary(team => team.Key, team => SpendableFunds.Of(team).With([.. team.Where(SharedWallet.IsTeams).SelectMany(wallet => _ofWallets[wallet.WalletId])], horizon), StringComparer.Ordinal);
        if (TeamId.Length == 0 && Wallets.Count > 0)
        {
            funds[""] = SpendableFunds.Of(Wallets);
        }

        return funds;
    }

    /// <summary>By team, what is in the wallet of the team itself, and may be reclaimed at once.</summary>
    public IReadOnlyDictionary<string, long> OwnNanos() => Wallets.Where(wallet => wallet.TeamId.Length > 0 && SharedWallet.IsTeams(wallet)).GroupBy(wallet => wallet.TeamId, StringComparer.Ordinal)
        .ToDictionary(team => team.Key, team => team.Sum(wallet => wallet.AvailableNanos), StringComparer.Ordinal);
}

/// <summary>What an organisation's wallets have by team, summed up by Wallet where single wallets are no matter, and what the calendar brings them and ends.</summary>
/// <param name="Teams">Under an empty id the organisation's own wallet.</param>
/// <param name="Allocations">As of <see cref="OrganisationFunds"/>.</param>
internal sealed record OrganisationSums(IReadOnlyCollection<WalletTotals> Teams, IReadOnlyList<Allocation> Allocations)
{
    /// <summary>As <see cref="OrganisationFunds.ByTeam"/> of all wallets.</summary>
    public IReadOnlyDictionary<string, SpendableFunds> ByTeam(HorizonCalendar horizon)
    {
        var ofWallets = Allocations.ToLookup(allocation => allocation.WalletId, StringComparer.Ordinal);
        var funds = Teams.Where(team => team.TeamId.Length > 0).ToDictionary(team => team.TeamId, team => Of([team])!.With([.. ofWallets[$"wal_{team.TeamId}"]], horizon), StringComparer.Ordinal);
        if (Of(Teams) is { } all)
        {
            funds[""] = all;
        }

        return funds;
    }

    /// <summary>All of them together; null where they are of no wallet.</summary>
    public static SpendableFunds? Of(IReadOnlyCollection<WalletTotals> totals) => totals.All(sums => sums.Wallets == 0) ? null
        : new SpendableFunds(totals.Sum(sums => sums.AvailableNanos + sums.LeasedUndrawnNanos), totals.Sum(sums => sums.OverageNanos))
        {
            Wallets = IsTold(totals) ? totals.Sum(sums => sums.ChargedWallets) : null, Observing = IsTold(totals) ? totals.Sum(sums => sums.ObservingWallets) : null,
        };

    /// <summary>A Wallet of an earlier version says of no sum how many of its wallets only observe, which looks as if none did.</summary>
    private static bool IsTold(IReadOnlyCollection<WalletTotals> totals) => totals.All(sums => sums.HasChargedWallets);
}
