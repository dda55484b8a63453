namespace Platform.Export.Jobs;

/// <summary>What a job is asked to do: equal settings make scheduling the same name again a repeat.</summary>
/// <param name="Cron">Five fields, in UTC, as the caller wrote them.</param>
/// <param name="Format">One of <see cref="Files.FileFormats.Words"/>.</param>
/// <param name="Window">One of <see cref="Scheduling.JobWindow.Names"/>.</param>
internal sealed record JobSettings(string Name, string Cron, string Window, string Format, string Bucket, string Prefix);

/// <param name="NextDueAt">Null when the expression has no further due time, and while the job is paused or removed.</param>
internal sealed record JobRow(Guid JobId, JobSettings Settings, DateTimeOffset CreatedAt, DateTimeOffset? NextDueAt)
{
    /// <summary>Key id; empty for jobs of before it was kept.</summary>
    public string CreatedBy { get; init; } = "";

    /// <summary>Key id of who changed it last.</summary>
    public string ChangedBy { get; init; } = "";

    public DateTimeOffset? PausedAt { get; init; }

    public DateTimeOffset? RemovedAt { get; init; }
}
