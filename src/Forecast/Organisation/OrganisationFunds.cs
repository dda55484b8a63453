using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Organisation;

/// <summary>An organisation's wallets, and what the calendar brings them and ends.</summary>
/// <param name="Allocations">Planned ones, and those of which a period runs.</param>
internal sealed record OrganisationFunds(IReadOnlyList<WalletView> Wallets, IReadOnlyList<Allocation> Allocations)
{
    private readonly ILookup<string, Allocation> _ofWallets = Allocations.ToLookup(allocation => allocation.WalletId, StringComparer.Ordinal);

    public SpendableFunds Of(WalletView wallet, HorizonCalendar horizon) => SpendableFunds.Of(wallet, _ofWallets[wallet.WalletId], horizon);

    /// <summary>
    /// By team, what its own wallet and those of its users and applications can spend; under an empty id all wallets together. Teams without a wallet are not there. What comes to a team and ends is its own wallet's: what
    /// moves between its wallets stays with it, and what moves between teams' and the organisation's stays with the organisation.
    /// </summary>
    public IReadOnlyDictionary<string, SpendableFunds> ByTeam(HorizonCalendar horizon)
    {
        var funds = Wallets.Where(wallet => wallet.TeamId.Length > 0).GroupBy(wallet => wallet.TeamId, StringComparer.Ordinal)
            .ToDictionary(team => team.Key, team => Sum(team).With([.. team.Where(SharedWallet.IsTeams).SelectMany(wallet => _ofWallets[wallet.WalletId])], horizon), StringComparer.Ordinal);
        if (Wallets.Count > 0)
        {
            funds[""] = Sum(Wallets);
        }

        return funds;
    }

    /// <summary>By team, what is in the wallet of the team itself, and may be reclaimed at once.</summary>
    public long OwnNanos(string teamId) => Wallets.Where(wallet => wallet.TeamId == teamId && SharedWallet.IsTeams(wallet)).Sum(wallet => wallet.AvailableNanos);

    private static SpendableFunds Sum(IEnumerable<WalletView> wallets) =>
        wallets.Aggregate(new SpendableFunds(0), (sum, wallet) => new(sum.AvailableNanos + wallet.AvailableNanos + wallet.LeasedUndrawnNanos, sum.OverageNanos + wallet.OverageNanos));
}
