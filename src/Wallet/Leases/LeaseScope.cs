using Npgsql;
using Platform.Wallet.Controls;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Leases;

/// <summary>What a lease of some subjects is debited from.</summary>
/// <param name="Key">Names the wallet and the cap accounts; subjects with the same key share a lease. A new period of a cap is another scope.</param>
/// <param name="Caps">The accounts of the caps that apply, in the order of their ids, while they are locked.</param>
/// <param name="EndsAt">The end of the earliest period of the wallet's allocations and of these caps; null when nothing bounds it.</param>
internal sealed record LeaseScope(string WalletId, string Key, IReadOnlyList<CapAccount> Caps, DateTimeOffset? EndsAt)
{
    public long[] CapAccounts => [.. Caps.Select(cap => cap.AccountId)];

    /// <summary>What the caps leave; the whole range without any.</summary>
    public long Left => Caps.Count == 0 ? long.MaxValue : Caps.Min(cap => cap.Left);

    /// <summary>Accounts of the caps that leave less than this.</summary>
    public IEnumerable<long> Short(Int128 least) => Caps.Where(cap => cap.Left < least).Select(cap => cap.AccountId);

    public static LeaseScope Of(string walletId, IReadOnlyList<CapAccount> caps, DateTimeOffset? walletEndsAt) => new(
        walletId, string.Join('+', [walletId, .. caps.Select(cap => cap.AccountId.ToString(System.Globalization.CultureInfo.InvariantCulture))]), caps,
        caps.Select(cap => (DateTimeOffset?)cap.PeriodTo).Append(walletEndsAt).Min());
}

/// <summary>Finds a subject's scope. What bounds a lease (caps, periods of allocations) is looked up here and nowhere else.</summary>
internal sealed class LeaseScopes(CapAccounts accounts, CapFeed feed)
{
    /// <summary>
    /// The caps that a subject's lease is under, before the transaction begins. Where they are not current behind the wallet's lock: <see cref="RefreshAsync"/>, and find them again. A holder keeps what it is
    /// answered.
    /// </summary>
    public ValueTask<CallCaps> FindCapsAsync(LeaseSubject subject, DateTimeOffset now, CancellationToken cancellationToken) =>
        accounts.ForAsync(new CapSubject(subject.TeamId, subject.UserId, subject.KeyId), now, cancellationToken);

    /// <summary>Reads all caps anew, since it is not known what of them has changed. Not within a transaction: it takes a connection of its own.</summary>
    public Task RefreshAsync(CancellationToken cancellationToken) => feed.LoadAsync(cancellationToken);

    /// <summary>The scope, behind its wallet's lock; locks the cap accounts.</summary>
    public static async Task<LeaseScope> LockAsync(
        NpgsqlTransaction transaction, WalletAccounts wallet, long[] capAccounts, CancellationToken cancellationToken) => LeaseScope.Of(
            wallet.WalletId, capAccounts.Length == 0 ? [] : await CapAccountStore.LockAsync(transaction, capAccounts, [], cancellationToken), wallet.BoundaryAt);
}
