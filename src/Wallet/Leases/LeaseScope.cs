using Npgsql;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Leases;

/// <summary>What a lease of some subjects is debited from.</summary>
/// <param name="Key">Names the wallet and the caps; subjects with the same key share a lease.</param>
/// <param name="CapAccounts">Accounts of the caps that apply, ascending.</param>
/// <param name="EndsAt">The end of the earliest period of the wallet's allocations and of these caps; null when nothing bounds it.</param>
internal sealed record LeaseScope(string WalletId, string Key, long[] CapAccounts, DateTimeOffset? EndsAt)
{
    public static LeaseScope Of(string walletId, IReadOnlyCollection<long> caps, long[] capAccounts, DateTimeOffset? endsAt) =>
        new(walletId, string.Join('+', [walletId, .. caps.Order().Select(cap => cap.ToString(System.Globalization.CultureInfo.InvariantCulture))]), capAccounts, endsAt);
}

/// <summary>Finds a subject's scope behind its wallet's lock. What bounds a lease (caps, periods of allocations) is looked up here and nowhere else.</summary>
internal static class LeaseScopes
{
    // No caps and no periods yet: a lease is debited from its wallet alone.
    public static Task<LeaseScope> ResolveAsync(
        NpgsqlTransaction transaction, WalletAccounts wallet, LeaseSubject subject, DateTimeOffset now, CancellationToken cancellationToken) =>
        Task.FromResult(LeaseScope.Of(wallet.WalletId, [], [], null));
}
