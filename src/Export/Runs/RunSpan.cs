namespace Platform.Export.Runs;

/// <summary>By which date a record belongs to a window.</summary>
internal enum RunBasis
{
    Occurred,

    /// <summary>When finance books it: a closed month has the same records for ever.</summary>
    Booked,
}

/// <summary>What a run covers.</summary>
/// <param name="From">Half open, by the basis.</param>
/// <param name="Period">The month that was asked for, such as 2026-06; empty otherwise.</param>
internal sealed record RunSpan(DateTimeOffset From, DateTimeOffset To, RunBasis Basis = RunBasis.Occurred, string Period = "")
{
    /// <summary>Where the series began that the run belongs to; null for a run beside it.</summary>
    public DateTimeOffset? SeriesFrom { get; init; }

    /// <summary>The watermark of the run before it in the series; null for the first.</summary>
    public DateTimeOffset? RecordedAfter { get; init; }

    /// <summary>What the run has of earlier windows of its series: what occurred from a moment to its own window and was recorded after the run before. Null for nothing.</summary>
    public (DateTimeOffset From, DateTimeOffset RecordedAfter)? Late =>
        SeriesFrom is { } from && RecordedAfter is { } after && from < From ? (from, after) : null;
}
