using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Export.V1;

namespace Platform.Api.Exports;

/// <param name="Cron">Five fields (minute hour day month weekday), in UTC.</param>
/// <param name="Window">What a scheduled run covers: interval (from the previous due time), month (the calendar month that ended), or 1h, 6h, 24h, 7d or 30d.</param>
/// <param name="Series">True: its scheduled runs follow each other and carry what came late, so that their files sum to everything recorded.</param>
/// <param name="Warning">What its windows lose or double; empty for a series.</param>
/// <param name="FocusVersion">Of formats focus and focus-parquet; empty otherwise.</param>
/// <param name="LastRun">Null before the first.</param>
/// <param name="CreatedBy">Key id.</param>
/// <param name="ChangedBy">Key id of who changed it last.</param>
internal sealed record JobBody(
    string JobId, string Name, string Cron, string Window, bool Series, string Warning, string Format, string S3Bucket, string S3Prefix, DateTimeOffset? CreatedAt,
    string CreatedBy, string ChangedBy, DateTimeOffset? PausedAt, DateTimeOffset? RemovedAt, DateTimeOffset? NextDueAt, RunBody? LastRun, string FocusVersion)
{
    public static JobBody From(Job job) => new(
        job.JobId, job.Name, job.Cron, job.Window, job.Series, job.Warning, job.Format, job.Bucket, job.Prefix, job.CreatedAt.ToMoment(), job.CreatedBy, job.ChangedBy,
        job.PausedAt.ToMoment(), job.RemovedAt.ToMoment(), job.NextDueAt.ToMoment(), job.LastRun is { } run ? RunBody.FromRun(run) : null, job.FocusVersion);
}

/// <summary>One run: what it covers, what it wrote and where.</summary>
/// <param name="JobId">Empty for one-off runs.</param>
/// <param name="State">running, completed or failed.</param>
/// <param name="NextAttemptAt">When a failed run is tried again; null: it is not.</param>
/// <param name="Basis">occurred or booked: by which date a record belongs to the window.</param>
/// <param name="Period">The month that was asked for; empty otherwise.</param>
/// <param name="TimeZone">IANA name of the books' zone, whose months the files are.</param>
/// <param name="DueAt">Null unless the schedule made it.</param>
/// <param name="SeriesFrom">Of a run of a series: where that began.</param>
/// <param name="RecordedAfter">Of a run of a series: it also has what was recorded after this moment for earlier windows. Null for the first.</param>
/// <param name="Watermark">Records recorded later are not in it.</param>
/// <param name="LateRows">Of the rows: what occurred before its window.</param>
/// <param name="DataKey">Of the first file.</param>
/// <param name="Sha256">Of the first file, lower-case hex.</param>
/// <param name="Bytes">Of all files.</param>
/// <param name="AskedBy">Key id; empty for the schedule.</param>
/// <param name="Files">One a billing period, in order; none before it is completed.</param>
/// <param name="UnpricedRecords">Records that had no price when they were recorded, and so no cost; a price that came later is a correction's row, here or in a later run. Of FOCUS they are in no row.</param>
/// <param name="Store">Where its objects are: folder or s3; empty before it is completed.</param>
/// <param name="Location">Of the first file what a program opens: s3://bucket/key, or of the folder bucket/key. Empty before it is completed.</param>
/// <param name="ManifestLocation">As location, of the manifest.</param>
/// <param name="LateKeptFrom">Where retention had dropped what came late: from when on the run has it. What occurred from series_from to then and was recorded after recorded_after is in no file. Null otherwise.</param>
internal sealed record RunBody(
    string RunId, string JobId, string State, string Basis, string Period, DateTimeOffset? From, DateTimeOffset? To, string TimeZone, DateTimeOffset? DueAt,
    DateTimeOffset? SeriesFrom, DateTimeOffset? RecordedAfter, DateTimeOffset? Watermark, DateTimeOffset? StartedAt, DateTimeOffset? CompletedAt, long Rows, Money Cost,
    long LateRows, Money LateCost, string Currency, string S3Bucket, string DataKey, string ManifestKey, string Sha256, long Bytes, string Error,
    DateTimeOffset? NextAttemptAt, string AskedBy, IReadOnlyList<RunFileBody> Files, long UnpricedRecords, string Store, string Location, string ManifestLocation,
    DateTimeOffset? LateKeptFrom)
{
    // From is a property here.
    public static RunBody FromRun(Run run) => new(
        run.RunId, run.JobId, EnumText.Of(run.State), EnumText.Of(run.Basis), run.Period, run.From.ToMoment(), run.To.ToMoment(), run.TimeZone, run.DueAt.ToMoment(),
        run.SeriesFrom.ToMoment(), run.RecordedAfter.ToMoment(), run.Watermark.ToMoment(), run.StartedAt.ToMoment(), run.CompletedAt.ToMoment(), run.Rows,
        new(run.CostNanos), run.LateRows, new(run.LateCostNanos), run.Currency, run.Bucket, run.DataKey, run.ManifestKey, run.Sha256, run.Bytes, run.Error,
        run.NextAttemptAt.ToMoment(), run.AskedBy, [.. run.Files.Select(RunFileBody.From)], run.UnpricedRecords, run.Store, run.Location, run.ManifestLocation,
        run.LateKeptFrom.ToMoment());
}

/// <param name="BillingPeriod">The month that its records are booked in, such as 2026-06.</param>
/// <param name="Location">As the run's.</param>
internal sealed record RunFileBody(string BillingPeriod, string Key, long Rows, Money Cost, long LateRows, Money LateCost, string Sha256, long Bytes, string Location)
{
    public static RunFileBody From(RunFile file) => new(
        file.BillingPeriod, file.Key, file.Rows, new(file.CostNanos), file.LateRows, new(file.LateCostNanos), file.Sha256, file.Bytes, file.Location);
}
