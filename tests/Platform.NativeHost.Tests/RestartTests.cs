using System.Diagnostics;
using System.Net.Sockets;
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

        // Looked for from before the death on: it is started again after half a second.
        var exited = topology.StateAsync("service", KnownResourceStates.Exited);
        using (var process = Process.GetProcessById(before))
        {
            process.Kill();
        }

        await exited;
        await topology.HealthyAsync("service");

        Assert.NotEqual(before, await topology.ProcessIdAsync("service"));
    }

    [Fact]
    public async Task Service_that_was_told_to_end_stays_down_and_the_run_says_so()
    {
        await using var topology = new TestTopology();
        topology.AddService("service");
        await topology.StartAsync();
        await topology.HealthyAsync("service");
        var failed = Path.Combine(topology.Data, "run", "failed");
        Assert.Equal("", await File.ReadAllTextAsync(failed, TestContext.Current.CancellationToken));

        using (var kill = Process.Start("kill", ["-TERM", $"{await topology.ProcessIdAsync("service")}"]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await topology.StateAsync("service", KnownResourceStates.Finished);
        await Eventually.TrueAsync(
            async () => await File.ReadAllTextAsync(failed, TestContext.Current.CancellationToken) == "service has ended with code 0 and stays down until the next start\n",
            TestTopology.Limit, "the end to be told");
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
        var ready = Path.Combine(topology.Data, "third-is-ready");
        var starts = 0;
        topology.AddService("service").WithReplicas(2).WithEnvironment(context =>
        {
            // Who takes the dead one's place is not well until the test says so: on a slow machine it would serve before the other was asked.
            if (Interlocked.Increment(ref starts) == 3)
            {
                context.EnvironmentVariables["HEALTHY_FILE"] = ready;
            }
        });
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
        await File.WriteAllTextAsync(ready, "", TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(async () => await topology.GetAsync("service", "/environment/HEALTHY_FILE") == ready, TestTopology.Limit, "the dead one's successor to serve");
    }

    [Fact]
    public async Task Connections_go_to_the_healthy_replica_while_the_other_starts()
    {
        await using var topology = new TestTopology();
        var ready = Path.Combine(topology.Data, "second-is-ready");
        var starts = 0;
        topology.AddService("service").WithReplicas(2).WithEnvironment(context =>
        {
            // The second process listens, and says that it is not well yet.
            if (Interlocked.Increment(ref starts) == 2)
            {
                context.EnvironmentVariables["HEALTHY_FILE"] = ready;
            }
        });
        await topology.StartAsync();
        await Eventually.TrueAsync(async () => await AnswersAsync(topology, 0) && await AnswersAsync(topology, 1), TestTopology.Limit, "both replicas to listen");

        // While the engine knows of no healthy one, both are chosen in turn; ten times the same one is a choice.
        var inARow = 0;
        await Eventually.TrueAsync(
            async () => (inARow = await topology.GetAsync("service", "/environment/HEALTHY_FILE") == "" ? inARow + 1 : 0) == 10,
            TestTopology.Limit,
            "the first replica to serve every connection");

        await File.WriteAllTextAsync(ready, "", TestContext.Current.CancellationToken);
        await topology.HealthyAsync("service");
        await Eventually.TrueAsync(async () => await topology.GetAsync("service", "/environment/HEALTHY_FILE") == ready, TestTopology.Limit, "the second replica to serve");
    }

    [Fact]
    public async Task Replica_that_fails_to_start_is_told_of_while_the_other_serves()
    {
        await using var topology = new TestTopology();
        var starts = 0;
        topology.AddService("service").WithReplicas(2).WithEnvironment(context =>
        {
            if (Interlocked.Increment(ref starts) > 1)
            {
                context.EnvironmentVariables["CRASH_AT_START"] = "no such setting: Journal";
            }
        });
        await topology.StartAsync();

        const string reason = "service failed to start: one of its 2 processes: ended 5 times with code 3, last line: no such setting: Journal";
        var failed = Path.Combine(topology.Data, "run", "failed");
        await Eventually.TrueAsync(
            async () => File.Exists(failed) && (await File.ReadAllLinesAsync(failed, TestContext.Current.CancellationToken)).Contains(reason), TestTopology.Limit, reason);

        Assert.Equal([await topology.ProcessIdAsync("service")], NativeProcesses.Of(topology.App, "service"));
    }

    /// <summary>Asks a replica itself, past the proxy.</summary>
    private static async Task<bool> AnswersAsync(TestTopology topology, int replica)
    {
        var ports = await File.ReadAllLinesAsync(Path.Combine(topology.Data, "run", "ports"), TestContext.Current.CancellationToken);
        var port = ports.Single(line => line.StartsWith($"service/http#{replica} ", StringComparison.Ordinal)).Split(' ')[1];
        using var client = new HttpClient();
        try
        {
            using var response = await client.GetAsync(new Uri($"http://localhost:{port}/pid"), TestContext.Current.CancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException)
        {
            return false;
        }
    }

    private static Task<ExecuteCommandResult> CommandAsync(TestTopology topology, string command) =>
        topology.App.ResourceCommands.ExecuteCommandAsync("service", command, TestContext.Current.CancellationToken);
}
