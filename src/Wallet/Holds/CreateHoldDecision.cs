using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Controls;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Holds;

/// <summary>What is asked for.</summary>
/// <param name="TeamId">Whose call it is; with user and application, empty where there is none.</param>
/// <param name="BoundNanos">Above 0.</param>
internal sealed record HoldDemand(Guid AttemptId, string TeamId, string UserId, string ApplicationId, long BoundNanos, string Currency)
{
    /// <summary>The hold is to be one that is marked sent already.</summary>
    public bool Sent { get; init; }
}

/// <summary>What is known behind the locks.</summary>
/// <param name="Wallet">The charged wallet; null when there is none.</param>
/// <param name="Organisation">The organisation's wallet; null while it is not locked.</param>
/// <param name="Existing">The hold that has the id already; null when there is none.</param>
/// <param name="Denied">What the attempt was refused with before; null when it was not.</param>
/// <param name="Cap">The cap account that leaves too little for the bound; null when every cap leaves enough.</param>
/// <param name="MayRecall">Money may still come back from leases: nobody has found yet that there is none to come.</param>
/// <param name="Waited">How long the caller has been waiting.</param>
/// <param name="GaveUp">The caller waits no longer, or there is no room to wait in.</param>
internal sealed record CreateHoldFacts(
    WalletAccounts? Wallet,
    WalletAccounts? Organisation = null,
    HoldSnapshot? Existing = null,
    HoldOutcome? Denied = null,
    CapAccount? Cap = null,
    bool MayRecall = false,
    TimeSpan Waited = default,
    bool GaveUp = false);

internal enum CreateHoldVerdict
{
    /// <summary>Answer with the outcome; nothing changes.</summary>
    Answer,

    /// <summary>Answer with the outcome, remember it, and publish it as denied demand.</summary>
    Refuse,

    /// <summary>Ask leases of the wallet back and decide again.</summary>
    Recall,

    /// <summary>Lock the organisation's wallet too and decide again.</summary>
    LockOrganisation,

    /// <summary>Decide again when the wallet has funds, or the time is up.</summary>
    Wait,

    /// <summary>Set <see cref="CreateHoldDecision.Held"/> aside in <see cref="CreateHoldDecision.Wallet"/>.</summary>
    Grant,
}

/// <summary>
/// What becomes of a request for a hold, in the contract's order of precedence. Pure. Too little in the wallet has its own order: leases are asked back; the
/// organisation pays, if the wallet's policy says so; a wallet that only observes lets the call pass; the call waits; it is refused. A cap that leaves too little
/// knows no other payer and no waiting: its next period may be a year away.
/// </summary>
/// <param name="Wallet">Which wallet it is about: the charged one, and in a grant possibly the organisation's. Null when there is none.</param>
/// <param name="Held">What a grant sets aside: the bound, or what there is of it in a wallet that only observes.</param>
/// <param name="Lacking">Of a grant: what it would have been refused with, if it had not been charged elsewhere or only observed; else null.</param>
internal sealed record CreateHoldDecision(
    CreateHoldVerdict Verdict, HoldOutcome Outcome, WalletAccounts? Wallet, long Held = 0, TransferMarks Marks = TransferMarks.None, HoldOutcome? Lacking = null)
{
    public static CreateHoldDecision Decide(HoldDemand demand, CreateHoldFacts facts)
    {
        var wallet = facts.Wallet;
        return facts switch
        {
            _ when wallet is null => Answer(HoldOutcome.TeamNotFound, null),
            _ when wallet.Currency != demand.Currency => Answer(HoldOutcome.CurrencyMismatch, wallet),
            { Existing: { } hold } => Answer(Repeat(demand, hold), wallet),
            { Denied: { } outcome } => Answer(outcome, wallet),
            _ when wallet.Policy.Frozen => new(CreateHoldVerdict.Refuse, HoldOutcome.Frozen, wallet),
            { Cap: not null } => UnderACap(demand, facts, wallet),
            _ when wallet.Available >= demand.BoundNanos => Grant(wallet, demand.BoundNanos, TransferMarks.None),
            _ => WithoutFunds(demand, facts, wallet),
        };
    }

    private static HoldOutcome Repeat(HoldDemand demand, HoldSnapshot hold) => hold switch
    {
        // A tombstone knows nothing but its id.
        { WalletId: null } => HoldOutcome.AlreadyEnded,
        _ when hold.TeamId != demand.TeamId || hold.UserId != demand.UserId || hold.ApplicationId != demand.ApplicationId
            || hold.Bound != demand.BoundNanos => HoldOutcome.ExistsDifferent,

        // Who took it for sent would send, and time would give back what the call is paid from.
        { State: HoldState.Pending } when demand.Sent => HoldOutcome.ExistsDifferent,
        { State: HoldState.Pending or HoldState.Sent or HoldState.Reported } => HoldOutcome.Exists,
        _ => HoldOutcome.AlreadyEnded,
    };

    private static CreateHoldDecision UnderACap(HoldDemand demand, CreateHoldFacts facts, WalletAccounts wallet) => wallet.Policy switch
    {
        _ when facts.MayRecall => new(CreateHoldVerdict.Recall, HoldOutcome.CapReached, wallet),
        { Observe: true } => Grant(wallet, Math.Min(wallet.Available, demand.BoundNanos), TransferMarks.Observed, HoldOutcome.CapReached),
        _ => new(CreateHoldVerdict.Refuse, HoldOutcome.CapReached, wallet),
    };

    private static CreateHoldDecision WithoutFunds(HoldDemand demand, CreateHoldFacts facts, WalletAccounts wallet) => wallet.Policy switch
    {
        _ when facts.MayRecall => new(CreateHoldVerdict.Recall, HoldOutcome.InsufficientFunds, wallet),
        { OverflowToParent: true } when facts.Organisation is null => new(CreateHoldVerdict.LockOrganisation, HoldOutcome.InsufficientFunds, wallet),
        { OverflowToParent: true } when !facts.Organisation.Policy.Frozen && facts.Organisation.Available >= demand.BoundNanos =>
            Grant(facts.Organisation, demand.BoundNanos, TransferMarks.Overflow, HoldOutcome.InsufficientFunds),
        { Observe: true } => Grant(wallet, wallet.Available, TransferMarks.Observed, HoldOutcome.InsufficientFunds),
        _ when !facts.GaveUp && facts.Waited < TimeSpan.FromSeconds(wallet.Policy.EmptyWaitSeconds) =>
            new(CreateHoldVerdict.Wait, HoldOutcome.InsufficientFunds, wallet),
        _ => new(CreateHoldVerdict.Refuse, HoldOutcome.InsufficientFunds, wallet),
    };

    private static CreateHoldDecision Answer(HoldOutcome outcome, WalletAccounts? wallet) => new(CreateHoldVerdict.Answer, outcome, wallet);

    private static CreateHoldDecision Grant(WalletAccounts wallet, long held, TransferMarks marks, HoldOutcome? lacking = null) =>
        new(CreateHoldVerdict.Grant, HoldOutcome.Held, wallet, held, marks, lacking);
}
