using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Leases;

/// <summary>What happens to a lease that there is. Totals and amounts in nano-units.</summary>
internal abstract record LeaseInput
{
    private LeaseInput()
    {
    }

    /// <summary>The holder's running totals.</summary>
    public sealed record Report(long Returned, long Drawn, long Open, bool Retired, DateTimeOffset ExpiresAt) : LeaseInput;

    /// <summary>One attempt whose usage is unknown leaves the lease.</summary>
    public sealed record SuspendDraw(long Amount) : LeaseInput;

    /// <summary>The holder's last word.</summary>
    public sealed record Close(long Drawn, bool JournalIncomplete, DateTimeOffset ExpiresAt) : LeaseInput;

    /// <summary>Time has passed.</summary>
    public sealed record Expire(DateTimeOffset Now) : LeaseInput;

    /// <summary>An operator gives back what is left in suspense.</summary>
    public sealed record Release : LeaseInput;

    /// <summary>A usage record of an attempt that was drawn from it.</summary>
    /// <param name="Cost">0 or more.</param>
    /// <param name="Bound">What the holder set aside for it.</param>
    /// <param name="Available">Of the wallet.</param>
    public sealed record Post(long Cost, long Bound, long Available) : LeaseInput;
}

internal enum LeaseVerdict
{
    /// <summary>The totals contradict what is known: see <see cref="LeaseDecision.Problem"/>.</summary>
    Invalid,

    /// <summary>The state does not allow it.</summary>
    Ended,

    /// <summary>It took effect before: answer as the lease stands.</summary>
    Repeat,

    /// <summary>Write <see cref="LeaseDecision.Lease"/> and make <see cref="LeaseDecision.Moves"/>.</summary>
    Apply,
}

/// <summary>
/// The life of a lease: open → (recalled →) retired → closed → ended, and to suspense wherever its holder is silent. Pure: what happens to the lease and which
/// transfers go with it. Everything is a running total, so a call that comes twice, or after a later one, moves nothing twice.
/// </summary>
internal sealed record LeaseDecision(LeaseVerdict Verdict, LeaseSnapshot Lease, IReadOnlyList<Move> Moves, string Problem = "")
{
    public const string HolderSilent = "holder silent";
    public const string JournalIncomplete = "journal incomplete";
    public const string NotPosted = "drawn and not posted";

    public static LeaseDecision Decide(LeaseSnapshot lease, LeaseInput input) => input switch
    {
        LeaseInput.Report report => DecideReport(lease, report),
        LeaseInput.SuspendDraw suspend => DecideSuspendDraw(lease, suspend.Amount),
        LeaseInput.Close { JournalIncomplete: true } close => DecideCloseIncomplete(lease, close),
        LeaseInput.Close close => DecideClose(lease, close),
        LeaseInput.Expire expire => DecideExpire(lease, expire.Now),
        LeaseInput.Release => DecideRelease(lease),
        LeaseInput.Post post => DecidePost(lease, post),
        _ => throw new InvalidOperationException($"Unknown input {input}."),
    };

    /// <summary>What is wrong with running totals that a holder tells beside a grant or a report; null when nothing is.</summary>
    public static string? ProblemOf(LeaseSnapshot lease, long returned, long drawn, long open) =>
        returned < 0 || drawn < 0 || open < 0 ? "Totals must be 0 or more."
        : drawn < lease.Drawn ? $"drawn_nanos shrinks from {lease.Drawn} to {drawn}."
        : returned < lease.Returned ? $"returned_nanos shrinks from {lease.Returned} to {returned}."
        : (Int128)returned + drawn + open > lease.Granted ? $"{returned} returned, {drawn} drawn and {open} open are more than the {lease.Granted} granted."
        : returned - lease.Returned > lease.Held ? $"{returned} returned is more than is left: {lease.Posted} are posted and {lease.Suspended} suspended of {lease.Granted}."
        : null;

    private static LeaseDecision DecideReport(LeaseSnapshot lease, LeaseInput.Report report)
    {
        if (lease.Final || lease.State is LeaseState.Closed or LeaseState.Ended)
        {
            return Refuse(LeaseVerdict.Ended, lease);
        }

        // A retired holder draws nothing more, so what is neither drawn nor open was never drawn, also where the answer of a grant never reached it.
        var retired = report.Retired || lease.State == LeaseState.Retired;
        var neverDrawn = (Int128)lease.Granted - report.Drawn - report.Open;
        var returned = retired && report.Returned >= 0 && report.Returned <= neverDrawn ? (long)neverDrawn : report.Returned;
        if (ProblemOf(lease, returned, report.Drawn, report.Open) is { } problem)
        {
            return Invalid(lease, problem);
        }

        var suspended = lease.State == LeaseState.Suspended;
        return Apply(
            lease with
            {
                State = suspended ? LeaseState.Suspended : retired ? LeaseState.Retired : lease.State,
                Returned = returned,
                Drawn = report.Drawn,
                Open = report.Open,
                ExpiresAt = suspended ? lease.ExpiresAt : Later(lease.ExpiresAt, report.ExpiresAt),
            },
            new Move(TransferKind.Release, lease.Place, Account.Available, returned - lease.Returned));
    }

    // Out of a lease in suspense it goes by way of held, so that entries tell whose it is: the lease's before, the attempt's after.
    private static LeaseDecision DecideSuspendDraw(LeaseSnapshot lease, long amount) => lease.State == LeaseState.Ended
        ? Refuse(LeaseVerdict.Ended, lease)
        : amount > lease.Held
            ? Invalid(lease, $"amount_nanos is {amount}, but the lease holds {lease.Held}.")
            : Apply(
                lease with { Suspended = lease.Suspended + amount },
                new Move(TransferKind.Resumption, Account.Suspense, Account.Held, lease.State == LeaseState.Suspended ? amount : 0),
                new Move(TransferKind.Suspense, Account.Held, Account.Suspense, amount));

    private static LeaseDecision DecideClose(LeaseSnapshot lease, LeaseInput.Close close)
    {
        if (lease.State == LeaseState.Ended || (lease.Final && (lease.JournalIncomplete || close.Drawn == lease.Drawn)))
        {
            return Refuse(LeaseVerdict.Repeat, lease);
        }

        var returned = lease.Granted - close.Drawn;
        var problem = lease.Final ? $"The lease was closed with drawn_nanos {lease.Drawn}, not {close.Drawn}."
            : close.Drawn < lease.Posted + lease.Suspended ? $"drawn_nanos is {close.Drawn}, but {lease.Posted} are posted and {lease.Suspended} suspended."
            : ProblemOf(lease, returned, close.Drawn, open: 0);
        if (problem is not null)
        {
            return Invalid(lease, problem);
        }

        var closed = lease with { State = LeaseState.Closed, Returned = returned, Drawn = close.Drawn, Open = 0, Final = true, Reason = "", ExpiresAt = close.ExpiresAt };
        return Apply(
            closed,
            new Move(TransferKind.Release, lease.Place, Account.Available, returned - lease.Returned),
            new Move(TransferKind.Resumption, Account.Suspense, Account.Held, lease.State == LeaseState.Suspended ? closed.Held : 0));
    }

    private static LeaseDecision DecideCloseIncomplete(LeaseSnapshot lease, LeaseInput.Close close)
    {
        if (lease.Final || lease.State == LeaseState.Ended)
        {
            return Refuse(LeaseVerdict.Repeat, lease);
        }

        if (close.Drawn < 0)
        {
            return Invalid(lease, "Totals must be 0 or more.");
        }

        // What the journal lost is unknown, so its figure is a least one, as the others are.
        var drawn = Math.Clamp(close.Drawn, Math.Max(lease.Drawn, lease.Posted + lease.Suspended), lease.Granted - lease.Returned);
        return Apply(
            lease with { State = LeaseState.Suspended, Drawn = drawn, Open = 0, Final = true, JournalIncomplete = true, Reason = JournalIncomplete },
            new Move(TransferKind.Suspense, Account.Held, Account.Suspense, lease.State == LeaseState.Suspended ? 0 : lease.Held));
    }

    private static LeaseDecision DecideExpire(LeaseSnapshot lease, DateTimeOffset now) => lease.State is LeaseState.Suspended or LeaseState.Ended || lease.ExpiresAt > now
        ? Refuse(LeaseVerdict.Repeat, lease)
        : Apply(
            lease with { State = LeaseState.Suspended, Reason = lease.State == LeaseState.Closed ? NotPosted : HolderSilent },
            new Move(TransferKind.Suspense, Account.Held, Account.Suspense, lease.Held));

    private static LeaseDecision DecideRelease(LeaseSnapshot lease) => lease.State switch
    {
        LeaseState.Suspended => Apply(
            lease with { Released = lease.Released + lease.Held }, new Move(TransferKind.Release, Account.Suspense, Account.Available, lease.Held)),
        LeaseState.Ended when lease.Released > 0 => Refuse(LeaseVerdict.Repeat, lease),
        _ => Refuse(LeaseVerdict.Ended, lease),
    };

    private static LeaseDecision DecidePost(LeaseSnapshot lease, LeaseInput.Post post)
    {
        var bounded = Math.Min(post.Cost, post.Bound);
        var covered = Math.Min(bounded, lease.Held);

        // The lease should hold it. Where it does not (its holder's totals were wrong, or an operator gave it back), what the wallet still has comes first.
        var missing = bounded - covered;
        var fromAvailable = Math.Min(missing, post.Available);
        return Apply(
            lease with { Posted = lease.Posted + covered },
            new Move(TransferKind.Settlement, lease.Place, Account.Spent, covered),
            new Move(TransferKind.Settlement, Account.Available, Account.Spent, fromAvailable),
            new Move(TransferKind.Overage, Account.Overage, Account.Spent, post.Cost - covered - fromAvailable));
    }

    /// <summary>Nothing is awaited any more once nothing is set aside, unless its holder may still draw or return.</summary>
    private static LeaseDecision Apply(LeaseSnapshot lease, params Move[] moves)
    {
        var over = lease.Held == 0 && lease.State is LeaseState.Closed or LeaseState.Suspended;
        return new LeaseDecision(LeaseVerdict.Apply, over ? lease with { State = LeaseState.Ended, Open = 0 } : lease, moves);
    }

    private static LeaseDecision Refuse(LeaseVerdict verdict, LeaseSnapshot lease) => new(verdict, lease, []);

    private static LeaseDecision Invalid(LeaseSnapshot lease, string problem) => new(LeaseVerdict.Invalid, lease, [], problem);

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
