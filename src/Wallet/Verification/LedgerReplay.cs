using Platform.Wallet.Ledger;

namespace Platform.Wallet.Verification;

/// <summary>
/// Derives balances from entries in plain arithmetic, apart from the code that made them: each entry must find its account as the one before left it. Entries of one
/// wallet come in the order of their sequence. Pure.
/// </summary>
internal sealed class LedgerReplay
{
    /// <summary>More than this is noise: the first says where it began.</summary>
    private const int MaximumFindings = 100;

    private const int AccountCount = 6;

    private readonly Dictionary<string, long[]> _balances = [];
    private readonly List<string> _findings = [];

    public IReadOnlyList<string> Findings => _findings;

    public long Entries { get; private set; }

    /// <summary>Goes on from balances that were verified before.</summary>
    /// <param name="balances">Signed, by account number, funding first.</param>
    public void Resume(string walletId, long[] balances) => _balances[walletId] = [.. balances];

    /// <summary>One transfer: money leaves an account and arrives at another.</summary>
    /// <param name="availableAfter">Of the receiving wallet, as the transfer says.</param>
    public void Apply(
        long sequence, long amount, string fromWallet, Account fromAccount, long fromBefore, long fromAfter, string toWallet, Account toAccount, long toBefore,
        long toAfter, long availableAfter)
    {
        ApplyEntry(sequence, fromWallet, fromAccount, -amount, fromBefore, fromAfter);
        ApplyEntry(sequence, toWallet, toAccount, amount, toBefore, toAfter);
        CompareAvailable(sequence, toWallet, availableAfter);
    }

    /// <param name="amount">Signed.</param>
    public void ApplyEntry(long sequence, string walletId, Account account, long amount, long before, long after)
    {
        Entries++;
        var balances = BalancesOf(walletId);
        ref var balance = ref balances[(int)account - 1];
        if (balance != before)
        {
            Find($"Transfer {sequence} finds {Accounts.Address(walletId, account)} at {before}, but the entry before left {balance}.");
        }

        if (before + amount != after)
        {
            Find($"Transfer {sequence} moves {Accounts.Address(walletId, account)} by {amount}, but from {before} to {after}.");
        }

        // What a broken entry leaves is where the next one is measured from, so that each break is named once.
        balance = after;
    }

    /// <summary>What a transfer says that its receiver has available after it, which people are shown and statements begin and end with.</summary>
    public void CompareAvailable(long sequence, string walletId, long availableAfter)
    {
        var derived = BalancesOf(walletId)[(int)Account.Available - 1];
        if (derived != availableAfter)
        {
            Find($"Transfer {sequence} says that {walletId} has {availableAfter} available after it, but its entries leave {derived}.");
        }
    }

    /// <summary>A wallet's stated balances against those that its entries made.</summary>
    public void Compare(WalletAccounts wallet)
    {
        var derived = BalancesOf(wallet.WalletId);
        for (var i = 0; i < AccountCount; i++)
        {
            var account = (Account)(i + 1);
            var stated = account == Account.Funding && wallet.TeamId.Length > 0 ? 0 : wallet.Balance(account);
            if (stated != derived[i])
            {
                Find($"{Accounts.Address(wallet.WalletId, account)} is {stated}, but its entries add up to {derived[i]}.");
            }
        }
    }

    public long[] BalancesOf(string walletId) =>
        _balances.TryGetValue(walletId, out var balances) ? balances : _balances[walletId] = new long[AccountCount];

    private void Find(string finding)
    {
        if (_findings.Count < MaximumFindings)
        {
            _findings.Add(finding);
        }
    }
}
