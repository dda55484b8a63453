using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Holds;

/// <summary>What someone asks of a hold.</summary>
internal abstract record HoldInput
{
    private HoldInput()
    {
    }

    /// <param name="ReportLimit">How long it may go without a report from now on before it is unknown usage.</param>
    public sealed record MarkSent(TimeSpan ReportLimit) : HoldInput;

    /// <param name="CostNanos">0 or more.</param>
    public sealed record Report(long CostNanos) : HoldInput;

    public sealed record Release(string Reason) : HoldInput;

    public sealed record Suspend(string Reason) : HoldInput;

    /// <summary>An operator gives back what is left in suspense.</summary>
    public sealed record GiveBack(string Reason) : HoldInput;

    /// <summary>Time has passed. A sent hold that was not reported in its time is unknown usage.</summary>
    public sealed record Expire : HoldInput;
}

internal enum HoldVerdict
{
    /// <summary>There is no such hold.</summary>
    NotFound,

    /// <summary>The state does not allow it.</summary>
    Ended,

    /// <summary>It took effect before: answer as the hold stands.</summary>
    Repeat,

    /// <summary>Write <see cref="HoldDecision.Hold"/> and make <see cref="HoldDecision.Moves"/>.</summary>
    Apply,
}

/// <summary>
/// The life of a hold: pending → sent → reported → posted, released, expired or suspended; every end is final. Pure: what happens to the hold and
/// which transfers go with it.
/// </summary>
internal sealed record HoldDecision(HoldVerdict Verdict, HoldSnapshot? Hold, IReadOnlyList<Move> Moves)
{
    public const string NoReport = "no report";

    public static HoldDecision Decide(HoldSnapshot? hold, HoldInput input, DateTimeOffset now) => hold is null
        ? new HoldDecision(HoldVerdict.NotFound, null, [])
        : input switch
        {
            HoldInput.MarkSent sent => DecideMarkSent(hold, now, sent.ReportLimit),
            HoldInput.Report report => DecideReport(hold, report.CostNanos),
            HoldInput.Release release => DecideRelease(hold, release.Reason),
            HoldInput.Suspend suspend => DecideSuspend(hold, suspend.Reason),
            HoldInput.GiveBack giveBack => DecideGiveBack(hold, giveBack.Reason),
            HoldInput.Expire => DecideExpire(hold, now),
            _ => throw new InvalidOperationException($"Unknown input {input}."),
        };

    private static HoldDecision DecideMarkSent(HoldSnapshot hold, DateTimeOffset now, TimeSpan reportLimit) => hold.State switch
    {
        HoldState.Pending => Apply(hold with { State = HoldState.Sent, SentAt = now, ExpiresAt = now + reportLimit }),
        HoldState.Released or HoldState.Expired => Refuse(HoldVerdict.Ended, hold),
        _ => Refuse(HoldVerdict.Repeat, hold),
    };

    // A report may be overtaken by its own posting, or come after the sweep suspended the hold: what is set aside shrinks where it lies. ExpiresAt is left as it
    // is, though it means nothing any longer: it is indexed, and the row's update should touch no index.
    private static HoldDecision DecideReport(HoldSnapshot hold, long cost)
    {
        if (hold.Reported is { } reported)
        {
            return Refuse(reported == cost ? HoldVerdict.Repeat : HoldVerdict.Ended, hold);
        }

        var kept = Math.Min(cost, hold.Held);
        var excess = hold.Held - kept;
        return hold.State switch
        {
            HoldState.Pending or HoldState.Sent => Apply(
                hold with { State = HoldState.Reported, Held = kept, Reported = cost },
                new Move(TransferKind.Release, Account.Held, Account.Available, excess)),
            HoldState.Suspended => Apply(
                hold with { Held = kept, Reported = cost }, new Move(TransferKind.Release, Account.Suspense, Account.Available, excess)),
            HoldState.Posted => Refuse(HoldVerdict.Repeat, hold),
            _ => Refuse(HoldVerdict.Ended, hold),
        };
    }

    // Only what was never reported can be proven unsent by its holder.
    private static HoldDecision DecideRelease(HoldSnapshot hold, string reason) => hold.State switch
    {
        HoldState.Released => Refuse(HoldVerdict.Repeat, hold),
        HoldState.Pending or HoldState.Sent => Apply(
            End(hold, HoldState.Released) with { Reason = reason }, new Move(TransferKind.Release, Account.Held, Account.Available, hold.Held)),
        HoldState.Suspended when hold.Reported is null => Apply(
            End(hold, HoldState.Released) with { Reason = reason }, new Move(TransferKind.Release, Account.Suspense, Account.Available, hold.Held)),
        _ => Refuse(HoldVerdict.Ended, hold),
    };

    private static HoldDecision DecideSuspend(HoldSnapshot hold, string reason) => hold.State switch
    {
        HoldState.Suspended => Refuse(HoldVerdict.Repeat, hold),
        HoldState.Posted when hold.Reason.Length > 0 => Refuse(HoldVerdict.Repeat, hold),
        HoldState.Pending or HoldState.Sent or HoldState.Reported => Apply(
            hold with { State = HoldState.Suspended, Reason = reason.Length > 0 ? reason : "unknown", ExpiresAt = null },
            new Move(TransferKind.Suspense, Account.Held, Account.Suspense, hold.Held)),
        _ => Refuse(HoldVerdict.Ended, hold),
    };

    private static HoldDecision DecideGiveBack(HoldSnapshot hold, string reason) => hold.State switch
    {
        HoldState.Released => Refuse(HoldVerdict.Repeat, hold),
        HoldState.Suspended => Apply(
            End(hold, HoldState.Released) with { Reason = reason }, new Move(TransferKind.Release, Account.Suspense, Account.Available, hold.Held)),
        _ => Refuse(HoldVerdict.Ended, hold),
    };

    private static HoldDecision DecideExpire(HoldSnapshot hold, DateTimeOffset now) => hold.State switch
    {
        HoldState.Pending when hold.ExpiresAt <= now => Apply(
            End(hold, HoldState.Expired), new Move(TransferKind.Release, Account.Held, Account.Available, hold.Held)),
        HoldState.Sent when hold.ExpiresAt <= now => Apply(
            hold with { State = HoldState.Suspended, Reason = NoReport, ExpiresAt = null },
            new Move(TransferKind.Suspense, Account.Held, Account.Suspense, hold.Held)),
        _ => Refuse(HoldVerdict.Repeat, hold),
    };

    /// <summary>Spends from what is set aside; a cost beyond it is overage, the rest of it returns.</summary>
    internal static IEnumerable<Move> Spend(HoldSnapshot hold, Account from, long cost)
    {
        var covered = Math.Min(cost, hold.Held);
        yield return new Move(TransferKind.Settlement, from, Account.Spent, covered);
        yield return new Move(TransferKind.Overage, Account.Overage, Account.Spent, cost - covered);
        yield return new Move(TransferKind.Release, from, Account.Available, hold.Held - covered);
    }

    internal static HoldSnapshot End(HoldSnapshot hold, HoldState state) => hold with { State = state, Held = 0, ExpiresAt = null };

    private static HoldDecision Apply(HoldSnapshot hold, params Move[] moves) => new(HoldVerdict.Apply, hold, moves);

    private static HoldDecision Refuse(HoldVerdict verdict, HoldSnapshot hold) => new(verdict, hold, []);
}
