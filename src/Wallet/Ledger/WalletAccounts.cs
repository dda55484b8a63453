using Platform.Wallet.Alerts;

namespace Platform.Wallet.Ledger;

/// <summary>A wallet's balances while its row is locked, in nano-units. Only <see cref="LedgerUnit"/> changes them.</summary>
/// <param name="TeamId">Empty for the organisation.</param>
/// <param name="Overage">Spent beyond funding and not yet repaid: 0 or more (its account's balance is the negative of it).</param>
/// <param name="Credited">What was put into it and the wallets below, less what was taken back: 0 or more (see <see cref="WalletTree"/>).</param>
/// <param name="MovedOut">The part of it that is in wallets below, or was spent there: 0 or more.</param>
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

    /// <summary>Empty unless the wallet is one user's within the team.</summary>
    public string UserId { get; init; } = "";

    /// <summary>Empty unless the wallet is one application's within the team.</summary>
    public string ApplicationId { get; init; } = "";

    /// <summary>The wallet that funds this one; empty for the organisation's.</summary>
    public string ParentId { get; init; } = "";

    public WalletPolicy Policy { get; init; } = WalletPolicy.Default;

    /// <summary>The lowest low-balance level announced since available was last above it, in percent; 101 none, 0 exhausted.</summary>
    public short LowAnnounced { get; init; } = LowBalance.None;

    /// <summary>When people heard last that it is exhausted, since they put money in; null if they have not.</summary>
    public DateTimeOffset? ExhaustedToldAt { get; init; }

    /// <summary>The overage that people have heard of; never above <see cref="Overage"/> once a movement is judged.</summary>
    public long OverageTold { get; init; }

    /// <summary>
    /// What low-balance levels are percent of: what was left when people last put money in, less what they moved on since. 0 or more.
    /// </summary>
    public long LowBase { get; init; }

    /// <summary>In leases, and not drawn for any call when their holders last reported.</summary>
    public long LeasedUndrawn { get; init; }

    /// <summary>Held in leases for calls that have ended by their holders' word, and that no usage record has posted yet: it does not return.</summary>
    public long LeasedDrawn { get; init; }

    /// <summary>Somebody waits for available money until then.</summary>
    public DateTimeOffset? AwaitedUntil { get; init; }

    /// <summary>Of the newest transfer; null before the first.</summary>
    public DateTimeOffset? LastRecordedAt { get; init; }

    /// <summary>The earliest end of a period whose unspent money must return: no lease may outlive it. Null for none.</summary>
    public DateTimeOffset? BoundaryAt { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>What is here and not spent: available, held and in suspense.</summary>
    public long Unspent => Available + Held + Suspense;

    /// <summary>What leases can still draw, as far as is known: what has been posted since their holders' reports is no longer held, and so was drawn.</summary>
    public long Undrawn => Math.Min(LeasedUndrawn, Held);

    /// <summary>What leases have drawn for good of what is still held, as far as is known.</summary>
    public long Drawn => Math.Clamp(LeasedDrawn, 0, Held);

    /// <summary>What is available or may return: held without what leases have drawn for good.</summary>
    public long Left => Available + Held - Drawn;

    /// <summary>An empty wallet.</summary>
    public static WalletAccounts New(string walletId, string teamId, string name, string currency, string parentId) =>
        new(walletId, teamId, name, currency, 0, 0, 0, 0, 0, 0, 0) { ParentId = parentId };

    /// <summary>The id of a team's wallet, or of a user's or an application's within it. A '.' is in no team id, so they cannot meet.</summary>
    public static string IdOf(string teamId, string userId = "", string applicationId = "") =>
        userId.Length > 0 ? $"wal_{teamId}.user.{userId}"
        : applicationId.Length > 0 ? $"wal_{teamId}.app.{applicationId}"
        : "wal_" + teamId;

    /// <summary>The wallets that a call may be charged to, in order: it is charged whole to the first that exists.</summary>
    public static string[] Candidates(string teamId, string userId, string applicationId) =>
    [
        .. userId.Length > 0 ? [IdOf(teamId, userId)] : Array.Empty<string>(),
        .. applicationId.Length > 0 ? [IdOf(teamId, "", applicationId)] : Array.Empty<string>(),
        IdOf(teamId),
    ];

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

/// <summary>What a wallet's owner decides about it.</summary>
/// <param name="Frozen">Nothing is set aside.</param>
/// <param name="Observe">Would-be refusals are recorded instead of refused.</param>
/// <param name="OverflowToParent">What the wallet cannot cover is charged to the organisation, and marked.</param>
/// <param name="EmptyWaitSeconds">How long a call waits for funds before it is refused, 0 to 60.</param>
/// <param name="LowPercents">Low-balance levels in percent of what was left when money last came in, descending.</param>
internal sealed record WalletPolicy(bool Frozen, bool Observe, bool OverflowToParent, short EmptyWaitSeconds, IReadOnlyList<short> LowPercents)
{
    public static readonly WalletPolicy Default = new(false, false, false, 0, [20]);

    public Contracts.Wallet.V1.WalletPolicy ToContract() => new()
    {
        Frozen = Frozen,
        Observe = Observe,
        OverflowToParent = OverflowToParent,
        EmptyWaitSeconds = EmptyWaitSeconds,
        LowPercents = { LowPercents.Select(percent => (int)percent) },
    };
}
