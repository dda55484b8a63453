namespace Platform.Wallet.Controls;

/// <summary>
/// What one transaction does to cap accounts, as <see cref="Ledger.LedgerUnit"/> does to wallets: every amount that a hold or a lease takes from a wallet is debited
/// from its cap accounts, and what returns to the wallet is given back to the same ones. Pure; the <see cref="CapAccountStore"/> locks before and writes after.
/// </summary>
internal sealed class CapUnit(IEnumerable<CapAccount> locked)
{
    private readonly Dictionary<long, CapAccount> _accounts = locked.ToDictionary(account => account.AccountId);
    private readonly SortedDictionary<long, long> _changes = [];

    /// <summary>Changes of used by account, in the order of their ids.</summary>
    public IEnumerable<KeyValuePair<long, long>> Changes => _changes.Where(change => change.Value != 0);

    /// <summary>The account that leaves least, of these that limit; null when none does. The first of several that leave the same.</summary>
    public CapAccount? Tightest(IReadOnlyList<long> accountIds) =>
        accountIds.Select(id => _accounts[id]).Where(account => account.Limit is not null).MinBy(account => account.Left);

    /// <summary>The account that refuses an amount: the one that leaves least, if that is too little; null when the amount passes.</summary>
    public CapAccount? Refusal(IReadOnlyList<long> accountIds, long amount) => Tightest(accountIds) is { } tightest && tightest.Left < amount ? tightest : null;

    /// <param name="amount">0 or more, in nano-units. Beyond a limit too: only a wallet that observes lets that happen.</param>
    public void Debit(IReadOnlyList<long> accountIds, long amount) => Change(accountIds, amount);

    /// <param name="amount">0 or more, in nano-units.</param>
    public void GiveBack(IReadOnlyList<long> accountIds, long amount) => Change(accountIds, -amount);

    private void Change(IReadOnlyList<long> accountIds, long amount)
    {
        foreach (var id in accountIds)
        {
            _changes[id] = _changes.GetValueOrDefault(id) + amount;
            _accounts[id] = _accounts[id] with { Used = _accounts[id].Used + amount };
        }
    }
}
