namespace Platform.Wallet.Controls;

/// <summary>
/// Which cap accounts a call is debited from: those of the periods that contain the moment at which it is asked for. Accounts of a new period are made here,
/// before the ledger's transaction begins.
/// </summary>
internal sealed class CapAccounts(CapDirectory directory, CapOwners owners, CapAccountStore store)
{
    /// <summary>Ids in ascending order; empty when no cap applies, which costs no round trip. Nor does an account that is known already.</summary>
    public async ValueTask<long[]> ForAsync(CapSubject subject, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var caps = directory.For(await owners.ResolveAsync(subject, cancellationToken));
        if (caps.Count == 0)
        {
            return [];
        }

        var accounts = new long[caps.Count];
        for (var i = 0; i < accounts.Length; i++)
        {
            accounts[i] = await FindAsync(caps[i], now, cancellationToken);
        }

        Array.Sort(accounts);
        return accounts;
    }

    private async ValueTask<long> FindAsync(KnownCap cap, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (cap.Account is { } known && known.Period.Contains(now))
        {
            return known.AccountId;
        }

        var period = cap.Row.PeriodAt(now);
        var account = new OpenAccount(await store.OpenAsync(cap.Row.CapId, period, cancellationToken), period);
        cap.Account = account;
        return account.AccountId;
    }
}
