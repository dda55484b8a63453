using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Export.V1;

namespace Platform.Api.Exports;

/// <param name="Cron">Five fields (minute hour day month weekday), in UTC.</param>
/// <param name="Window">1h, 6h, 24h, 7d or 30d: what a run covers, ending at its due time.</param>
/// <param name="LastRun">Null before the first.</param>
internal sealed record JobBody(
    string JobId, string Name, string Cron, string Window, string Format, string S3Bucket, string S3Prefix, DateTimeOffset? CreatedAt,
    DateTimeOffset? NextDueAt, RunBody? LastRun)
{
    public static JobBody From(Job job) => new(
        job.JobId, job.Name, job.Cron, job.Window, job.Format, job.Bucket, job.Prefix, job.CreatedAt.ToMoment(), job.NextDueAt.ToMoment(),
        job.LastRun is { } run ? RunBody.FromRun(run) : null);
}

/// <summary>One run: what it covers, what it wrote and where.</summary>
/// <param name="JobId">Empty for one-off runs.</param>
/// <param name="State">running, completed or failed.</param>
/// <param name="NextAttemptAt">When a failed run is tried again; null: it is not.</param>
/// <param name="Watermark">Records recorded later are not in it.</param>
/// <param name="Sha256">Of the data file, lower-case hex.</param>
internal sealed record RunBody(
    string RunId, string JobId, string State, DateTimeOffset? From, DateTimeOffset? To, DateTimeOffset? Watermark, DateTimeOffset? StartedAt,
    DateTimeOffset? CompletedAt, long Rows, Money Cost, string Currency, string S3Bucket, string DataKey, string ManifestKey, string Sha256, long Bytes, string Error,
    DateTimeOffset? NextAttemptAt)
{
    // From is a property here.
    public static RunBody FromRun(Run run) => new(
        run.RunId, run.JobId, EnumText.Of(run.State), run.From.ToMoment(), run.To.ToMoment(), run.Watermark.ToMoment(), run.StartedAt.ToMoment(),
        run.CompletedAt.ToMoment(), run.Rows, new(run.CostNanos), run.Currency, run.Bucket, run.DataKey, run.ManifestKey, run.Sha256, run.Bytes, run.Error,
        run.NextAttemptAt.ToMoment());
}
