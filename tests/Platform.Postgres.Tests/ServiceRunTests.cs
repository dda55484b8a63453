using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Platform.ServiceDefaults;

namespace Platform.Postgres.Tests;

/// <summary>What a service tells whoever runs its process: whether its end was wished for.</summary>
public sealed class ServiceRunTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Service_that_is_told_to_stop_ends_with_0() =>
        Assert.Equal(0, await RunAsync(stop: true, stopping => Task.Delay(Timeout.Infinite, stopping)));

    [Fact]
    public async Task Loop_that_has_done_its_work_is_no_failure() =>
        Assert.Equal(0, await RunAsync(stop: true, _ => Task.CompletedTask));

    [Fact]
    public async Task Loop_that_throws_ends_the_service_with_1() =>
        Assert.Equal(1, await RunAsync(stop: false, _ => throw new InvalidOperationException("a bug")));

    [Fact]
    public async Task Loop_that_was_cancelled_and_not_told_to_stop_ends_the_service_with_1() =>
        Assert.Equal(1, await RunAsync(stop: false, _ => throw new TaskCanceledException("a time-out of a client")));

    [Fact]
    public async Task Loop_that_fails_while_it_stops_ends_the_service_with_1() => Assert.Equal(1, await RunAsync(stop: true, async stopping =>
    {
        await Task.Delay(Timeout.Infinite, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        throw new InvalidOperationException("cannot be put away");
    }));

    private static async Task<int> RunAsync(bool stop, Func<CancellationToken, Task> run)
    {
        var builder = WebApplication.CreateBuilder(["--Kestrel:Endpoints:http:Url=http://127.0.0.1:0", "--Logging:LogLevel:Default=None"]);
        var running = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        builder.Services.AddHostedService(services => new Loop(services.GetRequiredService<IHostApplicationLifetime>(), running, run));
        var app = builder.Build();
        if (stop)
        {
            // A loop of a service that is stopped before it runs never begins, and fails at nothing.
            app.Lifetime.ApplicationStarted.Register(() => running.Task.ContinueWith(_ => app.Lifetime.StopApplication(), TaskScheduler.Default));
        }

        return await app.RunServiceAsync().WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    private sealed class Loop(IHostApplicationLifetime lifetime, TaskCompletionSource running, Func<CancellationToken, Task> run) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task;
            running.SetResult();
            await run(stoppingToken);
        }
    }
}
