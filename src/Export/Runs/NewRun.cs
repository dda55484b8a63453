using Platform.Contracts;
using Platform.Export.Files;
using Platform.Export.Jobs;
using Platform.Export.Objects;

namespace Platform.Export.Runs;

/// <summary>Where a run's objects go, and as what.</summary>
internal sealed record RunTarget(string Format, string Bucket, string Prefix);

/// <summary>Rows of runs that have not been written yet.</summary>
internal static class NewRun
{
    /// <summary>The name that one-off runs have in their keys unless they are given one.</summary>
    private const string OneOffName = "one-off";

    /// <summary>
    /// Its id follows from job and due time: a database that was restored to before it makes it again, and writes to where the lost one's files lie instead of beside them, where whoever adds the job's
    /// files up would count the window twice (docs/decisions/0309).
    /// </summary>
    public static RunRow Scheduled(JobRow job, DateTimeOffset dueAt, RunSpan span, TimeZoneInfo zone, DateTimeOffset watermark, DateTimeOffset now) =>
        Of(DerivedId.Of("export run", job.JobId.ToString("D"), $"{dueAt.UtcDateTime:O}"), job.JobId, job.Settings.Name, dueAt, span, zone, TargetOf(job), "", now)
            with { Watermark = watermark };

    public static RunRow OfJob(JobRow job, RunSpan span, TimeZoneInfo zone, string askedBy, DateTimeOffset now) =>
        Of(Guid.CreateVersion7(now), job.JobId, job.Settings.Name, null, span, zone, TargetOf(job), askedBy, now);

    /// <param name="name">Empty for none of its own.</param>
    public static string OneOffNameOf(string name) => name.Length == 0 ? OneOffName : name;

    /// <param name="name">Empty for none of its own.</param>
    public static RunRow OneOff(string name, RunSpan span, TimeZoneInfo zone, RunTarget target, string askedBy, DateTimeOffset now) =>
        Of(Guid.CreateVersion7(now), null, OneOffNameOf(name), null, span, zone, target, askedBy, now);

    /// <summary>The run with its objects where its job now has them; as what they are written stays.</summary>
    public static RunRow Moved(RunRow run, JobRow job)
    {
        var zone = CalendarPeriod.StoredZone(run.TimeZone);
        var (data, manifest) = KeysOf(run.RunId, run.KeyName, run.Span, zone, new RunTarget(run.Format, job.Settings.Bucket, job.Settings.Prefix));
        return run with { Bucket = job.Settings.Bucket, DataKey = data, ManifestKey = manifest };
    }

    private static RunTarget TargetOf(JobRow job) => new(job.Settings.Format, job.Settings.Bucket, job.Settings.Prefix);

    private static RunRow Of(
        Guid runId, Guid? jobId, string name, DateTimeOffset? dueAt, RunSpan span, TimeZoneInfo zone, RunTarget target, string askedBy, DateTimeOffset now)
    {
        var run = new RunRow(
            runId, jobId, name, dueAt, RunStatus.Running, span, zone.Id, Watermark: now, target.Format, target.Bucket, DataKey: "", ManifestKey: "", StartedAt: now,
            CompletedAt: null, Files: null, FailureCount: 0, NextAttemptAt: now, Error: "", askedBy);
        var (data, manifest) = KeysOf(run.RunId, run.KeyName, span, zone, target);
        return run with { DataKey = data, ManifestKey = manifest };
    }

    private static (string Data, string Manifest) KeysOf(Guid runId, string name, RunSpan span, TimeZoneInfo zone, RunTarget target) =>
        ObjectNames.Keys(target.Prefix, name, runId, BillingMonth.Containing(span.From, zone).Name, span.To, FileFormats.ExtensionOf(target.Format));
}
