namespace Platform.Wallet.Controls;

/// <summary>
/// The caps that a call is under, as this replica knew them at one moment. What waits after that, for a lock, for funds or in a queue, must not be decided by them once newer ones are known: nothing that is
/// made without a cap that is set already is counted in it.
/// </summary>
/// <param name="Accounts">In ascending order; empty when no cap applies.</param>
/// <param name="Revision">Of the newest change of a cap that they are known to heed.</param>
internal readonly record struct CallCaps(long[] Accounts, long Revision)
{
    public static readonly CallCaps None = new([], 0);

    /// <summary>To be found before anything is decided: what was found is of no use any more.</summary>
    public static readonly CallCaps Unknown = new([], -1);

    /// <summary>False when caps have changed since: then they are to be found again.</summary>
    public bool AreCurrent(long revision) => Revision >= revision;
}

/// <summary>
/// Which cap accounts a call is debited from: those of the periods that contain the moment at which it is asked for. Accounts of a new period are made here,
/// before the ledger's transaction begins.
/// </summary>
internal sealed class CapAccounts(CapDirectory directory, CapOwners owners, CapAccountStore store)
{
    /// <summary>No cap costs no round trip. Nor does an account that is known already.</summary>
    public async ValueTask<CallCaps> ForAsync(CapSubject subject, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // The revision first: the caps of that one are there to be found.
        var revision = directory.Revision;
        var caps = directory.For(await owners.ResolveAsync(subject, cancellationToken));
        if (caps.Count == 0)
        {
            return new CallCaps([], revision);
        }

        var accounts = new long[caps.Count];
        for (var i = 0; i < accounts.Length; i++)
        {
            accounts[i] = await FindAsync(caps[i], now, cancellationToken);
        }

        Array.Sort(accounts);
        return new CallCaps(accounts, revision);
    }

    /// <summary>True while no change is known here that they do not heed.</summary>
    public bool AreNewest(CallCaps caps) => caps.AreCurrent(directory.Revision);

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
