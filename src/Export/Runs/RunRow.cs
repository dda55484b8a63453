using Platform.Export.Files;

namespace Platform.Export.Runs;

internal enum RunStatus
{
    Running,
    Completed,

    /// <summary>The last try failed; another follows at <see cref="RunRow.NextAttemptAt"/>, where there is one.</summary>
    Failed,
}

/// <param name="JobId">Null for one-off runs.</param>
/// <param name="DueAt">Set when the schedule made the run.</param>
/// <param name="From">Half open on occurred_at.</param>
/// <param name="Watermark">Fixed when the run is made, so every try of it reads the same records.</param>
/// <param name="File">Set once completed.</param>
/// <param name="FailureCount">Tries that failed so far.</param>
/// <param name="NextAttemptAt">Null: the run has ended as failed, since another try would be refused too.</param>
internal sealed record RunRow(
    Guid RunId,
    Guid? JobId,
    string JobName,
    DateTimeOffset? DueAt,
    RunStatus Status,
    DateTimeOffset From,
    DateTimeOffset To,
    DateTimeOffset Watermark,
    string Format,
    string Bucket,
    string DataKey,
    string ManifestKey,
    DateTimeOffset StartedAt,
    DateTimeOffset? CompletedAt,
    DataFile? File,
    int FailureCount,
    DateTimeOffset? NextAttemptAt,
    string Error);
