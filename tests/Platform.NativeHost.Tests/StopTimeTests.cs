using System.Diagnostics;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Platform.NativeHost.Engine;
using Platform.Testing;

namespace Platform.NativeHost.Tests;

public sealed class StopTimeTests
{
    [Fact]
    public async Task Program_is_killed_after_the_time_that_its_resource_is_given_and_the_run_says_how_long_a_stop_may_take()
    {
        await using var topology = new TestTopology(null, $"--{LauncherFactory.StopSecondsKey}:stubborn=1");
        var started = Path.Combine(topology.Data, "started");
        topology.Builder.AddExecutable("stubborn", "bash", "/", "-c", $"trap '' TERM; touch {started}; while :; do sleep 0.1; done");
        await topology.StartAsync();
        Assert.Equal("26\n", await File.ReadAllTextAsync(Path.Combine(topology.Data, "run", "stop-limit"), TestContext.Current.CancellationToken));
        await Eventually.TrueAsync(() => Task.FromResult(File.Exists(started)), TestTopology.Limit, "the program to ignore signals");

        var began = Stopwatch.GetTimestamp();
        await topology.App.ResourceCommands.ExecuteCommandAsync("stubborn", KnownResourceCommands.StopCommand, TestContext.Current.CancellationToken);

        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0.95, 30); // A timer may be some milliseconds early by another clock. Without a time of its own it is given 35.
        var log = await File.ReadAllLinesAsync(Path.Combine(topology.Data, "logs", "stubborn.log"), TestContext.Current.CancellationToken);
        Assert.Contains("did not end within 1 s and is killed", log);
    }

    [Fact]
    public async Task Time_that_is_no_number_is_refused_with_its_name()
    {
        await using var topology = new TestTopology(null, $"--{LauncherFactory.StopSecondsKey}:service=long");
        topology.AddService("service");

        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(topology.StartAsync);

        Assert.Equal("NativeHost:StopSeconds:service must be a whole number of seconds, at most 86400; it is 'long'.", exception.Message);
    }
}
