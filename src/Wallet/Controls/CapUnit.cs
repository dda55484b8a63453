using Platform.Wallet.Ledger;

namespace Platform.Wallet.Controls;

/// <summary>
/// What one transaction does to cap accounts. Every amount that a hold or a lease takes from a wallet is debited from its cap accounts, and what returns to the
/// wallet is given back to the same ones: <see cref="LedgerUnit"/> sees to it at each move. Pure; the <see cref="CapAccountStore"/> locks before and writes after.
/// </summary>
/// <param name="locked">The accounts that something is to be debited from. Others may only be given back to.</param>
internal sealed class CapUnit(IEnumerable<CapAccount> locked)
{
    private readonly Dictionary<long, CapAccount> _accounts = locked.ToDictionary(account => account.AccountId);
    private readonly SortedDictionary<long, long> _changes = [];

    /// <summary>Changes of used by account, in the order of their ids.</summary>
    public IEnumerable<KeyValuePair<long, long>> Changes => _changes.Where(change => change.Value != 0);

    /// <summary>Whether each of these accounts is there to be debited.</summary>
    public bool AreLocked(long[] accountIds) => Array.TrueForAll(accountIds, _accounts.ContainsKey);

    /// <summary>The account that leaves least, of these that limit; null when none does. The first of several that leave the same.</summary>
    public CapAccount? Tightest(IReadOnlyList<long> accountIds) =>
        accountIds.Select(id => _accounts[id]).Where(account => account.Limit is not null).MinBy(account => account.Left);

    /// <summary>The account that refuses an amount: the one that leaves least, if that is too little; null when the amount passes.</summary>
    public CapAccount? Refusal(IReadOnlyList<long> accountIds, long amount) =>
        accountIds.Count > 0 && Tightest(accountIds) is { } tightest && tightest.Left < amount ? tightest : null;

    /// <summary>
    /// Counts a move of money that is set aside under these caps: out of available is debited, beyond a limit too (only a wallet that observes lets that happen);
    /// back to available is given back; what is spent from it stays counted.
    /// </summary>
    public void Follow(IReadOnlyList<long> accountIds, Move move)
    {
        var change = move switch
        {
            { From: Account.Available, To: Account.Held } => move.Amount,
            { From: Account.Held or Account.Suspense, To: Account.Available } => -move.Amount,
            _ => 0,
        };
        foreach (var id in change == 0 ? [] : accountIds)
        {
            _changes[id] = _changes.GetValueOrDefault(id) + change;
            if (_accounts.TryGetValue(id, out var account))
            {
                _accounts[id] = account with { Used = account.Used + change };
            }
            else if (change > 0)
            {
                throw new InvalidOperationException($"Cap account {id} is debited without its lock.");
            }
        }
    }
}
