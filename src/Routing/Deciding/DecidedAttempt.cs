using Platform.Routing.Attempts;
using Platform.Routing.Choosing;

namespace Platform.Routing.Deciding;

internal enum DecidedState
{
    /// <summary>Funded; nothing may have been sent.</summary>
    Decided,

    /// <summary>The next byte may go to the provider.</summary>
    Sent,
    Reported,
    Released,

    /// <summary>Not marked sent in time: its money has gone back.</summary>
    Expired,

    /// <summary>Marked sent, and not reported in time: in suspense.</summary>
    Suspended,
}

/// <summary>An attempt that somebody else sends. One step at a time, behind <see cref="Gate"/>.</summary>
/// <param name="sendWithin">Until it is marked sent.</param>
/// <param name="reportWithin">From then until its report.</param>
internal sealed class DecidedAttempt(Attempt attempt, TargetSelection selection, TimeSpan sendWithin, TimeSpan reportWithin, long decidedAt)
{
    public Lock Gate { get; } = new();

    public Attempt Attempt { get; } = attempt;

    public TargetSelection Selection { get; } = selection;

    public DecidedState State { get; private set; } = DecidedState.Decided;

    /// <summary>What a report answered.</summary>
    public long CostNanos { get; private set; }

    /// <summary>When the state was reached, by the monotonic clock.</summary>
    public long Since { get; private set; } = decidedAt;

    public bool IsOpen => State is DecidedState.Decided or DecidedState.Sent;

    /// <summary>It has ended, and nothing of it was sent: no record has it.</summary>
    public bool IsUnsent => State is DecidedState.Released or DecidedState.Expired;

    /// <summary>How long the state may last.</summary>
    public TimeSpan Limit => State == DecidedState.Decided ? sendWithin : State == DecidedState.Sent ? reportWithin : DecidedAttempts.RememberedFor;

    public void Become(DecidedState state, long now, long costNanos = 0) => (State, Since, CostNanos) = (state, now, costNanos);
}
