using System.Diagnostics;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Platform.Testing;

namespace Platform.NativeHost.Tests;

public sealed class RestartTests
{
    [Fact]
    public async Task Killed_service_is_started_again_on_the_same_port()
    {
        await using var topology = new TestTopology();
        topology.AddService("service");
        await topology.StartAsync();
        await topology.HealthyAsync("service");
        var before = await topology.ProcessIdAsync("service");
        Assert.Equal([before], NativeProcesses.Of(topology.App, "service"));

        using (var process = Process.GetProcessById(before))
        {
            process.Kill();
        }

        await topology.StateAsync("service", KnownResourceStates.Exited);
        await topology.HealthyAsync("service");

        Assert.NotEqual(before, await topology.ProcessIdAsync("service"));
    }

    [Fact]
    public async Task Resource_is_stopped_and_started_by_command()
    {
        await using var topology = new TestTopology();
        topology.AddService("service");
        await topology.StartAsync();
        await topology.HealthyAsync("service");
        var before = await topology.ProcessIdAsync("service");

        Assert.True((await CommandAsync(topology, KnownResourceCommands.StopCommand)).Success);
        Assert.Empty(NativeProcesses.Of(topology.App, "service"));
        Assert.True((await CommandAsync(topology, KnownResourceCommands.StartCommand)).Success);
        await topology.HealthyAsync("service");
        var between = await topology.ProcessIdAsync("service");
        Assert.True((await CommandAsync(topology, KnownResourceCommands.RestartCommand)).Success);
        await topology.HealthyAsync("service");

        Assert.Equal(3, new[] { before, between, await topology.ProcessIdAsync("service") }.Distinct().Count());
    }

    [Fact]
    public async Task Replicas_share_one_port_and_the_rest_serve_when_one_dies()
    {
        await using var topology = new TestTopology();
        topology.AddService("service").WithReplicas(2);
        await topology.StartAsync();
        await topology.HealthyAsync("service");

        var seen = new HashSet<int>();
        await Eventually.TrueAsync(
            async () => seen.Add(await topology.ProcessIdAsync("service")) && seen.Count == 2, TestTopology.Limit, "both replicas to answer");

        Assert.Equal(seen.Order(), NativeProcesses.Of(topology.App, "service").Order());
        using (var process = Process.GetProcessById(seen.First()))
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(seen.Last(), await topology.ProcessIdAsync("service"));
        await topology.HealthyAsync("service");
    }

    private static Task<ExecuteCommandResult> CommandAsync(TestTopology topology, string command) =>
        topology.App.ResourceCommands.ExecuteCommandAsync("service", command, TestContext.Current.CancellationToken);
}
