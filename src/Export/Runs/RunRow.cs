using Platform.Export.Files;
using Platform.Export.Objects;

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
/// <param name="TimeZone">IANA name of the books' zone, in which its files are parted by billing period.</param>
/// <param name="Watermark">Fixed when the run is made, so every try of it reads the same records.</param>
/// <param name="DataKey">Of its first billing period.</param>
/// <param name="Files">Set once completed.</param>
/// <param name="FailureCount">Tries that failed so far.</param>
/// <param name="NextAttemptAt">Null: the run has ended as failed, since another try would end so too.</param>
/// <param name="AskedBy">Key id; empty for the schedule.</param>
internal sealed record RunRow(
    Guid RunId,
    Guid? JobId,
    string JobName,
    DateTimeOffset? DueAt,
    RunStatus Status,
    RunSpan Span,
    string TimeZone,
    DateTimeOffset Watermark,
    string Format,
    string Bucket,
    string DataKey,
    string ManifestKey,
    DateTimeOffset StartedAt,
    DateTimeOffset? CompletedAt,
    RunFiles? Files,
    int FailureCount,
    DateTimeOffset? NextAttemptAt,
    string Error,
    string AskedBy)
{
    /// <summary>Where its objects are; null until it is completed.</summary>
    public ObjectStoreKind? Store { get; init; }

    /// <summary>What its objects' keys have for the name: its files lie with those of the same alone.</summary>
    public string KeyName => JobId is not null && DueAt is null ? ObjectNames.ByHand(JobName) : JobName;

    public DateTimeOffset From => Span.From;

    public DateTimeOffset To => Span.To;
}
