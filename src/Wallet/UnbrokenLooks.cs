namespace Platform.Wallet;

/// <summary>
/// Since when a loop has looked at the database without a break: what did not come meanwhile was not there. While looks failed, or the process was halted, it could not come. Used by one loop.
/// </summary>
/// <param name="longestGap">Between the end of a look and the next: a longer one is a break, as of a process that was halted. Above the loop's own pause.</param>
internal sealed class UnbrokenLooks(TimeProvider time, TimeSpan longestGap)
{
    // The first look of the row and the end of the last one; null before the first and after one that failed.
    private (DateTimeOffset Since, DateTimeOffset Last)? _looked;

    /// <summary>Begins a look, which has failed unless <see cref="End"/> follows; answers when the first one of the row began.</summary>
    public DateTimeOffset Begin()
    {
        var now = time.GetUtcNow();
        var since = _looked is { } looked && now - looked.Last <= longestGap ? looked.Since : now;
        _looked = null;
        return since;
    }

    /// <param name="since">As <see cref="Begin"/> answered.</param>
    public void End(DateTimeOffset since) => _looked = (since, time.GetUtcNow());
}
