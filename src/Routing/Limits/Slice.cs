namespace Platform.Routing.Limits;

/// <summary>A part of a limit that this replica may draw, for a time. Behind its gauge's gate.</summary>
/// <param name="Slot">Where the database counts what is not told to be used elsewhere, or returned.</param>
/// <param name="Deadline">By the monotonic clock.</param>
internal sealed record Slice(long Slot, long Deadline)
{
    public long Left { get; set; }

    /// <summary>What is left was returned; what comes back later is told as a correction.</summary>
    public bool IsClosed { get; set; }
}

/// <summary>What a call drew from a slice.</summary>
/// <param name="Slot">When.</param>
internal readonly record struct SliceDraw(CountGauge Gauge, Slice Slice, long Slot, long Amount);
