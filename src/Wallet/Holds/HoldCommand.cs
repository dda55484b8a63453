using System.Diagnostics;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Controls;

namespace Platform.Wallet.Holds;

/// <summary>What a writer loop takes from its queue.</summary>
internal abstract class WriterItem;

/// <summary>Money may have come into a wallet: whoever waits for it is decided again.</summary>
/// <param name="walletId">Null: any wallet.</param>
internal sealed class WakeUp(string? walletId) : WriterItem
{
    public string? WalletId { get; } = walletId;
}

/// <summary>
/// One hold operation on its way through the writer. The loop decides it, perhaps more than once (a batch that failed, a wallet that was not locked, funds that
/// were waited for), and completes it when the last decision is durable.
/// </summary>
internal abstract class HoldCommand(Guid attemptId, string actor) : WriterItem
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Guid AttemptId { get; } = attemptId;

    /// <summary>Key id of who asks, or the service's name.</summary>
    public string Actor { get; } = actor;

    /// <summary>The wallet to lock: the charged one, or the hold's. Null while only the database knows.</summary>
    public string? WalletId { get; set; }

    /// <summary>Ends when the answer is durable, or with the error that there is no answer for.</summary>
    public Task Done => _done.Task;

    public void Complete() => _done.TrySetResult();

    public void Fail(Exception exception) => _done.TrySetException(exception);
}

/// <summary>Sets a bound aside.</summary>
/// <param name="expiry">When time ends it: a pending hold returns, a sent one without a report goes to suspense.</param>
/// <param name="arrivedAt">On the monotonic clock of the writer's <see cref="TimeProvider"/>.</param>
/// <param name="callerGone">Ends the wait for funds, nothing else.</param>
/// <param name="lowerFollows">The caller asks for less if this is refused for lack of money or room: that is no denied demand yet.</param>
/// <param name="freezeTold">That a freeze refuses it is told already.</param>
internal sealed class CreateHoldCommand(
    HoldDemand demand, bool sent, TimeSpan expiry, DateTimeOffset occurredAt, AttemptContext context, string actor, long arrivedAt,
    CancellationToken callerGone, bool lowerFollows = false, bool freezeTold = false) : HoldCommand(demand.AttemptId, actor)
{
    public HoldDemand Demand { get; } = demand;

    public bool Sent { get; } = sent;

    public TimeSpan Expiry { get; } = expiry;

    public DateTimeOffset OccurredAt { get; } = occurredAt;

    public AttemptContext Context { get; } = context;

    public byte[] ContextBytes { get; } = Google.Protobuf.MessageExtensions.ToByteArray(context);

    public long ArrivedAt { get; } = arrivedAt;

    public CancellationToken CallerGone { get; } = callerGone;

    public bool LowerFollows { get; } = lowerFollows;

    public bool FreezeTold { get; } = freezeTold;

    /// <summary>Of the known wallets, when the charged one was looked up: again where others have become known before it is decided.</summary>
    public long WalletsRevision { get; set; }

    public CapSubject CapSubject { get; } = new(demand.TeamId, demand.UserId, context.KeyId);

    /// <summary>The caps that it is under, of the periods in which they were looked up: again where they have changed before it is decided.</summary>
    public CallCaps Caps { get; set; } = CallCaps.None;

    public long[] CapAccounts => Caps.Accounts;

    /// <summary>The caller's trace, for the event of a refusal.</summary>
    public Activity? Trace { get; } = Activity.Current;

    /// <summary>The organisation's wallet is to be locked too, because this one cannot cover the bound and its policy lets the organisation pay.</summary>
    public bool WithOrganisation { get; set; }

    /// <summary>When leases were first asked back for this command, on the monotonic clock; null while they were not.</summary>
    public long? RecalledAt { get; set; }

    /// <summary>Its place among those that wait; 0 while it never waited.</summary>
    public long ParkedAs { get; set; }

    /// <summary>It has waited for funds, not only for leases that were asked back: what it is granted is granted late.</summary>
    public bool IsDelayed { get; set; }

    public CreateHoldResponse Answer { get; set; } = new();
}

/// <summary>Takes a hold that was made before a step further.</summary>
internal sealed class ResolveHoldCommand(Guid attemptId, HoldInput input, string actor) : HoldCommand(attemptId, actor)
{
    public HoldInput Input { get; } = input;

    /// <summary>The cap accounts of its hold, which never change; null while only the database knows.</summary>
    public long[]? CapAccounts { get; set; }

    public HoldDecision Answer { get; set; } = new(HoldVerdict.NotFound, null, []);
}
