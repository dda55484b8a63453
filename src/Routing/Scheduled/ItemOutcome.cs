using Platform.Routing.Policies;

namespace Platform.Routing.Scheduled;

/// <summary>What follows an item's run, by the answer that its caller would have got. Pure.</summary>
internal static class ItemOutcome
{
    /// <summary>An item that was refused for a while so often has failed.</summary>
    public const int MaxTries = 20;

    /// <summary>The wallet, or a cap, cannot pay: it waits for an allocation where it may (<see cref="WaitsForFundsUntil"/>), else it has failed.</summary>
    public const int Unfunded = 402;

    /// <summary>After a refusal for lack of funds: how long nothing of the same batch begins.</summary>
    public static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    /// <param name="mayBeBilled">An attempt of it was sent, and what the provider did is not known.</param>
    /// <param name="tries">With this one, but for those that the wallet refused.</param>
    /// <returns><see cref="ItemState.Waiting"/>: it is to be tried again. That is only said when nothing was billed.</returns>
    public static ItemState Decide(int status, bool mayBeBilled, int tries) => status switch
    {
        >= 200 and < 300 => ItemState.Succeeded,
        _ when mayBeBilled => ItemState.Unknown,

        // A limit, or the provider or one of ours that is away, overloaded or set up wrongly: it was not run.
        429 or >= 500 when tries < MaxTries => ItemState.Waiting,
        _ => ItemState.Failed,
    };

    /// <summary>Until when an item that the wallet refused waits for funds: the end of the last window in which its batch may. Not behind now: it has failed.</summary>
    /// <param name="lane">Whose windows it waits for; null when the policy has it no more.</param>
    public static DateTimeOffset WaitsForFundsUntil(ClaimedItem item, RouteLane? lane, DateTimeOffset now) =>
        item.UnfundedUntil ?? (lane is null ? now : LaneWindows.ClosesAt(lane, now, item.Windows));

    /// <summary>How long it waits until then: what it was told, or longer each time.</summary>
    public static TimeSpan Pause(int tries, TimeSpan retryAfter)
    {
        var own = FirstPause * Math.Pow(2, Math.Min(tries - 1, 10));
        var pause = retryAfter > own || own > LongestPause ? LongestPause : own;
        return retryAfter > TimeSpan.Zero && retryAfter < LongestPause ? retryAfter : pause;
    }
}
