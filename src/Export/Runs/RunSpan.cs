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

    /// <summary>From when on earlier windows still had all that the run asks for of them; null while nothing of it was found dropped.</summary>
    public DateTimeOffset? LateKeptFrom { get; init; }

    /// <summary>What the run has of earlier windows of its series: what occurred from a moment to its own window and was recorded after the run before. Null for nothing.</summary>
    public (DateTimeOffset From, DateTimeOffset RecordedAfter)? Late =>
        (LateKeptFrom ?? SeriesFrom) is { } from && RecordedAfter is { } after && from < From ? (from, after) : null;

    /// <summary>What the run should have of earlier windows and cannot: what occurred then and was recorded after the run before. Null for nothing.</summary>
    public (DateTimeOffset From, DateTimeOffset To, DateTimeOffset RecordedAfter)? NotKept =>
        SeriesFrom is { } from && RecordedAfter is { } after && LateKeptFrom is { } to ? (from, to, after) : null;

    /// <summary>
    /// The run without what retention had dropped of earlier windows; null where that does not help: it asks for none of it, or its own window lacks some too, which is the
    /// run's to have whole.
    /// </summary>
    public RunSpan? Without(DateTimeOffset dropped) => Late is { } late && late.From < dropped && dropped <= From ? this with { LateKeptFrom = dropped } : null;
}
