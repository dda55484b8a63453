namespace Platform.Routing.Scheduled;

/// <summary>What follows an item's run, by the answer that its caller would have got. Pure.</summary>
internal static class ItemOutcome
{
    /// <summary>An item that was refused for a while so often has failed.</summary>
    public const int MaxTries = 20;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    /// <param name="tries">With this one.</param>
    /// <returns><see cref="ItemState.Waiting"/>: it is to be tried again. That is only said of answers after which nothing was billed.</returns>
    public static ItemState Decide(int status, int tries) => status switch
    {
        >= 200 and < 300 => ItemState.Succeeded,

        // A limit, or the provider or one of ours that is away or overloaded: it was not run.
        429 or 500 or 503 or 529 when tries < MaxTries => ItemState.Waiting,

        // The provider was reached, and what it did is not known.
        502 or 504 => ItemState.Unknown,
        _ => ItemState.Failed,
    };

    /// <summary>How long it waits until then: what it was told, or longer each time.</summary>
    public static TimeSpan Pause(int tries, TimeSpan retryAfter)
    {
        var own = FirstPause * Math.Pow(2, Math.Min(tries - 1, 10));
        var pause = retryAfter > own || own > LongestPause ? LongestPause : own;
        return retryAfter > TimeSpan.Zero && retryAfter < LongestPause ? retryAfter : pause;
    }
}
