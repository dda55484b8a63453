using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Export.Jobs;
using Platform.Export.Runs;

namespace Platform.Export;

/// <summary>Rows as the contract shows them.</summary>
internal static class Mapping
{
    public static Job ToContract(this JobRow job, RunRow? lastRun) => new()
    {
        JobId = job.JobId.ToString("D"),
        Name = job.Settings.Name,
        Cron = job.Settings.Cron,
        Window = job.Settings.Window,
        Format = job.Settings.Format,
        Bucket = job.Settings.Bucket,
        Prefix = job.Settings.Prefix,
        CreatedAt = job.CreatedAt.ToTimestampUtc(),
        NextDueAt = job.NextDueAt.ToTimestampUtc(),
        LastRun = lastRun?.ToContract(),
    };

    public static Run ToContract(this RunRow run) => new()
    {
        RunId = run.RunId.ToString("D"),
        JobId = run.JobId?.ToString("D") ?? "",
        State = run.Status switch
        {
            RunStatus.Running => RunState.Running,
            RunStatus.Completed => RunState.Completed,
            RunStatus.Failed => RunState.Failed,
        },
        From = run.From.ToTimestampUtc(),
        To = run.To.ToTimestampUtc(),
        Watermark = run.Watermark.ToTimestampUtc(),
        StartedAt = run.StartedAt.ToTimestampUtc(),
        CompletedAt = run.CompletedAt.ToTimestampUtc(),
        Rows = run.File?.Rows ?? 0,
        CostNanos = run.File?.CostNanos ?? 0,
        Currency = run.File?.Currency ?? "",
        DataKey = run.DataKey,
        ManifestKey = run.ManifestKey,
        Sha256 = run.File?.Sha256 ?? "",
        Bytes = run.File?.Bytes ?? 0,
        Error = run.Error,
        Bucket = run.Bucket,
        NextAttemptAt = run.Status == RunStatus.Failed ? run.NextAttemptAt.ToTimestampUtc() : null,
    };
}
