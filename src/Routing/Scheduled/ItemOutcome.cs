using Platform.Routing.Policies;

namespace Platform.Routing.Scheduled;

/// <summary>What follows an item's run.</summary>
internal enum ItemStep
{
    /// <summary>It has ended, in <see cref="ItemDecision.State"/>.</summary>
    End,

    /// <summary>The wallet, or a cap, cannot pay, or a freeze keeps it from that: it waits for an allocation, or for the freeze's end, and its batch with it.</summary>
    AwaitFunds,

    /// <summary>A rate limit of the policy was full: it waits as if it had not begun.</summary>
    AwaitLimit,

    /// <summary>A provider, or one of the services here, did not serve it for now.</summary>
    TryAgain,
}

/// <param name="State">Where it ended.</param>
/// <param name="Pause">How long it waits at least.</param>
/// <param name="Until">Until when it may wait; what is refused after that has failed.</param>
internal readonly record struct ItemDecision(ItemStep Step, ItemState State = default, TimeSpan Pause = default, DateTimeOffset Until = default)
{
    public static ItemDecision End(ItemState state) => new(ItemStep.End, state);
}

/// <summary>Decides what follows an item's run, by the answer that its caller would have got. Pure.</summary>
internal static class ItemOutcome
{
    /// <summary>So often at least an item is tried, whenever its last window closes: it may have had its turn just before that.</summary>
    public const int LeastTries = 20;

    /// <summary>After a refusal for lack of funds, or for a freeze: how long nothing of the same batch begins.</summary>
    public static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    /// <summary>An item is only run again when nothing was billed.</summary>
    /// <param name="lane">Whose windows it waits for; null when the policy has it no more: then it waits for none.</param>
    public static ItemDecision Decide(ClaimedItem item, ItemAnswer answer, RouteLane? lane, DateTimeOffset now)
    {
        return answer switch
        {
            { Status: >= 200 and < 300 } => ItemDecision.End(ItemState.Succeeded),
            { MayBeBilled: true } => ItemDecision.End(ItemState.Unknown),
            { IsUnpaid: true } => AwaitFunds(item, item.UnfundedUntil ?? Closes(), now),

            // Nobody was asked, so it was no try: it waits for its turn, as those of its batch do that were not claimed yet.
            { Status: 429, IsSent: false } => new(ItemStep.AwaitLimit, Pause: Pause(item.LimitedTries + 1, answer.RetryAfter, isTold: true)),

            // The provider or one of ours is away, overloaded or set up wrongly, or the policy does not have who serves it: it was not run.
            { Status: 429 or >= 500 } or { IsOfPolicy: true } => TryAgain(item, answer, item.RefusedUntil ?? Closes(), now),
            _ => ItemDecision.End(ItemState.Failed),
        };

        DateTimeOffset Closes() => lane is null ? now : LaneWindows.ClosesAt(lane, now, item.Windows);
    }

    private static ItemDecision AwaitFunds(ClaimedItem item, DateTimeOffset until, DateTimeOffset now) =>
        until > now ? new(ItemStep.AwaitFunds, Pause: Pause(item.UnfundedTries + 1, TimeSpan.Zero, isTold: false), Until: until) : ItemDecision.End(ItemState.Failed);

    private static ItemDecision TryAgain(ClaimedItem item, ItemAnswer answer, DateTimeOffset until, DateTimeOffset now)
    {
        var tries = item.Tries + 1 - item.UnfundedTries - item.LimitedTries;
        var pause = Pause(tries, answer.RetryAfter, isTold: false);
        return tries < LeastTries || now + pause < until ? new(ItemStep.TryAgain, Pause: pause, Until: until) : ItemDecision.End(ItemState.Failed);
    }

    /// <summary>Longer each time, and never less than was told: a provider that is overloaded says "in a second" to everybody.</summary>
    /// <param name="isTold">Who refused knows when there is room: what was told is all of it.</param>
    private static TimeSpan Pause(int tries, TimeSpan retryAfter, bool isTold)
    {
        var grown = FirstPause * Math.Pow(2, Math.Min(tries - 1, 10));
        var pause = retryAfter > TimeSpan.Zero && (isTold || retryAfter > grown) ? retryAfter : grown;
        return pause < LongestPause ? pause : LongestPause;
    }
}
