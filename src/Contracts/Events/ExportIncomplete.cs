namespace Platform.Contracts.Events;

/// <summary>
/// A scheduled export is completed and lacks late records of earlier windows, which retention had dropped before it could carry them: its series of files sums to less than was spent, for good. Once a run.
/// Published by Export from its outbox.
/// </summary>
/// <param name="EventId">UUID version 7.</param>
/// <param name="DueAt">The due time that the run was made for.</param>
/// <param name="From">When what is missing occurred, half open.</param>
/// <param name="RecordedAfter">What is missing was recorded after this moment; what was recorded before is in files of earlier runs.</param>
public sealed record ExportIncomplete(
    Guid EventId, Guid RunId, string JobName, DateTimeOffset DueAt, DateTimeOffset From, DateTimeOffset To, DateTimeOffset RecordedAfter, DateTimeOffset OccurredAt);
