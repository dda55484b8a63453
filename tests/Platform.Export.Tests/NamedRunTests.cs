using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Export.Objects;
using Platform.Export.Runs;

namespace Platform.Export.Tests;

/// <summary>An export by the words that people know: a length that ends now, a name of its own, what it would hold before it is made, and its file by the name.</summary>
public sealed class NamedRunTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>What kt reconcile asks for by itself is a name that a stranger may have taken, where names are the whole world's.</summary>
    [Theory]
    [InlineData("s3", "", "", true)]
    [InlineData("s3", "", "123456789012", false)]
    [InlineData("s3", "http://ceph.internal:7480", "", false)]
    [InlineData("folder", "", "", false)]
    public async Task Bucket_of_reconcile_is_refused_where_it_may_be_anybodys(string store, string endpoint, string owner, bool isRefused)
    {
        await using var export = await TestExport.CreateAsync();
        var options = export.Options.Value;
        (options.Store, options.S3.Region, options.S3.Endpoint, options.S3.ExpectedBucketOwner) = (Enum.Parse<ObjectStoreKind>(store, ignoreCase: true), "eu-central-1", endpoint, owner);
        var request = new CreateRunRequest { Window = "7d", Format = "json", Bucket = "kt-reconcile", IdempotencyKey = "" };
        var error = await Assert.ThrowsAsync<RpcException>(() => export.CreateRun.ExecuteAsync(request, "key_test", Cancel));

        // Without an idempotency key nothing goes further than what is asked.
        Assert.Equal((StatusCode.InvalidArgument, isRefused), (error.StatusCode, RpcErrors.ReasonOf(error) == Reasons.BucketInvalid));
        Assert.Equal(isRefused, error.Status.Detail.Contains("kt reconcile --s3-bucket", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Preview_has_the_figures_of_the_run_and_leaves_nothing_behind()
    {
        await using var export = await TestExport.CreateAsync();
        using var scheduler = export.Scheduler();
        await scheduler.StartAsync(Cancel);
        var previews = new List<Preview>();
        foreach (var format in new[] { "json", "csv" })
        {
            previews.Add(await export.Preview.ExecuteAsync(new PreviewRequest { Window = "7d", Format = format }, Cancel));
        }

        Assert.Equal((TestExport.Start.AddDays(-7).ToTimestampUtc(), TestExport.Start.ToTimestampUtc()), (previews[0].From, previews[0].To));
        Assert.Equal("record_id string", $"{previews[0].Columns[0].Name} {previews[0].Columns[0].Type}");
        Assert.Equal(0, await export.CountAsync("SELECT count(*) FROM export_run"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(export.Folder));
        foreach (var (preview, format) in previews.Zip(["json", "csv"]))
        {
            var run = await CreateAsync(export, $"as-{format}", "7d", format);
            Assert.Equal(
                (run.Files!.Figures.Rows, run.Files.Figures.CostNanos, run.Files.Bytes, run.Files.Figures.UnpricedRows, run.Files.Currency),
                (preview.Rows, preview.CostNanos, preview.Bytes, preview.UnpricedRecords, preview.Currency));
        }

        await scheduler.StopAsync(Cancel);
    }

    [Fact]
    public async Task Preview_has_the_late_rows_of_the_run()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync("csv");
        var late = Records.Of(1);
        (late.Event.OccurredAt, late.BookedAt) = (run.From.AddDays(-1).ToTimestampUtc(), run.From.ToTimestampUtc());
        export.Read = (_, _) => new[] { late }.ToAsyncEnumerable();

        var preview = await export.Preview.ExecuteAsync(
            new PreviewRequest { From = run.From.ToTimestampUtc(), To = run.To.ToTimestampUtc(), Basis = Basis.Booked, Format = "csv" }, Cancel);

        var files = await export.Writer.WriteAsync(run, export.Read(run, Cancel), Cancel);
        Assert.Equal(1, files.Figures.LateRows);
        Assert.Equal(files.Bytes, preview.Bytes);
    }

    [Fact]
    public async Task Preview_says_what_a_run_would_be_refused_for()
    {
        await using var export = await TestExport.CreateAsync();
        async Task<string?> TryAsync(PreviewRequest request) =>
            RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(() => export.Preview.ExecuteAsync(request, Cancel)));

        Assert.Equal(Reasons.FormatUnsupported, await TryAsync(new() { Window = "7d", Format = "xml" }));
        Assert.Equal(Reasons.WindowInvalid, await TryAsync(new() { Window = "8d", Format = "json" }));
        Assert.Equal(Reasons.WindowInvalid, await TryAsync(new() { Window = "interval", Format = "json" }));
        Assert.Equal(Reasons.WindowInvalid, await TryAsync(new() { From = TestExport.Start.AddDays(1).ToTimestampUtc(), To = TestExport.Start.AddDays(2).ToTimestampUtc(), Format = "json" }));
        Assert.Equal(Reasons.WindowInvalid, await TryAsync(new() { Window = "7d", Period = "2026-06", Format = "json" }));
        export.Read = (_, _) => throw new RpcException(new Status(StatusCode.FailedPrecondition, "not kept"));
        Assert.Equal(Reasons.RunRefused, await TryAsync(new() { Window = "7d", Format = "json" }));
        export.Read = (_, _) => throw new RpcException(new Status(StatusCode.Unavailable, "connection refused"));
        Assert.Equal(Reasons.DependencyUnavailable, await TryAsync(new() { Window = "7d", Format = "json" }));
    }

    [Fact]
    public async Task Previews_beyond_what_a_replica_reads_at_once_are_told_to_come_again_and_one_that_ends_makes_room()
    {
        await using var export = await TestExport.CreateAsync();
        var reading = new TaskCompletionSource();
        using var begun = new SemaphoreSlim(0);
        export.Read = (_, token) => WaitingAsync(token);
        var asked = new PreviewRequest { Window = "7d", Format = "json" };
        var running = Enumerable.Range(0, export.Options.Value.MaxConcurrentPreviews).Select(_ => export.Preview.ExecuteAsync(asked, Cancel)).ToList();
        foreach (var _ in running)
        {
            Assert.True(await begun.WaitAsync(TimeSpan.FromSeconds(20), Cancel), "As many previews as may did not begin to read.");
        }

        var refused = await Assert.ThrowsAsync<RpcException>(() => export.Preview.ExecuteAsync(asked, Cancel));
        Assert.Equal((StatusCode.ResourceExhausted, Reasons.PreviewsBusy), (refused.StatusCode, RpcErrors.ReasonOf(refused)));

        reading.SetResult();
        await Task.WhenAll(running);
        Assert.Equal(3, (await export.Preview.ExecuteAsync(asked, Cancel)).Rows);

        async IAsyncEnumerable<Contracts.Metering.V1.UsageRecord> WaitingAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken token)
        {
            begun.Release();
            await reading.Task.WaitAsync(token);
            foreach (var record in Records.Three())
            {
                yield return record;
            }
        }
    }

    [Fact]
    public async Task Job_does_not_get_the_folder_that_one_off_runs_of_its_name_have_written_into()
    {
        await using var export = await TestExport.CreateAsync();
        using var scheduler = export.Scheduler();
        await scheduler.StartAsync(Cancel);
        await CreateAsync(export, "board", "24h", "csv");
        await scheduler.StopAsync(Cancel);
        var weekly = TestExport.Weekly("board");
        (weekly.Bucket, weekly.Prefix) = ("books", "");
        async Task RefuseAsync(Func<Task> ask) => Assert.Equal(Reasons.FolderTaken, RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(ask)));

        await RefuseAsync(() => export.Schedule.ExecuteAsync(weekly, "key_test", Cancel));
        weekly.Prefix = "weekly";
        await export.Schedule.ExecuteAsync(weekly, "key_test", Cancel);
        await RefuseAsync(() => export.Change.UpdateAsync(new UpdateJobRequest { Job = "board", Prefix = "", IdempotencyKey = "back" }, "key_test", Cancel));
        await export.Change.UpdateAsync(new UpdateJobRequest { Job = "board", Cron = "0 7 * * MON", IdempotencyKey = "later" }, "key_test", Cancel);
    }

    [Fact]
    public async Task Folder_of_a_removed_job_is_neither_another_job_s_nor_a_one_off_run_s()
    {
        await using var export = await TestExport.CreateAsync();
        var weekly = TestExport.Weekly("board");
        (weekly.Bucket, weekly.Prefix) = ("books", "");
        var first = await export.Schedule.ExecuteAsync(weekly, "key_test", Cancel);
        await export.Change.RemoveAsync(new RemoveJobRequest { Job = "board", IdempotencyKey = "before a run" }, "key_test", Cancel);
        weekly.IdempotencyKey = "again";
        var second = await export.Schedule.ExecuteAsync(weekly, "key_test", Cancel);
        Assert.NotEqual(first.JobId, second.JobId);
        export.Time.SetUtcNow(second.NextDueAt!.Value);
        await export.WorkAsync();
        await export.Change.UpdateAsync(new UpdateJobRequest { Job = "board", Prefix = "there", IdempotencyKey = "there" }, "key_test", Cancel);
        await export.Change.UpdateAsync(new UpdateJobRequest { Job = "board", Prefix = "", IdempotencyKey = "and back to its own" }, "key_test", Cancel);
        await export.Change.RemoveAsync(new RemoveJobRequest { Job = "board", IdempotencyKey = "after a run" }, "key_test", Cancel);

        weekly.IdempotencyKey = "once more";
        var refused = await Assert.ThrowsAsync<RpcException>(() => export.Schedule.ExecuteAsync(weekly, "key_test", Cancel));
        Assert.Equal((StatusCode.AlreadyExists, Reasons.FolderTaken), (refused.StatusCode, RpcErrors.ReasonOf(refused)));
        var oneOff = await Assert.ThrowsAsync<RpcException>(() => CreateAsync(export, "board", "24h", "csv"));
        Assert.Equal(Reasons.FolderTaken, RpcErrors.ReasonOf(oneOff));
        weekly.Prefix = "anew";
        await export.Schedule.ExecuteAsync(weekly, "key_test", Cancel);
    }

    [Fact]
    public async Task Folder_that_a_removed_job_s_run_is_still_to_be_written_into_is_nobody_else_s()
    {
        await using var export = await TestExport.CreateAsync();
        var weekly = TestExport.Weekly("board");
        (weekly.Bucket, weekly.Prefix) = ("away", "");
        var job = await export.Schedule.ExecuteAsync(weekly, "key_test", Cancel);
        export.Read = (_, _) => throw new RpcException(new Status(StatusCode.Unavailable, "down"));
        export.Time.SetUtcNow(job.NextDueAt!.Value);
        await export.WorkAsync();
        await export.Change.UpdateAsync(new UpdateJobRequest { Job = "board", Bucket = "books", IdempotencyKey = "where it will go" }, "key_test", Cancel);
        await export.Change.RemoveAsync(new RemoveJobRequest { Job = "board", IdempotencyKey = "before it went" }, "key_test", Cancel);

        (weekly.Bucket, weekly.IdempotencyKey) = ("books", "again");
        Assert.Equal(Reasons.FolderTaken, RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(() => export.Schedule.ExecuteAsync(weekly, "key_test", Cancel))));
        Assert.Equal(Reasons.FolderTaken, RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(() => CreateAsync(export, "board", "24h", "csv"))));

        export.Read = (_, _) => Records.Three().ToAsyncEnumerable();
        export.Time.Advance(TimeSpan.FromHours(1));
        await export.WorkAsync();
        Assert.Equal(("books", RunStatus.Completed), (await export.Runs.ListAsync(null, null, 10, Cancel)) is [var run] ? (run.Bucket, run.Status) : default);
    }

    [Fact]
    public async Task Job_and_one_off_run_of_one_name_at_once_do_not_both_get_the_folder()
    {
        await using var export = await TestExport.CreateAsync();
        for (var round = 0; round < 20; round++)
        {
            var name = $"board-{round}";
            var weekly = TestExport.Weekly(name, $"job-{round}");
            (weekly.Bucket, weekly.Prefix) = ("books", "");
            var request = new CreateRunRequest { Name = name, Window = "24h", Format = "csv", Bucket = "books", IdempotencyKey = $"run-{round}" };
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            var (job, run) = (Task.Run(() => export.Schedule.ExecuteAsync(weekly, "key_test", Cancel), Cancel), Task.Run(() => export.CreateRun.ExecuteAsync(request, "key_test", ending.Token), Cancel));
            await Task.WhenAny(job);
            await ending.CancelAsync();
            await Task.WhenAny(run);
            var runs = await export.CountAsync($"SELECT count(*) FROM export_run WHERE job_name = '{name}'");
            Assert.Equal(1, runs + (job.IsCompletedSuccessfully ? 1 : 0));
        }
    }

    [Fact]
    public async Task One_off_run_without_a_name_stays_out_of_the_folder_of_a_job_called_so()
    {
        await using var export = await TestExport.CreateAsync();
        var job = TestExport.Weekly("one-off");
        job.Prefix = "ai-spend/";
        await export.Schedule.ExecuteAsync(job, "key_test", Cancel);
        var request = new CreateRunRequest { Window = "24h", Format = "json", Bucket = job.Bucket, Prefix = "ai-spend", IdempotencyKey = "1" };
        Assert.Equal(Reasons.FolderTaken, RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(() => export.CreateRun.ExecuteAsync(request, "key_test", Cancel))));
        using var scheduler = export.Scheduler();
        await scheduler.StartAsync(Cancel);
        request.Prefix = "elsewhere";
        Assert.Equal(RunStatus.Completed, (await export.AnswerAsync(export.CreateRun.ExecuteAsync(request, "key_test", Cancel))).Status);
        await scheduler.StopAsync(Cancel);
    }

    /// <summary>Whoever sums a job's folder has everything once.</summary>
    [Fact]
    public async Task Run_by_hand_of_a_job_lies_beside_its_folder_and_follows_it()
    {
        await using var export = await TestExport.CreateAsync();
        var made = await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel);
        using var scheduler = export.Scheduler();
        await scheduler.StartAsync(Cancel);
        var byHand = await export.AnswerAsync(export.RunNow.ExecuteAsync(new() { Job = made.Settings.Name, IdempotencyKey = "1" }, "key_test", Cancel));
        export.Read = (_, _) => throw new RpcException(new Status(StatusCode.Unavailable, "down"));
        await Assert.ThrowsAsync<RpcException>(() => export.AnswerAsync(export.RunNow.ExecuteAsync(new() { Job = made.Settings.Name, IdempotencyKey = "2" }, "key_test", Cancel)));
        await scheduler.StopAsync(Cancel);
        export.Read = (_, _) => Records.Three().ToAsyncEnumerable();
        export.Time.SetUtcNow(made.NextDueAt!.Value);
        await export.Change.UpdateAsync(new UpdateJobRequest { Job = made.Settings.Name, Prefix = "moved", IdempotencyKey = "3" }, "key_test", Cancel);
        await export.WorkAsync();

        Assert.StartsWith("ai-spend/weekly/weekly-spend-forecast.by-hand/data/BILLING_PERIOD=2026-06/weekly-spend-forecast.by-hand-20260610T120000Z-", byHand.DataKey, StringComparison.Ordinal);
        Assert.StartsWith("ai-spend/weekly/weekly-spend-forecast.by-hand/metadata/", byHand.ManifestKey, StringComparison.Ordinal);
        var runs = await export.Runs.ListAsync(null, null, 10, Cancel);
        Assert.All(runs, run => Assert.Equal(RunStatus.Completed, run.Status));
        Assert.Single(runs, run => run.DataKey.StartsWith("moved/weekly-spend-forecast/data/", StringComparison.Ordinal) && run.DueAt is not null);
        Assert.Single(runs, run => run.DataKey.StartsWith("moved/weekly-spend-forecast.by-hand/data/", StringComparison.Ordinal) && run.DueAt is null);
    }

    [Fact]
    public async Task Newest_completed_run_is_downloaded_by_the_name_of_its_job_or_its_own()
    {
        await using var export = await TestExport.CreateAsync();
        var job = await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel);
        var nothing = await Assert.ThrowsAsync<RpcException>(() => export.Download.OpenOfJobAsync(job.Settings.Name, "", Cancel));
        Assert.Equal(Reasons.RunNotCompleted, RpcErrors.ReasonOf(nothing));
        using var scheduler = export.Scheduler();
        await scheduler.StartAsync(Cancel);
        await export.AnswerAsync(export.RunNow.ExecuteAsync(new() { Job = job.Settings.Name, IdempotencyKey = "1" }, "key_test", Cancel));
        export.Read = (_, _) => Records.Three().Take(1).ToAsyncEnumerable();
        var newest = await export.AnswerAsync(export.RunNow.ExecuteAsync(new() { Job = job.Settings.Name, IdempotencyKey = "2" }, "key_test", Cancel));
        var named = await CreateAsync(export, "board", "24h", "csv");
        var taken = await Assert.ThrowsAsync<RpcException>(() => CreateAsync(export, job.Settings.Name, "24h", "csv"));
        Assert.Equal(Reasons.JobExists, RpcErrors.ReasonOf(taken));
        await scheduler.StopAsync(Cancel);

        Assert.Contains("board/data/", named.DataKey, StringComparison.Ordinal);
        foreach (var (name, run) in new[] { (job.Settings.Name, newest), (job.JobId.ToString(), newest), ("board", named), (named.RunId.ToString(), named) })
        {
            await using var stream = await export.Download.OpenOfJobAsync(name, "", Cancel);
            using var copy = new MemoryStream();
            await stream.CopyToAsync(copy, Cancel);
            Assert.Equal(await File.ReadAllBytesAsync(export.PathOf(run.Bucket, run.DataKey), Cancel), copy.ToArray());
        }

        var unknown = await Assert.ThrowsAsync<RpcException>(() => export.Download.OpenOfJobAsync("other", "", Cancel));
        Assert.Equal(Reasons.JobNotFound, RpcErrors.ReasonOf(unknown));
    }

    private static Task<RunRow> CreateAsync(TestExport export, string name, string window, string format) => export.AnswerAsync(export.CreateRun.ExecuteAsync(
        new CreateRunRequest { Name = name, Window = window, Format = format, Bucket = "books", IdempotencyKey = name }, "key_test", Cancel));
}
