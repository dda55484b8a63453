namespace Platform.Contracts.Events;

/// <summary>An export's manifest was written: from now on a reader may rely on its files. Published by Export from its outbox.</summary>
/// <param name="RunId">The run; also the event's identity.</param>
/// <param name="ManifestKey">Key within the bucket.</param>
/// <param name="ManifestLocation">What a program opens: s3://bucket/key, or of the folder bucket/key. Empty in events of before it was told.</param>
public sealed record ExportCompleted(
    Guid RunId, string JobName, string Bucket, string ManifestKey, long Rows, long CostNanos, string Currency, DateTimeOffset CompletedAt, string ManifestLocation = "");
