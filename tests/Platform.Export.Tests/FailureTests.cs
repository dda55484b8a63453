using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Export.V1;
using Platform.Export.Runs;

namespace Platform.Export.Tests;

/// <summary>Which failures end a run, and which ones people are told of.</summary>
public class FailureTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scheduled_run_that_ends_as_failed_is_told_once_with_its_window()
    {
        await using var export = await TestExport.CreateAsync();
        var job = await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_ann", Cancel);
        export.Read = (_, _) => throw new RpcException(new Status(StatusCode.FailedPrecondition, "no longer kept"));
        export.Time.SetUtcNow(job.NextDueAt!.Value);
        await export.WorkAsync();
        export.Time.Advance(TimeSpan.FromHours(1));
        await export.WorkAsync();

        var run = Assert.Single(await export.Runs.ListAsync(null, null, 10, Cancel));
        var told = Assert.Single(await ToldAsync(export));
        Assert.Equal(
            (run.RunId, "weekly-spend-forecast", run.DueAt, run.From, run.To, 1, true, run.Error),
            (told.RunId, told.JobName, told.DueAt, told.From, told.To, told.Failures, told.IsFinal, told.Error));
    }

    [Fact]
    public async Task Scheduled_run_that_is_tried_in_vain_is_told_at_its_fifth_failure_alone()
    {
        await using var export = await TestExport.CreateAsync();
        var job = await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_ann", Cancel);
        export.Read = (_, _) => throw new RpcException(new Status(StatusCode.Unavailable, "refused"));
        export.Time.SetUtcNow(job.NextDueAt!.Value);
        for (var tries = 1; tries <= 8; tries++)
        {
            await export.WorkAsync();
            Assert.Equal(tries < FailRun.ToldAtFailure ? 0 : 1, (await ToldAsync(export)).Count);
            export.Time.Advance(TimeSpan.FromMinutes(15));
        }

        Assert.Equal((5, false), ((await ToldAsync(export))[0].Failures, (await ToldAsync(export))[0].IsFinal));
    }

    [Fact]
    public async Task Wallet_that_does_not_answer_is_not_taken_for_Metering()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync("focus-1.4");
        export.Teams = () => throw new RpcException(new Status(StatusCode.Unavailable, "connection refused"));
        await export.Executor.ExecuteAsync(run.RunId, Cancel);

        var failed = (await export.Runs.FindAsync(run.RunId, Cancel))!;
        Assert.Equal("Wallet does not say the teams' names (Unavailable): connection refused", failed.Error);
        Assert.NotNull(failed.NextAttemptAt);
        var preview = await Assert.ThrowsAsync<RpcException>(() => export.Preview.ExecuteAsync(new PreviewRequest { Window = "7d", Format = "focus" }, Cancel));
        Assert.Equal((StatusCode.Unavailable, Reasons.DependencyUnavailable), (preview.StatusCode, RpcErrors.ReasonOf(preview)));
        Assert.StartsWith("Wallet does not say", preview.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reason_of_any_length_and_script_is_kept_with_its_run()
    {
        await using var export = await TestExport.CreateAsync();
        Assert.Equal(new string('x', 499), await ErrorAsync(new string('x', 499) + "😀😀"));
        Assert.Equal("ab\uFFFD", await ErrorAsync("a\0b\uD83D"));

        async Task<string> ErrorAsync(string reason)
        {
            var run = await export.NewRunAsync();
            export.Read = (_, _) => throw new InvalidDataException(reason);
            await export.Executor.ExecuteAsync(run.RunId, Cancel);
            return (await export.Runs.FindAsync(run.RunId, Cancel))!.Error;
        }
    }

    [Fact]
    public async Task Run_that_somebody_waits_for_is_not_told_of()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync();
        export.Read = (_, _) => throw new RpcException(new Status(StatusCode.FailedPrecondition, "no longer kept"));
        await export.Executor.ExecuteAsync(run.RunId, Cancel);
        Assert.Equal(RunStatus.Failed, (await export.Runs.FindAsync(run.RunId, Cancel))!.Status);
        Assert.Empty(await ToldAsync(export));
    }

    [Fact]
    public async Task Records_that_cannot_be_one_export_end_the_run()
    {
        await using var export = await TestExport.CreateAsync();
        var mixed = await export.NewRunAsync();
        export.Read = (_, _) => new[] { Records.Of(1), Records.Of(2, currency: "EUR") }.ToAsyncEnumerable();
        await export.Executor.ExecuteAsync(mixed.RunId, Cancel);
        var tooMuch = await export.NewRunAsync();
        export.Read = (_, _) => new[] { Records.Of(1, long.MaxValue), Records.Of(2) }.ToAsyncEnumerable();
        await export.Executor.ExecuteAsync(tooMuch.RunId, Cancel);

        var runs = await export.Runs.ListAsync(null, null, 10, Cancel);
        Assert.All(runs, run => Assert.Equal((RunStatus.Failed, null), (run.Status, run.NextAttemptAt)));
        Assert.Contains("several currencies", runs.Single(run => run.RunId == mixed.RunId).Error, StringComparison.Ordinal);
        Assert.Contains("64 bits", runs.Single(run => run.RunId == tooMuch.RunId).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Full_disk_is_tried_again()
    {
        await using var export = await TestExport.CreateAsync();
        var run = await export.NewRunAsync();
        export.Read = (_, _) => throw new IOException("No space left on device");
        await export.Executor.ExecuteAsync(run.RunId, Cancel);
        Assert.NotNull((await export.Runs.FindAsync(run.RunId, Cancel))!.NextAttemptAt);
    }

    private static async Task<List<ExportFailed>> ToldAsync(TestExport export)
    {
        await using var command = export.DataSource.CreateCommand($"SELECT body::text FROM outbox WHERE message_type = '{typeof(ExportFailed).FullName}'");
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var told = new List<ExportFailed>();
        while (await reader.ReadAsync(Cancel))
        {
            told.Add(System.Text.Json.JsonSerializer.Deserialize<ExportFailed>(reader.GetString(0), System.Text.Json.JsonSerializerOptions.Web)!);
        }

        return told;
    }
}
