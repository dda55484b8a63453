using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Platform.Testing;

namespace Platform.NativeHost.Tests;

public sealed class StartOrderTests
{
    [Fact]
    public async Task Waiter_starts_only_when_what_it_waits_for_is_healthy()
    {
        await using var topology = new TestTopology();
        var healthy = Path.Combine(topology.Data, "healthy");
        var started = Path.Combine(topology.Data, "started");
        var first = topology.AddService("first").WithEnvironment("HEALTHY_FILE", healthy).WithEnvironment("STARTED_FILE", started);
        topology.AddService("second").WaitFor(first).WithEnvironment("STARTED_FILE", started);

        await topology.StartAsync();
        await topology.StateAsync("first", KnownResourceStates.Running);
        await Eventually.TrueAsync(async () => File.Exists(started) && (await LinesAsync(started)).Length > 0, TestTopology.Limit, "the first service's start");
        await topology.StateAsync("second", KnownResourceStates.Waiting);
        Assert.Equal(["first"], await LinesAsync(started));
        Assert.False(File.Exists(Path.Combine(topology.Data, "run", "ready")));

        await File.WriteAllTextAsync(healthy, "", TestContext.Current.CancellationToken);
        await topology.HealthyAsync("second");

        Assert.Equal(["first", "second"], await LinesAsync(started));
        var ready = Path.Combine(topology.Data, "run", "ready");
        await Eventually.TrueAsync(() => Task.FromResult(File.Exists(ready)), TestTopology.Limit, ready);
    }

    [Fact]
    public async Task Waiter_has_ended_before_what_it_waited_for_is_asked_to()
    {
        var (started, ended) = (Path.GetTempFileName(), Path.GetTempFileName());
        await using (var topology = new TestTopology())
        {
            IResourceBuilder<ExecutableResource> Add(string name, string last) => topology.Builder.AddExecutable(
                name, "bash", "/", "-c", $"trap '{last}; echo {name} >>{ended}; exit 0' TERM; echo {name} >>{started}; while :; do sleep 0.05; done");
            var first = Add("first", "true");
            Add("second", "sleep 0.3").WaitFor(first);
            await topology.StartAsync();
            await Eventually.TrueAsync(async () => (await LinesAsync(started)).Contains("second"), TestTopology.Limit, "the second process to listen");
        }

        Assert.Equal(["second", "first"], await LinesAsync(ended));
        File.Delete(started);
        File.Delete(ended);
    }

    [Fact]
    public async Task Waiter_for_completion_starts_after_the_expected_exit_code()
    {
        await using var topology = new TestTopology();
        var migration = topology.Builder.AddExecutable("migration", "bash", "/", "-c", "exit 4");
        topology.AddService("service").WaitForCompletion(migration, exitCode: 4);

        await topology.StartAsync();

        await topology.HealthyAsync("service");
    }

    [Fact]
    public async Task Waiter_for_completion_fails_after_another_exit_code()
    {
        await using var topology = new TestTopology();
        var migration = topology.Builder.AddExecutable("migration", "bash", "/", "-c", "exit 5");
        topology.AddService("service").WaitForCompletion(migration);

        await topology.StartAsync();
        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(() => topology.HealthyAsync("service"));

        Assert.Equal("service failed to start: migration ended with code 5 instead of 0", exception.Message);
    }

    [Fact]
    public async Task Service_that_never_gets_healthy_fails_with_its_last_line_and_fails_its_waiters()
    {
        await using var topology = new TestTopology();
        var broken = topology.AddService("broken").WithEnvironment("CRASH_AT_START", "no such setting: Journal");
        topology.AddService("waiter").WaitFor(broken);

        await topology.StartAsync();
        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(() => topology.HealthyAsync("waiter"));

        Assert.Equal("waiter failed to start: waits for broken, which failed to start", exception.Message);
        const string reason = "broken failed to start: ended 5 times with code 3, last line: no such setting: Journal";
        var failed = Path.Combine(topology.Data, "run", "failed");
        await Eventually.TrueAsync(async () => (await LinesAsync(failed)).Contains(reason), TestTopology.Limit, reason);
    }

    private static Task<string[]> LinesAsync(string path) => File.ReadAllLinesAsync(path, TestContext.Current.CancellationToken);
}
