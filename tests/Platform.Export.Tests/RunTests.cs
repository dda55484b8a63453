using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Contracts.Metering.V1;
using Platform.Export.Runs;
using Platform.Export.Scheduling;
using Platform.Testing;

namespace Platform.Export.Tests;

public class RunTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_replicas_make_one_run_and_one_event_of_each_due_time_that_passed()
    {
        await using var export = await TestExport.CreateAsync();
        await using var other = export.Replica();
        await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel);
        export.Time.Advance(TimeSpan.FromDays(20));

        using var one = export.Scheduler();
        using var two = other.Scheduler();
        await Task.WhenAll(one.StartAsync(Cancel), two.StartAsync(Cancel));
        await Eventually.TrueAsync(
            async () => await export.CountAsync("SELECT count(*) FROM export_run WHERE state = 'completed'") == 3, Patience, "the runs");
        await Task.WhenAll(one.StopAsync(Cancel), two.StopAsync(Cancel));

        var runs = (await export.Runs.ListAsync(null, null, 10, Cancel)).OrderBy(run => run.DueAt).ToList();
        var first = new DateTimeOffset(2026, 6, 15, 6, 0, 0, TimeSpan.Zero);
        Assert.Equal(3, runs.Count);
        Assert.All(runs, (run, week) => Assert.Equal(
            (first.AddDays(7 * week), first.AddDays(7 * (week - 1)), first.AddDays(7 * week), export.Time.GetUtcNow()), (run.DueAt!.Value, run.From, run.To, run.Watermark)));
        Assert.Equal(first.AddDays(21), (await export.Jobs.ListAsync(Cancel)).Single().NextDueAt);
        Assert.Equal(3, await export.CountAsync("SELECT count(*) FROM outbox"));
    }

    [Fact]
    public async Task Due_time_is_enqueued_once_however_many_look()
    {
        await using var export = await TestExport.CreateAsync();
        await using var other = export.Replica();
        for (var i = 0; i < 5; i++)
        {
            await export.Schedule.ExecuteAsync(TestExport.Weekly($"job-{i}", $"key-{i}"), "key_test", Cancel);
        }

        export.Time.Advance(TimeSpan.FromDays(7));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? export : other).Enqueue.ExecuteAsync(Cancel)));
        Assert.Equal(5, await export.CountAsync("SELECT count(*) FROM export_run"));
        Assert.False(await export.Enqueue.ExecuteAsync(Cancel));
    }

    [Fact]
    public async Task Run_is_written_by_one_session_at_a_time()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync();
        var held = await RunLock.TryTakeAsync(export.DataSource, run.RunId, Cancel);
        Assert.NotNull(held);
        Assert.False(await export.Executor.ExecuteAsync(run.RunId, Cancel));
        await held.DisposeAsync();
        Assert.True(await export.Executor.ExecuteAsync(run.RunId, Cancel));
        Assert.False(await export.Executor.ExecuteAsync(run.RunId, Cancel));
        Assert.Equal(1, await export.CountAsync("SELECT count(*) FROM outbox"));
    }

    [Fact]
    public async Task Session_that_is_refused_the_lock_keeps_no_place_in_the_pool()
    {
        await using var export = await TestExport.CreateAsync();
        await using var one = NpgsqlDataSource.Create($"{export.ConnectionString};Maximum Pool Size=1;Timeout=20;Options=-c search_path=public,pg_catalog");
        await using (var failing = export.DataSource.CreateCommand(
            "CREATE FUNCTION pg_try_advisory_lock(bigint) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE 'canceling statement due to statement timeout' USING ERRCODE = '57014'; END $$"))
        {
            await failing.ExecuteNonQueryAsync(Cancel);
        }

        // As where an operator has set a limit, or cancels what hangs.
        Assert.Equal(PostgresErrorCodes.QueryCanceled, (await Assert.ThrowsAsync<PostgresException>(() => RunLock.TryTakeAsync(one, Guid.CreateVersion7(), Cancel))).SqlState);
        await using (var mended = export.DataSource.CreateCommand("DROP FUNCTION public.pg_try_advisory_lock(bigint)"))
        {
            await mended.ExecuteNonQueryAsync(Cancel);
        }

        await using var held = await RunLock.TryTakeAsync(one, Guid.CreateVersion7(), Cancel);
        Assert.NotNull(held);
    }

    [Fact]
    public async Task Run_that_a_stop_interrupted_is_taken_up_again_under_its_id()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync();
        using var stop = new CancellationTokenSource();
        export.Read = (_, token) => HangAsync(stop, token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => export.Executor.ExecuteAsync(run.RunId, stop.Token));
        Assert.Equal(RunStatus.Running, (await export.Runs.FindAsync(run.RunId, Cancel))!.Status);

        await using var restarted = export.Replica();
        using var scheduler = restarted.Scheduler();
        await scheduler.StartAsync(Cancel);
        await Eventually.TrueAsync(async () => (await export.Runs.FindAsync(run.RunId, Cancel))!.Status == RunStatus.Completed, Patience, "the run");
        await scheduler.StopAsync(Cancel);
        Assert.True(File.Exists(export.PathOf(run.Bucket, run.ManifestKey)));
    }

    [Fact]
    public async Task Failed_run_shows_its_error_and_is_tried_again_after_a_pause_at_the_same_watermark()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync();
        export.Read = (_, _) => throw new RpcException(new Status(StatusCode.Unavailable, "connection refused"));
        Assert.True(await export.Executor.ExecuteAsync(run.RunId, Cancel));
        var failed = (await export.Runs.FindAsync(run.RunId, Cancel))!;
        Assert.Equal((RunStatus.Failed, 1, TestExport.Start.AddSeconds(5)), (failed.Status, failed.FailureCount, failed.NextAttemptAt));
        Assert.Contains("connection refused", failed.Error, StringComparison.Ordinal);

        Assert.False(await export.Executor.ExecuteAsync(run.RunId, Cancel));
        Assert.Empty(await export.Runs.ListOpenAsync(export.Time.GetUtcNow(), 10, Cancel));
        export.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal([run.RunId], await export.Runs.ListOpenAsync(export.Time.GetUtcNow(), 10, Cancel));
        export.Read = (again, _) => again.Watermark == run.Watermark ? Records.Three().ToAsyncEnumerable() : throw new InvalidOperationException("moved");
        Assert.True(await export.Executor.ExecuteAsync(run.RunId, Cancel));
        var completed = (await export.Runs.FindAsync(run.RunId, Cancel))!;
        Assert.Equal((RunStatus.Completed, "", 123_000L), (completed.Status, completed.Error, completed.Files!.Figures.CostNanos));
    }

    [Fact]
    public async Task Run_that_metering_refuses_ends_as_failed_with_the_reason_and_can_be_asked_for_again()
    {
        await using var export = await TestExport.CreateAsync();
        await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel);
        export.Read = (_, _) => throw new RpcException(new Status(StatusCode.InvalidArgument, "funding must be leased"));
        using var scheduler = export.Scheduler();
        await scheduler.StartAsync(Cancel);
        var request = new RunJobRequest { Job = "weekly-spend-forecast", IdempotencyKey = "now-1" };
        var error = await Assert.ThrowsAsync<RpcException>(() => export.AnswerAsync(export.RunNow.ExecuteAsync(request, "key_test", Cancel)));
        Assert.Equal((StatusCode.FailedPrecondition, Reasons.RunRefused), (error.StatusCode, RpcErrors.ReasonOf(error)));

        var ended = Assert.Single(await export.Runs.ListAsync(null, null, 10, Cancel));
        Assert.Equal((RunStatus.Failed, 1, null), (ended.Status, ended.FailureCount, ended.NextAttemptAt));
        Assert.Equal("Metering refuses (InvalidArgument): funding must be leased", ended.Error);
        Assert.Null(ended.ToContract().NextAttemptAt);
        Assert.False(await export.Executor.ExecuteAsync(ended.RunId, Cancel));
        export.Time.Advance(TimeSpan.FromDays(1));
        Assert.Empty(await export.Runs.ListOpenAsync(export.Time.GetUtcNow(), 10, Cancel));
        var open = await Assert.ThrowsAsync<RpcException>(() => export.Download.OpenAsync(ended.RunId.ToString(), "", Cancel));
        Assert.Contains("is not tried again: Metering refuses", open.Status.Detail, StringComparison.Ordinal);

        export.Read = (_, _) => Records.Three().ToAsyncEnumerable();
        Assert.Equal(RunStatus.Completed, (await export.AnswerAsync(export.RunNow.ExecuteAsync(request, "key_test", Cancel))).Status);
        await scheduler.StopAsync(Cancel);
    }

    [Theory]
    [InlineData(StatusCode.OutOfRange)]
    [InlineData(StatusCode.PermissionDenied)]
    [InlineData(StatusCode.ResourceExhausted)]
    public async Task Run_is_tried_again_after_an_answer_that_may_change(StatusCode code)
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync();
        export.Read = (_, _) => throw new RpcException(new Status(code, "not now"));
        Assert.True(await export.Executor.ExecuteAsync(run.RunId, Cancel));
        Assert.NotNull((await export.Runs.FindAsync(run.RunId, Cancel))!.NextAttemptAt);
    }

    [Fact]
    public void Pauses_double_up_to_a_quarter_of_an_hour()
    {
        int[] failures = [0, 1, 2, 3, 7, 8, 100, int.MaxValue];
        Assert.Equal([5, 10, 20, 40, 640, 900, 900, 900], failures.Select(count => (int)(RunExecutor.NextAttempt(count, TestExport.Start) - TestExport.Start).TotalSeconds));
    }

    [Fact]
    public async Task Run_asked_for_answers_when_its_manifest_is_written_and_its_key_answers_the_same_run()
    {
        await using var export = await TestExport.CreateAsync();
        var job = await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel);
        using var scheduler = export.Scheduler();
        await scheduler.StartAsync(Cancel);
        var request = new RunJobRequest { Job = job.Settings.Name, IdempotencyKey = "now-1" };
        var both = await export.AnswerAsync(Task.WhenAll(export.RunNow.ExecuteAsync(request, "key_test", Cancel), export.RunNow.ExecuteAsync(request, "key_test", Cancel)));
        var third = await export.AnswerAsync(export.RunNow.ExecuteAsync(request, "key_test", Cancel));
        await scheduler.StopAsync(Cancel);

        Assert.All(both, run => Assert.Equal(third, run));
        Assert.Equal((RunStatus.Completed, job.JobId, 3L), (third.Status, third.JobId!.Value, third.Files!.Figures.Rows));
        Assert.Equal(TimeSpan.FromDays(7), third.To - third.From);
        Assert.True(File.Exists(export.PathOf(third.Bucket, third.ManifestKey)));
        Assert.Equal(third, (await export.Runs.LastOfAsync([job.JobId], Cancel))[job.JobId]);
        var conflict = await Assert.ThrowsAsync<RpcException>(() => export.RunNow.ExecuteAsync(new() { Job = "other", IdempotencyKey = "now-1" }, "key_test", Cancel));
        Assert.Equal(Reasons.IdempotencyConflict, RpcErrors.ReasonOf(conflict));
        var unknown = await Assert.ThrowsAsync<RpcException>(() => export.RunNow.ExecuteAsync(new() { Job = "other", IdempotencyKey = "now-2" }, "key_test", Cancel));
        Assert.Equal(Reasons.JobNotFound, RpcErrors.ReasonOf(unknown));
    }

    [Fact]
    public async Task Exact_window_is_kept_to_the_microsecond_and_a_reversed_one_is_refused()
    {
        await using var export = await TestExport.CreateAsync();
        using var scheduler = export.Scheduler();
        await scheduler.StartAsync(Cancel);
        var from = TestExport.Start.AddHours(-1).AddTicks(15);
        var request = new CreateRunRequest
        {
            From = from.ToTimestampUtc(), To = TestExport.Start.ToTimestampUtc(), Format = "json", Bucket = "finops-artifacts", IdempotencyKey = "exact-1",
        };
        var run = await export.AnswerAsync(export.CreateRun.ExecuteAsync(request, "key_test", Cancel));
        await scheduler.StopAsync(Cancel);
        Assert.Equal((from.AddTicks(-5), TestExport.Start), (run.From, run.To));
        (request.From, request.To) = (request.To, request.From);
        var error = await Assert.ThrowsAsync<RpcException>(() => export.CreateRun.ExecuteAsync(request, "key_test", Cancel));
        Assert.Equal(Reasons.WindowInvalid, RpcErrors.ReasonOf(error));

        // As where somebody mistakes the year: an empty file would look like an answer.
        var ahead = new CreateRunRequest(request) { From = TestExport.Start.AddYears(1).ToTimestampUtc(), To = TestExport.Start.AddYears(1).AddDays(1).ToTimestampUtc(), IdempotencyKey = "ahead-1" };
        error = await Assert.ThrowsAsync<RpcException>(() => export.CreateRun.ExecuteAsync(ahead, "key_test", Cancel));
        Assert.Equal(Reasons.WindowInvalid, RpcErrors.ReasonOf(error));
        Assert.Contains("nothing to export yet", error.Status.Detail, StringComparison.Ordinal);
        Assert.Single(await export.Runs.ListAsync(null, null, 10, Cancel));
    }

    [Fact]
    public async Task Failed_run_asked_for_again_is_tried_at_once()
    {
        await using var export = await TestExport.CreateAsync();
        await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel);
        export.Read = (_, _) => throw new RpcException(new Status(StatusCode.Unavailable, "connection refused"));
        using var scheduler = export.Scheduler();
        await scheduler.StartAsync(Cancel);
        var request = new RunJobRequest { Job = "weekly-spend-forecast", IdempotencyKey = "now-1" };
        var error = await Assert.ThrowsAsync<RpcException>(() => export.AnswerAsync(export.RunNow.ExecuteAsync(request, "key_test", Cancel)));
        Assert.Equal((StatusCode.Unavailable, Reasons.DependencyUnavailable), (error.StatusCode, RpcErrors.ReasonOf(error)));

        export.Read = (_, _) => Records.Three().ToAsyncEnumerable();
        var run = await export.AnswerAsync(export.RunNow.ExecuteAsync(request, "key_test", Cancel));
        await scheduler.StopAsync(Cancel);
        Assert.Equal(RunStatus.Completed, run.Status);
    }

    [Fact]
    public async Task Download_gives_the_stored_bytes_and_refuses_changed_ones()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync();
        var open = await Assert.ThrowsAsync<RpcException>(() => export.Download.OpenAsync(run.RunId.ToString(), "", Cancel));
        Assert.Equal((StatusCode.FailedPrecondition, Reasons.RunNotCompleted), (open.StatusCode, RpcErrors.ReasonOf(open)));
        await export.Executor.ExecuteAsync(run.RunId, Cancel);

        var path = export.PathOf(run.Bucket, run.DataKey);
        await using (var stream = await export.Download.OpenAsync(run.RunId.ToString(), "", Cancel))
        {
            using var copy = new MemoryStream();
            await stream.CopyToAsync(copy, Cancel);
            Assert.Equal(await File.ReadAllBytesAsync(path, Cancel), copy.ToArray());
        }

        var bytes = await File.ReadAllBytesAsync(path, Cancel);
        bytes[100] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, Cancel);
        var corrupt = await Assert.ThrowsAsync<RpcException>(() => export.Download.OpenAsync(run.RunId.ToString(), "", Cancel));
        Assert.Equal((StatusCode.DataLoss, Reasons.ArtefactCorrupt), (corrupt.StatusCode, RpcErrors.ReasonOf(corrupt)));
        File.Delete(path);
        Assert.Equal(StatusCode.DataLoss, (await Assert.ThrowsAsync<RpcException>(() => export.Download.OpenAsync(run.RunId.ToString(), "", Cancel))).StatusCode);
        Assert.Equal(Reasons.RunNotFound, RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(() => export.Download.OpenAsync("no-id", "", Cancel))));
    }

    private static async IAsyncEnumerable<UsageRecord> HangAsync(
        CancellationTokenSource stop, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
    {
        yield return Records.Of(1);
        await stop.CancelAsync();
        await Task.Delay(Timeout.Infinite, token);
    }
}
