using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Export.V1;

namespace Platform.Export.Tests;

public class JobTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Job_waits_for_the_next_monday_in_UTC()
    {
        await using var export = await TestExport.CreateAsync();
        var job = await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel);
        Assert.Equal(new DateTimeOffset(2026, 6, 15, 6, 0, 0, TimeSpan.Zero), job.NextDueAt);
        Assert.Equal(job, await export.Jobs.FindAsync(job.Settings.Name, Cancel));
        Assert.Equal(job, await export.Jobs.FindAsync(job.JobId.ToString(), Cancel));
        Assert.Equal([job], await export.Jobs.ListAsync(Cancel));
    }

    [Fact]
    public async Task Same_name_with_the_same_settings_is_a_repeat_whatever_its_key()
    {
        await using var export = await TestExport.CreateAsync();
        var first = await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel);
        Assert.Equal(first, await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel));
        Assert.Equal(first, await export.Schedule.ExecuteAsync(TestExport.Weekly(key: "key-2"), "key_test", Cancel));
    }

    [Fact]
    public async Task Same_name_with_other_settings_is_refused_and_changes_nothing()
    {
        await using var export = await TestExport.CreateAsync();
        var first = await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel);
        var other = TestExport.Weekly(key: "key-2");
        other.Window = "interval";
        var error = await Assert.ThrowsAsync<RpcException>(() => export.Schedule.ExecuteAsync(other, "key_test", Cancel));
        Assert.Equal((StatusCode.AlreadyExists, Reasons.JobExists), (error.StatusCode, RpcErrors.ReasonOf(error)));
        Assert.Equal(first, await export.Jobs.FindAsync(first.Settings.Name, Cancel));
    }

    [Fact]
    public async Task Same_key_with_another_request_is_a_conflict()
    {
        await using var export = await TestExport.CreateAsync();
        await export.Schedule.ExecuteAsync(TestExport.Weekly(), "key_test", Cancel);
        var error = await Assert.ThrowsAsync<RpcException>(() => export.Schedule.ExecuteAsync(TestExport.Weekly("another"), "key_test", Cancel));
        Assert.Equal((StatusCode.Aborted, Reasons.IdempotencyConflict), (error.StatusCode, RpcErrors.ReasonOf(error)));
        Assert.Null(await export.Jobs.FindAsync("another", Cancel));
    }

    [Fact]
    public async Task Cron_of_a_day_that_never_comes_is_refused()
    {
        await using var export = await TestExport.CreateAsync();
        var request = TestExport.Weekly();
        request.Cron = "0 0 30 2 *";
        var error = await Assert.ThrowsAsync<RpcException>(() => export.Schedule.ExecuteAsync(request, "key_test", Cancel));
        Assert.Equal((StatusCode.InvalidArgument, Reasons.CronInvalid), (error.StatusCode, RpcErrors.ReasonOf(error)));
    }
}
