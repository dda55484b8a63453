using Platform.Export.Runs;

namespace Platform.Export.Tests;

/// <summary>A database as version 2 left it, brought to the newest schema and used.</summary>
public class UpgradeTests
{
    private const string Version2 = """
        INSERT INTO export_job VALUES
            ('0190a000-0000-7000-8000-000000000001', 'weekly-spend-forecast', '0 6 * * MON', '7d', 'json', 'finops-artifacts', '', '2026-05-20Z', '2026-06-15 06:00Z'),
            ('0190a000-0000-7000-8000-000000000002', 'gaps', '0 6 * * MON', '24h', 'json', 'finops-artifacts', '', '2026-05-20Z', '2026-06-15 06:00Z');
        INSERT INTO export_run (run_id, job_id, job_name, due_at, state, window_from, window_to, watermark, format, bucket, data_key, manifest_key, started_at,
            completed_at, row_count, unpriced_count, cost_nanos, currency, sha256, bytes, next_attempt_at)
        SELECT ('0190a000-0000-7000-8000-00000000010' || n)::uuid, '0190a000-0000-7000-8000-000000000001', 'weekly-spend-forecast', due, 'completed',
            due - interval '7 days', due, due + interval '1 s', 'json', 'finops-artifacts', 'weekly/data/BILLING_PERIOD=2026-05/f' || n || '.json', 'weekly/m' || n, due,
            due, 3, 1, 450, 'USD', repeat('a', 64), 99, due
        FROM (VALUES (1, timestamptz '2026-06-01 06:00Z'), (2, timestamptz '2026-06-08 06:00Z')) AS old (n, due);
        """;

    private const string Version5 = """
        INSERT INTO export_job (job_id, name, cron, window_name, format, bucket, prefix, created_at, next_due_at)
        VALUES ('0190a000-0000-7000-8000-000000000001', 'weekly', '0 6 * * MON', 'interval', 'csv', 'finops-artifacts', '', '2026-05-20Z', '2026-06-15 06:00Z');
        INSERT INTO export_run (run_id, job_id, job_name, due_at, state, window_from, window_to, watermark, format, bucket, data_key, manifest_key, started_at,
            completed_at, row_count, unpriced_count, cost_nanos, currency, bytes, next_attempt_at, series_from)
        VALUES ('0190a000-0000-7000-8000-000000000101', '0190a000-0000-7000-8000-000000000001', 'weekly', '2026-06-08 06:00Z', 'completed', '2026-06-01 06:00Z', '2026-06-08 06:00Z',
            '2026-06-08 06:00Z', 'csv', 'finops-artifacts', 'd', 'm', '2026-06-08 06:00Z', '2026-06-08 06:00Z', 3, 1, 450, 'USD', 99, '2026-06-08 06:00Z', '2026-06-01 06:00Z');
        INSERT INTO export_file VALUES ('0190a000-0000-7000-8000-000000000101', '2026-06', 'd', 3, 1, 450, 0, 0, 'USD', repeat('a', 64), 99);
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Jobs_and_runs_of_version_2_go_on_as_a_series_from_their_newest_run()
    {
        await using var export = await TestExport.CreateAsync(old: Version2, upTo: 2);
        var old = (await export.Runs.ListAsync(null, null, 10, Cancel)).OrderBy(run => run.DueAt).ToList();
        Assert.All(old, run => Assert.Equal(("2026-05", run.DataKey, 3L, 450L, 99L), (
            run.Files!.All[0].BillingPeriod, run.Files.All[0].Key, run.Files.Figures.Rows, run.Files.Figures.CostNanos, run.Files.Bytes)));
        Assert.Equal([null, old[1].From], old.Select(run => run.Span.SeriesFrom));
        Assert.All(old, run => Assert.Equal(("folder", $"finops-artifacts/{run.DataKey}"), (run.ToContract().Store, run.ToContract().Location)));

        var ledger = new Ledger();
        export.Read = (run, _) => ledger.Read(run);
        var late = ledger.Record(old[1].From.AddDays(1), old[1].Watermark.AddSeconds(1));
        var own = ledger.Record(old[1].To, old[1].To.AddDays(1));
        export.Time.SetUtcNow(old[1].To.AddDays(7));
        await export.WorkAsync();

        var runs = await export.Runs.ListAsync(null, null, 10, Cancel);
        var next = runs.Single(run => run.JobName == "weekly-spend-forecast" && run.DueAt > old[1].DueAt);
        Assert.Equal((old[1].To, old[1].From, old[1].Watermark), (next.From, next.Span.SeriesFrom!.Value, next.Span.RecordedAfter!.Value));
        Assert.Equal([(late.RecordId, true), (own.RecordId, false)], await Ledger.FilesOfAsync(export, next));

        // A job whose windows leave time out goes on as it was, and says so.
        var gap = runs.Single(run => run.JobName == "gaps");
        Assert.Equal((TimeSpan.FromDays(1), null), (gap.To - gap.From, gap.Span.SeriesFrom));
        var shown = (await export.Jobs.FindAsync("gaps", Cancel))!.ToContract(gap, export.Time.GetUtcNow(), TimeZoneInfo.Utc);
        Assert.False(shown.Series);
        Assert.Contains("in no file", shown.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Job_of_version_4_goes_on_as_json_and_can_become_csv()
    {
        const string version4 = """
            INSERT INTO export_job (job_id, name, cron, window_name, format, bucket, prefix, created_at, next_due_at)
            VALUES ('0190a000-0000-7000-8000-000000000001', 'weekly', '0 6 * * MON', 'interval', 'json', 'finops-artifacts', '', '2026-05-20Z', '2026-06-15 06:00Z')
            """;
        await using var export = await TestExport.CreateAsync(old: version4, upTo: 4);
        export.Time.SetUtcNow(new(2026, 6, 15, 6, 0, 0, TimeSpan.Zero));
        await export.WorkAsync();
        await export.Change.UpdateAsync(new() { Job = "weekly", Format = "csv", IdempotencyKey = "1" }, "key_test", Cancel);
        export.Time.Advance(TimeSpan.FromDays(7));
        await export.WorkAsync();

        var runs = (await export.Runs.ListAsync(null, null, 10, Cancel)).OrderBy(run => run.From).ToList();
        Assert.Equal([("json", RunStatus.Completed), ("csv", RunStatus.Completed)], runs.Select(run => (run.Format, run.Status)));
        Assert.Equal(runs[0].To, runs[1].From);
    }

    [Fact]
    public async Task Job_of_version_5_with_its_runs_can_become_focus_and_has_usage_without_a_price()
    {
        await using var export = await TestExport.CreateAsync(old: Version5, upTo: 5);
        await export.Change.UpdateAsync(new() { Job = "weekly", Format = "focus", IdempotencyKey = "1" }, "key_test", Cancel);
        export.Time.SetUtcNow(new(2026, 6, 15, 6, 0, 0, TimeSpan.Zero));
        export.Read = (_, _) => new[] { Records.Of(1, costNanos: null) }.ToAsyncEnumerable();
        await export.WorkAsync();

        var runs = (await export.Runs.ListAsync(null, null, 10, Cancel)).OrderBy(run => run.From).ToList();
        Assert.Equal([("csv", 3L, 1L), ("focus-1.4", 0L, 1L)], runs.Select(run => (run.Format, run.Files!.Figures.Rows, run.Files.Figures.UnpricedRows)));
        Assert.Equal(runs[0].To, runs[1].From);
    }

    [Theory]
    [InlineData("parquet", 1)]
    [InlineData("focus-parquet", 0)]
    public async Task Job_of_version_6_can_become_parquet(string format, long rows)
    {
        await using var export = await TestExport.CreateAsync(old: Version5, upTo: 6);
        await export.Change.UpdateAsync(new() { Job = "weekly", Format = format, IdempotencyKey = "1" }, "key_test", Cancel);
        export.Time.SetUtcNow(new(2026, 6, 15, 6, 0, 0, TimeSpan.Zero));
        export.Read = (_, _) => new[] { Records.Of(1, costNanos: null) }.ToAsyncEnumerable();
        await export.WorkAsync();

        var runs = (await export.Runs.ListAsync(null, null, 10, Cancel)).OrderBy(run => run.From).ToList();
        Assert.Equal([("csv", "folder", 3L, 1L), (format, "folder", rows, 1L)], runs.Select(run => run.ToContract()).Zip(runs, (told, run) => (
            run == runs[0] ? run.Format : Files.FileFormats.Split(run.Format).Format, told.Store, told.Rows, told.UnpricedRecords)));
    }
}
