using System.Text.Json;
using CsCheck;
using Grpc.Core;
using Platform.Contracts.Events;
using Platform.Contracts.Export.V1;
using Platform.Export.Runs;

namespace Platform.Export.Tests;

/// <summary>The files of a schedule sum to everything recorded, each record once (docs/decisions/0108).</summary>
public class SeriesTests
{
    private static readonly DateTimeOffset FirstDue = new(2026, 6, 15, 6, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_recorded_late_for_an_exported_window_is_in_the_next_file_told_apart()
    {
        await using var export = await TestExport.CreateAsync();
        var ledger = new Ledger();
        export.Read = (run, _) => ledger.Read(run);
        await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel);

        var inTime = ledger.Record(FirstDue.AddDays(-1), FirstDue.AddDays(-1));
        export.Time.SetUtcNow(FirstDue.AddSeconds(1));
        await export.WorkAsync();
        var late = ledger.Record(FirstDue.AddMinutes(-5), FirstDue.AddHours(1), costNanos: 700);
        var beforeTheSeries = ledger.Record(FirstDue.AddDays(-8), FirstDue.AddHours(1));
        var own = ledger.Record(FirstDue.AddDays(2), FirstDue.AddDays(2), costNanos: 50);
        export.Time.SetUtcNow(FirstDue.AddDays(7).AddSeconds(1));
        await export.WorkAsync();

        var runs = await RunsAsync(export);
        Assert.Equal([(inTime.RecordId, false)], await Ledger.FilesOfAsync(export, runs[0]));
        Assert.Equal([(late.RecordId, true), (own.RecordId, false)], await Ledger.FilesOfAsync(export, runs[1]));
        Assert.Equal((2, 750, 1, 700), (runs[1].Files!.Figures.Rows, runs[1].Files!.Figures.CostNanos, runs[1].Files!.Figures.LateRows, runs[1].Files!.Figures.LateCostNanos));
        var manifest = await File.ReadAllTextAsync(export.PathOf(runs[1].Bucket, runs[1].ManifestKey), Cancel);
        Assert.Contains("\"late_from\": \"2026-06-08T06:00:00.000000Z\",\n  \"late_recorded_after\": \"2026-06-15T06:00:01.000000Z\"", manifest, StringComparison.Ordinal);
        Assert.Contains("\"due_at\": \"2026-06-22T06:00:00.000000Z\",\n  \"series_from\": \"2026-06-08T06:00:00.000000Z\"", manifest, StringComparison.Ordinal);
        Assert.Contains("\"late_row_count\": 1,\n      \"late_cost_sum\": \"0.000000700\"", manifest, StringComparison.Ordinal);
        Assert.DoesNotContain(beforeTheSeries.RecordId, (await Ledger.FilesOfAsync(export, runs[1])).Select(row => row.RecordId));
    }

    [Fact]
    public async Task Due_times_missed_beyond_the_bound_are_in_the_oldest_run_that_is_made()
    {
        await using var export = await TestExport.CreateAsync();
        var request = TestExport.Weekly();
        (request.Cron, request.Window) = ("0 * * * *", "1h");
        await export.Schedule.ExecuteAsync(request, "key_test", Cancel);
        export.Time.Advance(TimeSpan.FromHours(1));
        await export.WorkAsync();
        export.Time.Advance(TimeSpan.FromHours(150));
        await export.WorkAsync();

        var runs = await RunsAsync(export);
        Assert.Equal(101, runs.Count);
        Assert.Equal(TimeSpan.FromHours(51), runs[1].To - runs[1].From);
        Assert.All(runs.Zip(runs.Skip(1)), pair => Assert.Equal(pair.First.To, pair.Second.From));
        Assert.Equal(export.Time.GetUtcNow(), runs[^1].To);
        Assert.All(runs.Zip(runs.Skip(1)), pair => Assert.True(pair.First.StartedAt < pair.Second.StartedAt, "The newest run is the one whose window ends last."));
    }

    [Fact]
    public async Task Overlapping_windows_that_were_missed_leave_nothing_out()
    {
        await using var export = await TestExport.CreateAsync();
        var ledger = new Ledger();
        export.Read = (run, _) => ledger.Read(run);
        var request = TestExport.Weekly();
        (request.Cron, request.Window) = ("0 6 * * *", "7d");
        await export.Schedule.ExecuteAsync(request, "key_test", Cancel);
        export.Time.SetUtcNow(FirstDue.AddSeconds(1));
        await export.WorkAsync();
        var missed = Enumerable.Range(0, 30).Select(day => ledger.Record(FirstDue.AddDays(day).AddHours(1), FirstDue.AddDays(day).AddHours(1)).RecordId).ToList();
        export.Time.SetUtcNow(FirstDue.AddDays(30).AddSeconds(1));
        await export.WorkAsync();

        var runs = (await RunsAsync(export)).Where(run => run.DueAt > FirstDue).ToList();
        Assert.Equal([2, 9, 16, 23, 30], runs.Select(run => (run.DueAt!.Value - FirstDue).Days));
        var files = new List<string>();
        foreach (var run in runs)
        {
            files.AddRange((await Ledger.FilesOfAsync(export, run)).Select(row => row.RecordId));
        }

        Assert.Empty(missed.Except(files));
        Assert.Equal(runs[^1].RunId, (await export.Runs.ListAsync(runs[0].JobId, after: null, limit: 1, Cancel)).Single().RunId);

        // The next day, and after a short absence, the latest alone.
        export.Time.Advance(TimeSpan.FromDays(3));
        await export.WorkAsync();
        Assert.Equal(33, ((await RunsAsync(export)).Where(run => run.DueAt > FirstDue).Skip(5).Single().DueAt!.Value - FirstDue).Days);
    }

    [Fact]
    public async Task Database_restored_to_before_a_run_writes_that_runs_files_over_instead_of_beside_them()
    {
        await using var export = await TestExport.CreateAsync();
        var ledger = new Ledger();
        export.Read = (run, _) => ledger.Read(run);
        await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel);
        var inTime = ledger.Record(FirstDue.AddDays(-1), FirstDue.AddDays(-1));
        export.Time.SetUtcNow(FirstDue.AddSeconds(1));
        await export.WorkAsync();

        // The dump was taken right before: it has the job and its due time, and the bucket has what came of it.
        await using (var restore = export.DataSource.CreateCommand("DELETE FROM export_file; DELETE FROM export_run; UPDATE export_job SET next_due_at = '2026-06-15 06:00Z'"))
        {
            await restore.ExecuteNonQueryAsync(Cancel);
        }

        var late = ledger.Record(FirstDue.AddMinutes(-5), FirstDue.AddMinutes(30));
        export.Time.SetUtcNow(FirstDue.AddHours(1));
        await export.WorkAsync();

        var run = Assert.Single(await RunsAsync(export));
        Assert.Equal([(inTime.RecordId, false), (late.RecordId, false)], await Ledger.FilesOfAsync(export, run));
        Assert.Equal(
            [export.PathOf(run.Bucket, run.DataKey), export.PathOf(run.Bucket, run.ManifestKey)],
            Directory.EnumerateFiles(Path.Combine(export.Folder, run.Bucket), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Failed_run_keeps_its_records_and_a_retry_writes_exactly_them()
    {
        await using var export = await TestExport.CreateAsync();
        var ledger = new Ledger();
        export.Read = (_, _) => throw new RpcException(new Status(StatusCode.FailedPrecondition, "not kept"));
        await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel);
        var owed = ledger.Record(FirstDue.AddDays(-1), FirstDue.AddDays(-1));
        export.Time.SetUtcNow(FirstDue.AddSeconds(1));
        await export.WorkAsync();
        export.Read = (run, _) => ledger.Read(run);
        var next = ledger.Record(FirstDue.AddDays(1), FirstDue.AddDays(1));
        export.Time.SetUtcNow(FirstDue.AddDays(7).AddSeconds(1));
        await export.WorkAsync();

        var failed = (await RunsAsync(export))[0];
        Assert.Equal((RunStatus.Failed, null), (failed.Status, failed.NextAttemptAt));
        using var scheduler = export.Scheduler();
        await scheduler.StartAsync(Cancel);
        var request = new RetryRunRequest { RunId = failed.RunId.ToString(), IdempotencyKey = "retry-1" };
        var retried = await export.AnswerAsync(export.Retry.ExecuteAsync(request, Cancel));
        Assert.Equal(retried, await export.AnswerAsync(export.Retry.ExecuteAsync(request, Cancel)));
        await scheduler.StopAsync(Cancel);
        Assert.Equal((RunStatus.Completed, failed.Watermark), (retried.Status, retried.Watermark));
        Assert.Equal([(owed.RecordId, false)], await Ledger.FilesOfAsync(export, retried));
        Assert.Equal([(next.RecordId, false)], await Ledger.FilesOfAsync(export, (await RunsAsync(export))[1]));
    }

    [Fact]
    public async Task What_was_dropped_before_it_could_be_exported_late_is_named_and_the_rest_is_exported()
    {
        await using var export = await TestExport.CreateAsync();
        var ledger = new Ledger();
        export.Read = (run, _) => ledger.Read(run);
        await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel);
        ledger.Record(FirstDue.AddDays(-1), FirstDue.AddDays(-1));
        export.Time.SetUtcNow(FirstDue.AddSeconds(1));
        await export.WorkAsync();

        ledger.Record(FirstDue.AddDays(-6), FirstDue.AddHours(1));
        var late = ledger.Record(FirstDue.AddDays(-2), FirstDue.AddHours(1));
        var own = ledger.Record(FirstDue.AddDays(2), FirstDue.AddDays(2));
        ledger.Drop(before: FirstDue.AddDays(-3));
        export.Time.SetUtcNow(FirstDue.AddDays(7).AddSeconds(1));
        await export.WorkAsync();
        var next = ledger.Record(FirstDue.AddDays(8), FirstDue.AddDays(8));
        export.Time.SetUtcNow(FirstDue.AddDays(14).AddSeconds(1));
        await export.WorkAsync();

        var runs = await RunsAsync(export);
        Assert.Equal([(late.RecordId, true), (own.RecordId, false)], await Ledger.FilesOfAsync(export, runs[1]));
        Assert.Equal(FirstDue.AddDays(-3), runs[1].ToContract().LateKeptFrom.ToDateTimeOffset());
        var manifest = await ManifestAsync(export, runs[1]);
        Assert.Equal("2026-06-12T06:00:00.000000Z", manifest.GetProperty("late_from").GetString());
        var lacks = manifest.GetProperty("not_kept");
        Assert.Equal(
            ("2026-06-08T06:00:00.000000Z", "2026-06-12T06:00:00.000000Z", "2026-06-15T06:00:01.000000Z"),
            (lacks.GetProperty("from").GetString(), lacks.GetProperty("to").GetString(), lacks.GetProperty("recorded_after").GetString()));
        Assert.Contains("kt spend", lacks.GetProperty("note").GetString(), StringComparison.Ordinal);

        // It is told once, of that run.
        await using var told = export.DataSource.CreateCommand($"SELECT body::text FROM outbox WHERE message_type = '{typeof(ExportIncomplete).FullName}'");
        await using (var reader = await told.ExecuteReaderAsync(Cancel))
        {
            Assert.True(await reader.ReadAsync(Cancel));
            var incomplete = JsonSerializer.Deserialize<ExportIncomplete>(reader.GetString(0), JsonSerializerOptions.Web)!;
            Assert.Equal(
                (runs[1].RunId, "weekly-spend-forecast", runs[1].DueAt, FirstDue.AddDays(-7), FirstDue.AddDays(-3), FirstDue.AddSeconds(1)),
                (incomplete.RunId, incomplete.JobName, incomplete.DueAt, incomplete.From, incomplete.To, incomplete.RecordedAfter));
            Assert.False(await reader.ReadAsync(Cancel));
        }

        // Nothing of what was dropped was recorded since then: the next one asks for all again and lacks nothing.
        Assert.Equal([(next.RecordId, false)], await Ledger.FilesOfAsync(export, runs[2]));
        Assert.Null(runs[2].Span.LateKeptFrom);
        Assert.Equal(JsonValueKind.Null, (await ManifestAsync(export, runs[2])).GetProperty("not_kept").ValueKind);
    }

    [Fact]
    public async Task Drop_up_to_the_window_leaves_the_window_and_one_into_it_still_refuses_the_run()
    {
        await using var export = await TestExport.CreateAsync();
        var ledger = new Ledger();
        export.Read = (run, _) => ledger.Read(run);
        await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel);
        export.Time.SetUtcNow(FirstDue.AddSeconds(1));
        await export.WorkAsync();

        ledger.Record(FirstDue.AddDays(-1), FirstDue.AddHours(1));
        var own = ledger.Record(FirstDue.AddDays(2), FirstDue.AddDays(2));
        ledger.Drop(before: FirstDue);
        export.Time.SetUtcNow(FirstDue.AddDays(7).AddSeconds(1));
        await export.WorkAsync();
        ledger.Drop(before: FirstDue.AddDays(8));
        ledger.Record(FirstDue.AddDays(9), FirstDue.AddDays(9));
        export.Time.SetUtcNow(FirstDue.AddDays(14).AddSeconds(1));
        await export.WorkAsync();
        Assert.Equal([(own.RecordId, false)], await Ledger.FilesOfAsync(export, (await RunsAsync(export))[1]));
        Assert.Equal(RunStatus.Completed, (await RunsAsync(export))[2].Status);

        ledger.Record(FirstDue.AddDays(15), FirstDue.AddDays(15));
        ledger.Drop(before: FirstDue.AddDays(16));
        export.Time.SetUtcNow(FirstDue.AddDays(21).AddSeconds(1));
        await export.WorkAsync();
        var refused = (await RunsAsync(export))[3];
        Assert.Equal((RunStatus.Failed, null, null), (refused.Status, refused.NextAttemptAt, refused.Span.LateKeptFrom));
    }

    /// <summary>Usage that comes late or not, failures, restarts, pauses and changes of the schedule in any order.</summary>
    [Fact]
    public async Task Files_hold_every_record_exactly_once_whatever_happens()
    {
        var steps = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 400], Gen.Int[0, 500]).Array[5, 40];
        await steps.SampleAsync(RunAsync, iter: 25, threads: 1);
    }

    private static async Task RunAsync((int What, int Hours, int LateHours)[] steps)
    {
        await using var export = await TestExport.CreateAsync();
        var ledger = new Ledger();
        var replica = export;
        var fails = false;
        export.Read = (run, _) => fails ? throw new RpcException(new Status(StatusCode.Unavailable, "down")) : ledger.Read(run);
        await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel);
        string[] crons = ["0 6 * * MON", "0 6 * * *", "30 7 2 * *"];
        for (var number = 0; number < steps.Length; number++)
        {
            var (what, hours, lateHours) = steps[number];
            export.Time.Advance(TimeSpan.FromHours(hours) + TimeSpan.FromMilliseconds(1));
            ledger.Record(export.Time.GetUtcNow().AddHours(-lateHours), export.Time.GetUtcNow());
            var change = new UpdateJobRequest { Job = "weekly-spend-forecast", IdempotencyKey = $"step-{number}" };
            switch (what)
            {
                case 0:
                    fails = !fails;
                    break;
                case 1:
                    (change.Cron, change.Window) = (crons[hours % 3], hours % 3 == 2 ? "month" : "interval");
                    await export.Change.UpdateAsync(change, "key_test", Cancel);
                    break;
                case 2:
                    change.Paused = hours % 2 == 0;
                    await export.Change.UpdateAsync(change, "key_test", Cancel);
                    break;
                case 3:
                    replica = export.Replica();
                    replica.Read = export.Read;
                    break;
                default:
                    await replica.WorkAsync();
                    break;
            }
        }

        fails = false;
        await export.Change.UpdateAsync(
            new UpdateJobRequest { Job = "weekly-spend-forecast", Cron = "0 6 * * MON", Window = "interval", Paused = false, IdempotencyKey = "end" }, "key_test", Cancel);
        export.Time.Advance(TimeSpan.FromDays(8));
        await export.WorkAsync();
        await AssertOnceAsync(export, ledger);
    }

    private static async Task AssertOnceAsync(TestExport export, Ledger ledger)
    {
        var runs = await RunsAsync(export);
        Assert.All(runs, run => Assert.Equal(RunStatus.Completed, run.Status));
        var owed = ledger.Records.Where(record => record.Event.OccurredAt.ToDateTimeOffset() is var moment && moment >= runs[0].From && moment < runs[^1].To
            && record.RecordedAt.ToDateTimeOffset() <= runs[^1].Watermark).Select(record => record.RecordId);
        var written = new List<string>();
        foreach (var run in runs)
        {
            written.AddRange((await Ledger.FilesOfAsync(export, run)).Select(row => row.RecordId));
        }

        Assert.Equal(owed.Order(), written.Order());
    }

    private static async Task<JsonElement> ManifestAsync(TestExport export, RunRow run)
    {
        using var document = JsonDocument.Parse(await File.ReadAllBytesAsync(export.PathOf(run.Bucket, run.ManifestKey), Cancel));
        return document.RootElement.Clone();
    }

    private static async Task<List<RunRow>> RunsAsync(TestExport export) => [.. (await export.Runs.ListAsync(null, null, 1_000, Cancel)).OrderBy(run => run.From)];
}
