using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Export.V1;
using Platform.Contracts.Metering.V1;
using Platform.Export.Objects;
using Platform.Export.Runs;

namespace Platform.Export.Tests.S3;

/// <summary>Runs whose files go to S3, read by plain HTTP.</summary>
[Collection(S3ServerCollection.Name)]
public class S3RunTests
{
    private const string Bucket = "finops-artifacts";

    private readonly S3Server _server;

    public S3RunTests(S3Server server)
    {
        _server = server;
        Directory.CreateDirectory(Path.Combine(server.Folder, Bucket));
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_says_where_its_files_are_and_they_are_there_and_are_downloaded()
    {
        await using var export = await TestExport.CreateAsync(s3: _server.Store());
        var run = await export.NewRunAsync();
        Assert.Equal("", run.ToContract().Location);
        await export.Executor.ExecuteAsync(run.RunId, Cancel);

        var completed = (await export.Runs.FindAsync(run.RunId, Cancel))!.ToContract();
        Assert.Equal(
            ("s3", $"s3://{Bucket}/{run.DataKey}", $"s3://{Bucket}/{run.ManifestKey}", $"s3://{Bucket}/{run.DataKey}"),
            (completed.Store, completed.Location, completed.ManifestLocation, completed.Files[0].Location));
        var bytes = await _server.ReadAsync(Bucket, run.DataKey, Cancel);
        Assert.Equal(completed.Sha256, Convert.ToHexStringLower(SHA256.HashData(bytes!)));
        await using var downloaded = await export.Download.OpenAsync(completed.RunId, "", Cancel);
        Assert.Equal(Encoding.UTF8.GetString(bytes!), await new StreamReader(downloaded).ReadToEndAsync(Cancel));
        Assert.Equal(1, await export.CountAsync($"SELECT count(*) FROM outbox WHERE body ->> 'manifestLocation' = 's3://{Bucket}/{run.ManifestKey}'"));
    }

    [Fact]
    public async Task Parquet_in_S3_is_what_its_manifest_says()
    {
        await using var export = await TestExport.CreateAsync(s3: _server.Store());
        var run = await export.NewRunAsync("parquet");
        await export.Executor.ExecuteAsync(run.RunId, Cancel);

        using var manifest = JsonDocument.Parse((await _server.ReadAsync(Bucket, run.ManifestKey, Cancel))!);
        var file = manifest.RootElement.GetProperty("files")[0];
        Assert.Equal(
            [file.GetProperty("row_count").GetRawText(), file.GetProperty("cost_sum").GetString()],
            ParquetFile.Ask($"SELECT count(*)::VARCHAR, sum(cost)::VARCHAR FROM {ParquetFile.At(_server.PathOf(Bucket, run.DataKey))}")[0]);
    }

    [Fact]
    public async Task Run_of_before_the_store_was_changed_is_read_where_it_went_or_says_what_is_missing()
    {
        await using var folder = await TestExport.CreateAsync();
        var old = await folder.NewRunAsync();
        await folder.Executor.ExecuteAsync(old.RunId, Cancel);
        Assert.Equal(("folder", $"{Bucket}/{old.DataKey}"), ((await folder.Runs.FindAsync(old.RunId, Cancel))!.ToContract() is var run ? (run.Store, run.Location) : default));

        await using var s3 = folder.Replica(_server.Store());
        await using (var stream = await s3.Download.OpenAsync(old.RunId.ToString(), "", Cancel))
        {
            Assert.NotEqual(-1, stream.ReadByte());
        }

        var newer = await s3.NewRunAsync();
        await s3.Executor.ExecuteAsync(newer.RunId, Cancel);
        var refusal = await Assert.ThrowsAsync<RpcException>(() => folder.Download.OpenAsync(newer.RunId.ToString(), "", Cancel));
        Assert.Equal((StatusCode.FailedPrecondition, Reasons.StoreNotSetUp), (refusal.StatusCode, RpcErrors.ReasonOf(refusal)));
        Assert.Contains("Export__S3__Region", refusal.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Object_that_somebody_changed_is_not_given_out()
    {
        await using var export = await TestExport.CreateAsync(s3: _server.Store());
        var run = await export.NewRunAsync();
        await export.Executor.ExecuteAsync(run.RunId, Cancel);
        await S3StoreTests.WriteAsync(_server.Store(), Bucket, run.DataKey, "[]\n"u8.ToArray());
        var refusal = await Assert.ThrowsAsync<RpcException>(() => export.Download.OpenAsync(run.RunId.ToString(), "", Cancel));
        Assert.Equal(Reasons.ArtefactCorrupt, RpcErrors.ReasonOf(refusal));
    }

    [Fact]
    public async Task Store_that_keeps_other_bytes_than_were_sent_fails_the_run_without_a_manifest()
    {
        var wire = _server.Wire();
        wire.Answer = request =>
        {
            if (request.Method == HttpMethod.Get && request.RequestUri!.AbsolutePath.EndsWith(".json", StringComparison.Ordinal) && !request.RequestUri.AbsolutePath.Contains("metadata", StringComparison.Ordinal))
            {
                return new HttpResponseMessage(System.Net.HttpStatusCode.OK) { Content = new StringContent("other bytes") };
            }

            return null;
        };
        await using var export = await TestExport.CreateAsync(s3: _server.Store(wire));
        var run = await export.NewRunAsync();
        await export.Executor.ExecuteAsync(run.RunId, Cancel);
        var failed = (await export.Runs.FindAsync(run.RunId, Cancel))!;
        Assert.Equal(RunStatus.Failed, failed.Status);
        Assert.Contains("reads back other bytes", failed.Error, StringComparison.Ordinal);
        Assert.Null(await _server.ReadAsync(Bucket, run.ManifestKey, Cancel));
    }

    [Fact]
    public async Task Bucket_that_is_missing_fails_the_run_which_completes_once_it_is_there()
    {
        await using var export = await TestExport.CreateAsync(s3: _server.Store());
        var run = await export.NewRunAsync();
        Directory.Move(Path.Combine(_server.Folder, Bucket), Path.Combine(_server.Folder, "away"));
        await export.Executor.ExecuteAsync(run.RunId, Cancel);
        var failed = (await export.Runs.FindAsync(run.RunId, Cancel))!;
        Assert.Equal((RunStatus.Failed, $"There is no bucket {Bucket} at S3 ({_server.Endpoint}): create it, or give the job another (kt export-jobs change)."), (failed.Status, failed.Error));

        Directory.Move(Path.Combine(_server.Folder, "away"), Path.Combine(_server.Folder, Bucket));
        export.Time.SetUtcNow(failed.NextAttemptAt!.Value);
        await export.WorkAsync();
        Assert.Equal(RunStatus.Completed, (await export.Runs.FindAsync(run.RunId, Cancel))!.Status);
    }

    [Fact]
    public async Task Run_whose_bucket_cannot_be_had_follows_its_job_to_another_and_the_series_has_no_hole()
    {
        var wire = _server.Wire();
        await using var export = await TestExport.CreateAsync(s3: _server.Store(wire));
        var (ledger, request) = (new Ledger(), TestExport.Weekly());
        export.Read = (run, _) => ledger.Read(run);
        request.Bucket = "finop";
        var due = (await export.Schedule.ExecuteAsync(request, "key_test", Cancel)).NextDueAt!.Value;
        foreach (var week in Enumerable.Range(0, 3))
        {
            ledger.Record(due.AddDays((7 * week) - 1), due.AddDays((7 * week) - 1));
        }

        // The first is missing, the second somebody else's.
        export.Time.SetUtcNow(due);
        await export.WorkAsync();
        wire.Answer = asked => asked.RequestUri!.AbsolutePath.StartsWith("/finop/", StringComparison.Ordinal) ? S3Wire.Refusal(System.Net.HttpStatusCode.Forbidden, "AccessDenied") : null;
        export.Time.SetUtcNow(due.AddDays(7));
        await export.WorkAsync();
        var failed = await export.Runs.ListAsync(null, null, 10, Cancel);
        Assert.All(failed, run => Assert.Contains("give the job another (kt export-jobs change)", run.Error, StringComparison.Ordinal));

        var bucket = _server.NewBucket();
        await export.Change.UpdateAsync(new UpdateJobRequest { Job = request.Name, Bucket = bucket, Prefix = "moved", IdempotencyKey = "change-1" }, "key_test", Cancel);
        using (var scheduler = export.Scheduler())
        {
            await scheduler.StartAsync(Cancel);
            await export.AnswerAsync(export.Retry.ExecuteAsync(new RetryRunRequest { RunId = failed[0].RunId.ToString(), IdempotencyKey = "retry-1" }, Cancel));
            await scheduler.StopAsync(Cancel);
        }

        export.Time.SetUtcNow(due.AddDays(14));
        await export.WorkAsync();
        var runs = await export.Runs.ListAsync(null, null, 10, Cancel);
        Assert.All(runs, run => Assert.Equal((RunStatus.Completed, bucket, true), (run.Status, run.Bucket, run.DataKey.StartsWith("moved/weekly-spend-forecast/data/", StringComparison.Ordinal))));
        Assert.Equal(3, _server.Keys(bucket).Count(key => key.Contains("/metadata/", StringComparison.Ordinal)));
        var written = new List<string>();
        foreach (var key in _server.Keys(bucket).Where(key => key.Contains("/data/", StringComparison.Ordinal)))
        {
            using var file = JsonDocument.Parse((await _server.ReadAsync(bucket, key, Cancel))!);
            written.AddRange(file.RootElement.EnumerateArray().Select(row => row.GetProperty("record_id").GetString()!));
        }

        Assert.Equal(ledger.Records.Select(record => record.RecordId), written.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Run_that_is_whole_where_it_was_to_go_stays_there_when_its_job_goes_elsewhere()
    {
        await using var export = await TestExport.CreateAsync(s3: _server.Store());
        var request = TestExport.Weekly();
        export.Time.SetUtcNow((await export.Schedule.ExecuteAsync(request, "key_test", Cancel)).NextDueAt!.Value);
        await export.Enqueue.ExecuteAsync(Cancel);
        var run = Assert.Single(await export.Runs.ListAsync(null, null, 10, Cancel));
        await export.Writer.WriteAsync(run, Records.Three().ToAsyncEnumerable(), Cancel);
        var bucket = _server.NewBucket();
        await export.Change.UpdateAsync(new UpdateJobRequest { Job = request.Name, Bucket = bucket, IdempotencyKey = "change-1" }, "key_test", Cancel);
        await export.WorkAsync();

        var completed = (await export.Runs.FindAsync(run.RunId, Cancel))!;
        Assert.Equal((RunStatus.Completed, Bucket, run.ManifestKey), (completed.Status, completed.Bucket, completed.ManifestKey));
        Assert.Empty(_server.Keys(bucket));
    }

    /// <summary>
    /// The process that writes dies at each request that it makes: at the last that reaches S3 its answer is lost. Whatever a reader finds then is whole, the export of before is untouched, and
    /// the next try ends with one whole export and no parts that are paid for.
    /// </summary>
    [Fact]
    public async Task Crash_at_any_request_shows_the_old_exports_or_the_new_one_whole_and_the_next_try_completes()
    {
        await using var export = await TestExport.CreateAsync(s3: _server.Store());
        export.Read = (_, _) => LargeAndSmall().ToAsyncEnumerable();
        var old = await export.NewRunAsync();
        await export.Executor.ExecuteAsync(old.RunId, Cancel);
        var (isWritten, cuts, seen) = (false, 0, new HashSet<string>());
        while (!isWritten)
        {
            var run = await export.NewRunAsync();
            var wire = _server.Wire();
            wire.LastRequest = ++cuts;
            await using (var dying = export.Replica(_server.Store(wire)))
            {
                var error = await Record.ExceptionAsync(() => dying.Writer.WriteAsync(run, LargeAndSmall().ToAsyncEnumerable(), Cancel));
                isWritten = error is null;
            }

            seen.Add(await IsWholeAsync(run) ? "new" : "none");
            Assert.True(await IsWholeAsync(old));
            await export.Executor.ExecuteAsync(run.RunId, Cancel);
            Assert.True(await IsWholeAsync(run));
            Assert.Equal(RunStatus.Completed, (await export.Runs.FindAsync(run.RunId, Cancel))!.Status);
            Assert.Empty(S3Wire.Unfinished(_server.Folder, Bucket));
        }

        // Its manifest is looked for; one file in two parts, one in none, read back; the manifest.
        Assert.True(cuts > 10, $"{cuts} cuts");
        Assert.Equal(["new", "none"], seen.Order(StringComparer.Ordinal));
    }

    /// <summary>False when there is no manifest; fails when there is one whose files are not as it says.</summary>
    private async Task<bool> IsWholeAsync(RunRow run)
    {
        if (await _server.ReadAsync(Bucket, run.ManifestKey, Cancel) is not { } bytes)
        {
            return false;
        }

        using var manifest = JsonDocument.Parse(bytes);
        var files = manifest.RootElement.GetProperty("files").EnumerateArray().ToList();
        Assert.Equal(2, files.Count);
        foreach (var file in files)
        {
            var data = await _server.ReadAsync(Bucket, file.GetProperty("key").GetString()!, Cancel);
            Assert.Equal((file.GetProperty("sha256").GetString(), file.GetProperty("bytes").GetInt64()), (Convert.ToHexStringLower(SHA256.HashData(data ?? [])), data?.Length ?? 0));
        }

        return true;
    }

    /// <summary>More than a part of June's, one of July's.</summary>
    private static IEnumerable<UsageRecord> LargeAndSmall()
    {
        var large = new string('x', 64 * 1024);
        foreach (var number in Enumerable.Range(1, 90))
        {
            var record = Records.Of(number);
            record.Event.Tags["large"] = large;
            yield return record;
        }

        var july = Records.Of(100);
        july.BookedAt = Timestamp.FromDateTimeOffset(new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero));
        yield return july;
    }
}
