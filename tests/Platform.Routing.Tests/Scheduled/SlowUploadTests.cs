using System.IO.Pipelines;
using System.Text;
using Npgsql;
using Platform.Contracts.Identity.V1;
using Platform.Postgres;
using Platform.Routing.Calls;
using Platform.Routing.Scheduled;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>Files that are sent slowly, at a gateway whose pool has two connections.</summary>
public sealed class SlowUploadTests : WaitingWorkTest
{
    private static readonly Caller TeamA = new("key_1", "Key", Role.Inference, "team_a", "");
    private NpgsqlDataSource? _few;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _few = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionString) { MaxPoolSize = 2, Timeout = 5 }.ConnectionString);
    }

    public override async ValueTask DisposeAsync()
    {
        await _few!.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Slow_senders_hold_no_connection_and_their_files_are_kept_whole()
    {
        var submit = Submit(new ScheduledOptions { Uploads = 10, UploadsPerTeam = 10 }, _few);
        var senders = Enumerable.Range(0, 10).Select(_ => new Pipe()).ToList();
        var uploads = senders.Select(sender => UploadAsync(submit, TeamA, sender)).ToList();
        foreach (var sender in senders)
        {
            await sender.Writer.WriteAsync(Line("a"), Cancel);
        }

        // What calls need of the database is there meanwhile.
        for (var i = 0; i < 20; i++)
        {
            Assert.Empty(await new BatchStore(_few!).ListAsync("team_a", null, 10, Cancel));
        }

        Assert.DoesNotContain(uploads, upload => upload.IsCompleted);
        foreach (var sender in senders)
        {
            await sender.Writer.WriteAsync(Line("b"), Cancel);
            await sender.Writer.CompleteAsync();
        }

        Assert.All(await Task.WhenAll(uploads), answer => Assert.Null(answer.Error));
        Assert.All(await new BatchStore(_few!).ListAsync("team_a", null, 20, Cancel), batch => Assert.Equal((2, 2), (batch.Items, batch.Counts.Waiting)));
    }

    [Fact]
    public async Task Files_above_those_that_may_be_sent_at_once_are_refused_and_a_team_cannot_take_all_slots()
    {
        var submit = Submit(new ScheduledOptions { Uploads = 3, UploadsPerTeam = 2 }, _few);
        var senders = Enumerable.Range(0, 3).Select(_ => new Pipe()).ToList();
        var uploads = new[] { UploadAsync(submit, TeamA, senders[0]), UploadAsync(submit, TeamA, senders[1]), UploadAsync(submit, TeamA with { TeamId = "team_b" }, senders[2]) };
        Assert.Equal(ApiError.TooManyUploads, (await UploadAsync(submit, TeamA, new Pipe())).Error);
        Assert.Equal(ApiError.TooManyUploads, (await UploadAsync(submit, TeamA with { TeamId = "team_c" }, new Pipe())).Error);

        // One who breaks off gives its slot back.
        await senders[0].Writer.CompleteAsync(new IOException("gone"));
        await Assert.ThrowsAsync<IOException>(() => uploads[0]);
        var last = new Pipe();
        var accepted = UploadAsync(submit, TeamA with { TeamId = "team_c" }, last);
        foreach (var sender in senders[1..].Append(last))
        {
            await sender.Writer.WriteAsync(Line("a"), Cancel);
            await sender.Writer.CompleteAsync();
        }

        Assert.All(await Task.WhenAll(uploads[1], uploads[2], accepted), answer => Assert.Null(answer.Error));
    }

    [Fact]
    public async Task Same_file_under_the_same_key_is_one_batch_and_another_a_conflict()
    {
        var submit = Submit(new ScheduledOptions(), _few);
        var answers = await Task.WhenAll(SendAsync("a"), SendAsync("a"), SendAsync("a"));
        Assert.All(answers, answer => Assert.Equal((null, answers[0].BatchId), answer));
        Assert.Equal(ApiError.IdempotencyConflict, (await SendAsync("b")).Error);
        Assert.Single(await new BatchStore(DataSource).ListAsync("team_a", null, 10, Cancel));

        Task<(ApiError? Error, Guid BatchId)> SendAsync(string id) => submit.RunAsync(
            TeamA, CallLabels.Of(""), "scheduled", "file", new BatchWishes("same"), new BatchFile(PipeReader.Create(new MemoryStream(Line(id))), new ScheduledOptions(), 10_000), Cancel);
    }

    /// <summary>It was handed in with the key that its sender has since rotated: a second batch would run and be billed beside the first.</summary>
    [Fact]
    public async Task Same_file_under_the_same_idempotency_key_is_one_batch_across_a_rotation_of_the_senders_key()
    {
        var submit = Submit(new ScheduledOptions(), _few);
        var first = await SendAsync(TeamA);
        Assert.Equal((null, first.BatchId), await SendAsync(TeamA with { KeyId = "key_successor" }));
        Assert.NotEqual(first.BatchId, (await SendAsync(TeamA with { KeyId = "key_other", LineKeyId = "key_other" })).BatchId);

        Task<(ApiError? Error, Guid BatchId)> SendAsync(Caller caller) => submit.RunAsync(
            caller, CallLabels.Of(""), "scheduled", "file", new BatchWishes("rotated"), new BatchFile(PipeReader.Create(new MemoryStream(Line("a"))), new ScheduledOptions(), 10_000), Cancel);
    }

    [Fact]
    public async Task Key_whose_batch_was_deleted_is_refused_with_what_to_do()
    {
        var submit = Submit(new ScheduledOptions(), _few);
        var batchId = (await SendAsync()).BatchId;
        await using (var end = DataSource.CreateCommand("UPDATE batch_item SET state = 4, ended_at = now(); UPDATE batch SET ended_at = now() - interval '8 days'"))
        {
            await end.ExecuteNonQueryAsync(Cancel);
        }

        await new SweepStore(DataSource, new Outbox(TimeProvider.System), TimeProvider.System).SweepAsync(7, Cancel);
        var refused = (await SendAsync()).Error!;
        Assert.Equal((409, "IDEMPOTENCY_CONFLICT"), (refused.Status, refused.Code));
        Assert.Contains($"batch {batchId}, which has ended and was deleted with its answers 7 days later", refused.Message, StringComparison.Ordinal);

        Task<(ApiError? Error, Guid BatchId)> SendAsync() => submit.RunAsync(
            TeamA, CallLabels.Of(""), "scheduled", "file", new BatchWishes("eval"), new BatchFile(PipeReader.Create(new MemoryStream(Line("a"))), new ScheduledOptions(), 10_000), Cancel);
    }

    [Theory]
    [InlineData(3, 429, "send it when a batch has ended")]
    [InlineData(1, 413, "send it in parts")]
    public async Task File_above_what_a_team_may_have_waiting_is_refused_with_what_to_do(int most, int status, string what)
    {
        var submit = Submit(new ScheduledOptions { MaxWaitingItemsPerTeam = most }, _few);
        (ApiError? Error, Guid BatchId) answer = default;
        for (var file = 0; file < 2; file++)
        {
            answer = await submit.RunAsync(
                TeamA, CallLabels.Of(""), "scheduled", "file", new BatchWishes(), new BatchFile(PipeReader.Create(new MemoryStream([.. Line("a"), .. Line("b")])), new ScheduledOptions(), 10_000), Cancel);
        }

        Assert.Equal((status, "too_much_waiting_work", status == 429 ? 60 : 0), (answer.Error!.Status, answer.Error.Code, answer.Error.RetryAfterSeconds));
        Assert.Contains($"may have {most} requests and 2147483648 bytes", answer.Error.Message, StringComparison.Ordinal);
        Assert.Contains(what, answer.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disk_without_room_refuses_files_and_nothing_else()
    {
        var submit = Submit(new ScheduledOptions { SpoolDirectory = "/nowhere/at/all" }, _few);
        Assert.Equal(ApiError.BatchesUnavailable, (await UploadAsync(submit, TeamA, new Pipe())).Error);
    }

    [Fact]
    public async Task Spool_gives_back_what_it_took_and_leaves_nothing_behind()
    {
        var folder = Directory.CreateTempSubdirectory("kt-spool-");
        var lines = Enumerable.Range(0, 50).Select(i => new BatchLine($"id ü {i}", "/v1/chat/completions", Encoding.UTF8.GetBytes(new string('x', i * 5_000)))).ToList();
        await using (var spool = BatchSpool.Create(folder.FullName))
        {
            foreach (var line in lines)
            {
                await spool.AddAsync(line, Cancel);
            }

            Assert.Empty(folder.GetFiles());
            var read = await spool.ReadAsync(Cancel).ToListAsync(Cancel);
            Assert.Equal(lines.Select(line => (line.CustomId, line.Path, Encoding.UTF8.GetString(line.Body))), read.Select(line => (line.CustomId, line.Path, Encoding.UTF8.GetString(line.Body))));
        }

        folder.Delete();
    }

    private static byte[] Line(string id) =>
        Encoding.UTF8.GetBytes($$$"""{"custom_id":"{{{id}}}","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-4o-mini","messages":[]}}""" + "\n");

    private static Task<(ApiError? Error, Guid BatchId)> UploadAsync(SubmitBatch submit, Caller caller, Pipe sender) =>
        submit.RunAsync(caller, CallLabels.Of(""), "scheduled", "file", new BatchWishes(), new BatchFile(sender.Reader, new ScheduledOptions(), 10_000), Cancel);
}
