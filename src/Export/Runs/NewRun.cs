using Platform.Export.Jobs;
using Platform.Export.Objects;

namespace Platform.Export.Runs;

/// <summary>Rows of runs that have not been written yet. The moment they are made is their watermark.</summary>
internal static class NewRun
{
    /// <summary>The name that one-off runs have in their keys.</summary>
    private const string OneOffName = "one-off";

    /// <param name="dueAt">The due time; null when people asked for the run.</param>
    /// <param name="to">Where the job's window ends, exclusively.</param>
    public static RunRow Of(JobRow job, DateTimeOffset? dueAt, DateTimeOffset to, DateTimeOffset now) => Of(
        job.JobId, job.Settings.Name, dueAt, to - JobValidation.WindowLength(job.Settings.Window), to, job.Settings.Format, job.Settings.Bucket,
        job.Settings.Prefix, now);

    public static RunRow OneOff(DateTimeOffset from, DateTimeOffset to, string format, string bucket, string prefix, DateTimeOffset now) =>
        Of(null, OneOffName, null, from, to, format, bucket, prefix, now);

    private static RunRow Of(
        Guid? jobId, string jobName, DateTimeOffset? dueAt, DateTimeOffset from, DateTimeOffset to, string format, string bucket, string prefix,
        DateTimeOffset now)
    {
        var runId = Guid.CreateVersion7(now);
        var (data, manifest) = ObjectNames.Keys(prefix, jobName, runId, from, to);
        return new RunRow(
            runId, jobId, jobName, dueAt, RunStatus.Running, from, to, Watermark: now, format, bucket, data, manifest, StartedAt: now, CompletedAt: null,
            File: null, FailureCount: 0, NextAttemptAt: now, Error: "");
    }
}
