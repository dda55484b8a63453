namespace Platform.Routing.Limits;

/// <summary>How a draw ended.</summary>
internal enum DrawOutcome
{
    /// <summary>The count was dropped as unused in this moment: find it anew.</summary>
    Retired,

    /// <summary>Counts cannot be reached, or not in time, and what was given out is used up.</summary>
    Unavailable,

    /// <summary>More than the limit ever gives at once.</summary>
    AboveLimit,

    /// <summary>Nothing is free, or not in the time that the call may wait.</summary>
    Refused,

    Drawn,
}

/// <summary>A call that waits for its part of a limit, in the order of arrival.</summary>
/// <param name="IsPatient">It waits until its time is over; else only for the database's next answer.</param>
/// <param name="Since">By the database's clock, as far as it is known here: over all replicas the one that has waited longest collects first.</param>
internal sealed record LimitWaiter(long Amount, LimitPermit Permit, bool IsPatient, DateTimeOffset Since)
{
    private readonly TaskCompletionSource<DrawOutcome> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What it has already got: a large call collects, so that small ones do not keep it waiting for ever.</summary>
    public long Collected { get; set; }

    public long Missing => Amount - Collected;

    public Task<DrawOutcome> Ended => _ended.Task;

    public void End(DrawOutcome outcome) => _ended.SetResult(outcome);
}
