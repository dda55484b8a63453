namespace Platform.Contracts.Events;

/// <summary>
/// A scheduled export has failed: for good, or so often that somebody should look. What its window holds is in no file until it is completed. Published by Export
/// from its outbox.
/// </summary>
/// <param name="EventId">UUID version 7.</param>
/// <param name="DueAt">The due time that it was made for.</param>
/// <param name="From">What it covers, half open.</param>
/// <param name="Failures">Tries that failed so far.</param>
/// <param name="IsFinal">True: it is not tried again by itself.</param>
/// <param name="Error">What went wrong at the last try.</param>
public sealed record ExportFailed(
    Guid EventId, Guid RunId, string JobName, DateTimeOffset DueAt, DateTimeOffset From, DateTimeOffset To, int Failures, bool IsFinal, string Error,
    DateTimeOffset OccurredAt);
