using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Export.V1;

namespace Platform.Export.Tests;

public class JobChangeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Change_keeps_what_is_not_given_and_says_who_made_it()
    {
        await using var export = await TestExport.CreateAsync();
        var made = await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_ann", Cancel);
        var request = new UpdateJobRequest { Job = made.Settings.Name, Prefix = "other/", IdempotencyKey = "1" };
        Assert.Equal(made.JobId.ToString(), await export.Change.UpdateAsync(request, "key_ben", Cancel));

        var changed = (await export.Jobs.FindAsync(made.Settings.Name, Cancel))!;
        Assert.Equal(made with { Settings = made.Settings with { Prefix = "other/" }, ChangedBy = "key_ben" }, changed);
        Assert.Equal("key_ann", changed.CreatedBy);
        Assert.Equal(made.JobId.ToString(), await export.Change.UpdateAsync(request, "key_ben", Cancel));
    }

    [Theory]
    [InlineData("every monday", "interval", "b-ucket", Reasons.CronInvalid)]
    [InlineData("0 6 * * MON", "24h", "b-ucket", Reasons.WindowInvalid)]
    [InlineData("0 6 * * *", "month", "b-ucket", Reasons.WindowInvalid)]
    [InlineData("0 6 * * MON", "7d", "..", Reasons.BucketInvalid)]
    public async Task Change_is_refused_as_a_new_job_would_be_and_changes_nothing(string cron, string window, string bucket, string reason)
    {
        await using var export = await TestExport.CreateAsync();
        var made = await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_ann", Cancel);
        var request = new UpdateJobRequest { Job = made.Settings.Name, Cron = cron, Window = window, Bucket = bucket, IdempotencyKey = "1" };
        var error = await Assert.ThrowsAsync<RpcException>(() => export.Change.UpdateAsync(request, "key_ben", Cancel));
        Assert.Equal(reason, RpcErrors.ReasonOf(error));
        Assert.Equal(made, await export.Jobs.FindAsync(made.Settings.Name, Cancel));
    }

    [Fact]
    public async Task Paused_job_has_no_due_time_and_its_next_run_covers_the_pause()
    {
        await using var export = await TestExport.CreateAsync();
        var made = await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_ann", Cancel);
        export.Time.SetUtcNow(made.NextDueAt!.Value);
        await export.WorkAsync();
        await export.Change.UpdateAsync(new UpdateJobRequest { Job = made.Settings.Name, Paused = true, IdempotencyKey = "1" }, "key_ann", Cancel);
        var paused = (await export.Jobs.FindAsync(made.Settings.Name, Cancel))!;
        Assert.Equal((null, export.Time.GetUtcNow()), (paused.NextDueAt, paused.PausedAt!.Value));
        export.Time.Advance(TimeSpan.FromDays(20));
        Assert.False(await export.Enqueue.ExecuteAsync(Cancel));

        await export.Change.UpdateAsync(new UpdateJobRequest { Job = made.Settings.Name, Paused = false, IdempotencyKey = "2" }, "key_ann", Cancel);
        export.Time.Advance(TimeSpan.FromDays(7));
        await export.WorkAsync();
        var runs = await export.Runs.ListAsync(null, null, 10, Cancel);
        Assert.Equal((2, made.NextDueAt.Value, made.NextDueAt.Value.AddDays(21)), (runs.Count, runs[0].From, runs[0].To));
    }

    [Fact]
    public async Task Removed_job_is_never_due_keeps_its_runs_and_frees_its_name()
    {
        await using var export = await TestExport.CreateAsync();
        var made = await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_ann", Cancel);
        export.Time.SetUtcNow(made.NextDueAt!.Value);
        await export.WorkAsync();
        var request = new RemoveJobRequest { Job = made.Settings.Name, IdempotencyKey = "1" };
        await export.Change.RemoveAsync(request, "key_ben", Cancel);
        await export.Change.RemoveAsync(request, "key_ben", Cancel);

        Assert.Empty(await export.Jobs.ListAsync(Cancel));
        Assert.Null(await export.Jobs.FindAsync(made.Settings.Name, Cancel));
        Assert.Equal((export.Time.GetUtcNow(), "key_ben"), await export.Jobs.FindAsync(made.JobId.ToString(), Cancel) is { } removed ? (removed.RemovedAt!.Value, removed.ChangedBy) : default);
        Assert.Single((await export.List.ExecuteAsync(new ListRunsRequest { Job = made.JobId.ToString() }, Cancel)).Runs);
        export.Time.Advance(TimeSpan.FromDays(20));
        Assert.False(await export.Enqueue.ExecuteAsync(Cancel));
        var again = await Assert.ThrowsAsync<RpcException>(() => export.Change.RemoveAsync(new RemoveJobRequest { Job = made.JobId.ToString(), IdempotencyKey = "2" }, "key_ben", Cancel));
        Assert.Equal(Reasons.JobNotFound, RpcErrors.ReasonOf(again));
        var run = await Assert.ThrowsAsync<RpcException>(() => export.RunNow.ExecuteAsync(new RunJobRequest { Job = made.JobId.ToString(), IdempotencyKey = "3" }, "key_ben", Cancel));
        Assert.Equal(Reasons.JobNotFound, RpcErrors.ReasonOf(run));

        // A repeat of the first request answers the job that it made, and makes no other.
        Assert.Equal(made.JobId, (await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_ann", Cancel)).JobId);
        Assert.Empty(await export.Jobs.ListAsync(Cancel));
        var anew = TestExport.Weekly(key: "key-2");
        anew.Prefix = "ai-spend/anew/";
        var successor = await export.Schedule.ExecuteAsync(anew, "key_ann", Cancel);
        Assert.NotEqual(made.JobId, successor.JobId);
    }

    [Fact]
    public async Task Runs_beyond_the_newest_thousand_are_on_later_pages()
    {
        await using var export = await TestExport.CreateAsync();
        await using (var insert = export.DataSource.CreateCommand("""
            INSERT INTO export_run (run_id, job_name, state, window_from, window_to, watermark, format, bucket, data_key, manifest_key, started_at, next_attempt_at)
            SELECT gen_random_uuid(), 'one-off', 'running', now() - interval '1 h', now(), now(), 'json', 'b', 'd', 'm', timestamptz '2026-06-01Z' + (n / 7) * interval '1 s', now()
            FROM generate_series(1, 2500) AS n
            """))
        {
            await insert.ExecuteNonQueryAsync(Cancel);
        }

        var seen = new List<Run>();
        var request = new ListRunsRequest { Limit = 1_000 };
        do
        {
            var page = await export.List.ExecuteAsync(request, Cancel);
            seen.AddRange(page.Runs);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        Assert.Equal(2_500, seen.Select(run => run.RunId).Distinct().Count());
        Assert.Equal(seen.OrderByDescending(run => run.StartedAt.ToDateTimeOffset()).Select(run => run.StartedAt), seen.Select(run => run.StartedAt));
        request.PageToken = "abc";
        var error = await Assert.ThrowsAsync<RpcException>(() => export.List.ExecuteAsync(request, Cancel));
        Assert.Equal(Reasons.PageTokenInvalid, RpcErrors.ReasonOf(error));
    }
}
