namespace Platform.Routing.Scheduled;

/// <summary>Where an item of a batch stands. The numbers are the database's.</summary>
internal enum ItemState
{
    /// <summary>For its window, its limits, or until it may be tried again.</summary>
    Waiting = 1,

    /// <summary>A replica has taken it and has not begun: if the replica dies, it waits again.</summary>
    Claimed = 2,

    /// <summary>It may have been sent: if the replica dies, it is never sent again.</summary>
    Started = 3,

    Succeeded = 4,

    Failed = 5,

    /// <summary>It was or may have been sent, and nobody knows what came of it. It is not run again.</summary>
    Unknown = 6,

    Cancelled = 7,
}
