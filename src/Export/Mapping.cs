using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Export.Files;
using Platform.Export.Jobs;
using Platform.Export.Objects;
using Platform.Export.Runs;
using Platform.Export.Scheduling;

namespace Platform.Export;

/// <summary>Rows as the contract shows them.</summary>
internal static class Mapping
{
    /// <param name="now">From which on its schedule is looked at.</param>
    /// <param name="zone">Of the books.</param>
    public static Job ToContract(this JobRow job, RunRow? lastRun, DateTimeOffset now, TimeZoneInfo zone)
    {
        var coverage = Schedule.TryParse(job.Settings.Cron, out var expression, out _)
            ? JobWindow.CoverageOf(job.Settings.Window, expression, now, zone)
            : WindowCoverage.Gaps;
        return new Job
        {
            JobId = job.JobId.ToString("D"),
            Name = job.Settings.Name,
            Cron = job.Settings.Cron,
            Window = job.Settings.Window,
            Format = FileFormats.Split(job.Settings.Format).Format,
            FocusVersion = FileFormats.Split(job.Settings.Format).FocusVersion,
            Bucket = job.Settings.Bucket,
            Prefix = job.Settings.Prefix,
            CreatedAt = job.CreatedAt.ToTimestampUtc(),
            NextDueAt = job.NextDueAt.ToTimestampUtc(),
            LastRun = lastRun?.ToContract(),
            CreatedBy = job.CreatedBy,
            ChangedBy = job.ChangedBy,
            PausedAt = job.PausedAt.ToTimestampUtc(),
            RemovedAt = job.RemovedAt.ToTimestampUtc(),
            Series = coverage == WindowCoverage.Whole,
            Warning = JobWindow.WarningOf(coverage, job.Settings),
        };
    }

    public static Run ToContract(this RunRow run)
    {
        var contract = new Run
        {
            RunId = run.RunId.ToString("D"),
            JobId = run.JobId?.ToString("D") ?? "",
            State = run.Status switch
            {
                RunStatus.Running => RunState.Running,
                RunStatus.Completed => RunState.Completed,
                RunStatus.Failed => RunState.Failed,
            },
            Basis = run.Span.Basis switch
            {
                RunBasis.Occurred => Basis.Occurred,
                RunBasis.Booked => Basis.Booked,
            },
            From = run.From.ToTimestampUtc(),
            To = run.To.ToTimestampUtc(),
            Period = run.Span.Period,
            TimeZone = run.TimeZone,
            DueAt = run.DueAt.ToTimestampUtc(),
            SeriesFrom = run.Span.SeriesFrom.ToTimestampUtc(),
            RecordedAfter = run.Span.RecordedAfter.ToTimestampUtc(),
            LateKeptFrom = run.Span.LateKeptFrom.ToTimestampUtc(),
            Watermark = run.Watermark.ToTimestampUtc(),
            StartedAt = run.StartedAt.ToTimestampUtc(),
            CompletedAt = run.CompletedAt.ToTimestampUtc(),
            DataKey = run.DataKey,
            ManifestKey = run.ManifestKey,
            Error = run.Error,
            Bucket = run.Bucket,
            NextAttemptAt = run.Status == RunStatus.Failed ? run.NextAttemptAt.ToTimestampUtc() : null,
            AskedBy = run.AskedBy,
        };
        if (run is { Files: { } files, Store: { } store })
        {
            AddFiles(contract, files, store);
        }

        return contract;
    }

    private static void AddFiles(Run run, RunFiles files, ObjectStoreKind store)
    {
        run.Rows = files.Figures.Rows;
        run.CostNanos = files.Figures.CostNanos;
        run.UnpricedRecords = files.Figures.UnpricedRows;
        run.LateRows = files.Figures.LateRows;
        run.LateCostNanos = files.Figures.LateCostNanos;
        run.Currency = files.Currency;
        run.Bytes = files.Bytes;
        run.DataKey = files.All[0].Key;
        run.Sha256 = files.All[0].Sha256;
        run.Store = store.ToString().ToLowerInvariant();
        run.Location = ObjectStores.LocationOf(store, run.Bucket, run.DataKey);
        run.ManifestLocation = ObjectStores.LocationOf(store, run.Bucket, run.ManifestKey);
        run.Files.AddRange(files.All.Select(file => new RunFile
        {
            BillingPeriod = file.BillingPeriod,
            Key = file.Key,
            Rows = file.Figures.Rows,
            CostNanos = file.Figures.CostNanos,
            LateRows = file.Figures.LateRows,
            LateCostNanos = file.Figures.LateCostNanos,
            Sha256 = file.Sha256,
            Bytes = file.Bytes,
            Location = ObjectStores.LocationOf(store, run.Bucket, file.Key),
        }));
    }
}
