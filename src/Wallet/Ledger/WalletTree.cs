namespace Platform.Wallet.Ledger;

/// <summary>
/// The tree of wallets: the organisation, its teams, their users and applications. Money that goes from one wallet to another is counted on its way up to where the
/// two meet and down again: credited is what was put into a wallet and those below it, moved_out the part that is below. Pure.
/// </summary>
internal static class WalletTree
{
    /// <summary>From the wallet up to the organisation's.</summary>
    public static string[] PathOf(WalletAccounts wallet) =>
        wallet.TeamId.Length == 0 ? [wallet.WalletId]
        : wallet.UserId.Length == 0 && wallet.ApplicationId.Length == 0 ? [wallet.WalletId, WalletAccounts.OrganisationId]
        : [wallet.WalletId, WalletAccounts.IdOf(wallet.TeamId), WalletAccounts.OrganisationId];

    /// <summary>What a movement does to credited and moved_out of the wallets on its way; those that do not change are left out.</summary>
    public static IEnumerable<(string WalletId, long Credited, long MovedOut)> Count(WalletAccounts from, WalletAccounts to, long amount)
    {
        var (up, down) = (PathOf(from), PathOf(to));
        var meeting = up.First(down.Contains);
        var (credited, movedOut) = (new Dictionary<string, long>(), new Dictionary<string, long>());
        Leg(up, meeting, -amount, credited, movedOut);
        Leg(down, meeting, amount, credited, movedOut);
        return credited.Keys.Union(movedOut.Keys).Order(StringComparer.Ordinal)
            .Select(id => (id, credited.GetValueOrDefault(id), movedOut.GetValueOrDefault(id)))
            .Where(wallet => wallet is not (_, 0, 0));
    }

    /// <summary>True when the first wallet is above the second, at any distance.</summary>
    public static bool IsAbove(WalletAccounts upper, WalletAccounts lower) =>
        upper.WalletId != lower.WalletId && PathOf(lower).Contains(upper.WalletId);

    private static void Leg(string[] path, string meeting, long amount, Dictionary<string, long> credited, Dictionary<string, long> movedOut)
    {
        for (var i = 0; path[i] != meeting; i++)
        {
            credited[path[i]] = credited.GetValueOrDefault(path[i]) + amount;
            movedOut[path[i + 1]] = movedOut.GetValueOrDefault(path[i + 1]) + amount;
        }
    }
}
