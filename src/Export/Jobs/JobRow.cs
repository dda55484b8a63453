namespace Platform.Export.Jobs;

/// <summary>What a job is asked to do: equal settings make scheduling the same name again a repeat.</summary>
/// <param name="Cron">Five fields, in UTC, as the caller wrote them.</param>
/// <param name="Window">1h, 6h, 24h, 7d or 30d.</param>
internal sealed record JobSettings(string Name, string Cron, string Window, string Format, string Bucket, string Prefix);

/// <param name="NextDueAt">Null when the expression has no further due time.</param>
internal sealed record JobRow(Guid JobId, JobSettings Settings, DateTimeOffset CreatedAt, DateTimeOffset? NextDueAt);
