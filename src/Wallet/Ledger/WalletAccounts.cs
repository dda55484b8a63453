namespace Platform.Wallet.Ledger;

/// <summary>A wallet's balances while its row is locked, in nano-units. Only <see cref="LedgerUnit"/> changes them.</summary>
/// <param name="TeamId">Empty for the organisation.</param>
/// <param name="Overage">Spent beyond funding and not yet repaid: 0 or more (its account's balance is the negative of it).</param>
/// <param name="Credited">All that came in from outside or above: 0 or more.</param>
/// <param name="MovedOut">All that went to wallets below: 0 or more.</param>
internal sealed record WalletAccounts(
    string WalletId,
    string TeamId,
    string Name,
    string Currency,
    long Available,
    long Held,
    long Suspense,
    long Spent,
    long Overage,
    long Credited,
    long MovedOut)
{
    public const string OrganisationId = "wal_organisation";

    public static string IdOf(string teamId) => "wal_" + teamId;

    /// <summary>An account's signed balance.</summary>
    public long Balance(Account account) => account switch
    {
        Account.Funding => -Credited,
        Account.Available => Available,
        Account.Held => Held,
        Account.Suspense => Suspense,
        Account.Spent => Spent,
        Account.Overage => -Overage,
    };

    /// <summary>The wallet with an account's signed balance changed. No check of the limits: the caller decides, the database's constraints guard.</summary>
    public WalletAccounts Add(Account account, long amount) => account switch
    {
        Account.Funding => this with { Credited = Credited - amount },
        Account.Available => this with { Available = Available + amount },
        Account.Held => this with { Held = Held + amount },
        Account.Suspense => this with { Suspense = Suspense + amount },
        Account.Spent => this with { Spent = Spent + amount },
        Account.Overage => this with { Overage = Overage - amount },
    };
}
