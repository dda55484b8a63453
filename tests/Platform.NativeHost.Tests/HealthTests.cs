using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting;
using Platform.NativeHost.Engine;
using Platform.Testing;

namespace Platform.NativeHost.Tests;

/// <summary>What the engine does about processes that run and were well once.</summary>
public sealed class HealthTests
{
    [Fact]
    public async Task Replica_that_is_not_well_any_more_is_passed_over_and_told_of_until_it_is_well_again()
    {
        await using var topology = new TestTopology();
        var well = Path.Combine(topology.Data, "second-is-well");
        await File.WriteAllTextAsync(well, "", TestContext.Current.CancellationToken);
        var starts = 0;
        topology.AddService("service").WithReplicas(2).WithEnvironment(context =>
        {
            if (Interlocked.Increment(ref starts) == 2)
            {
                context.EnvironmentVariables["HEALTHY_FILE"] = well;
            }
        });
        await topology.StartAsync();
        await topology.HealthyAsync("service");
        await Eventually.TrueAsync(() => SecondAnswersAsync(topology, well), TestTopology.Limit, "the second replica to serve");
        await UnwellAsync(topology, lines => lines.Length == 0, "nothing to be told of");

        File.Delete(well);
        await UnwellAsync(topology, lines => lines is [var line] && line.StartsWith("service is not healthy: GET ", StringComparison.Ordinal) && line.EndsWith(" answers 503", StringComparison.Ordinal), "the complaint");
        for (var connection = 0; connection < 10; connection++)
        {
            Assert.False(await SecondAnswersAsync(topology, well));
        }

        await File.WriteAllTextAsync(well, "", TestContext.Current.CancellationToken);
        await topology.HealthyAsync("service");
        await UnwellAsync(topology, lines => lines.Length == 0, "nothing to be told of any more");
        await Eventually.TrueAsync(() => SecondAnswersAsync(topology, well), TestTopology.Limit, "the second replica to serve again");
    }

    [Fact]
    public async Task Service_that_hangs_is_started_again()
    {
        await using var topology = new TestTopology(null, $"--{HealthWatch.HungAfterKey}=1", $"--{LauncherFactory.StopSecondsKey}:service=1");
        topology.AddService("service");
        await topology.StartAsync();
        await topology.HealthyAsync("service");
        var hung = NativeProcesses.Of(topology.App, "service").Single();

        using (var kill = Process.Start("kill", ["-STOP", hung.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await Eventually.TrueAsync(
            () => Task.FromResult(NativeProcesses.Of(topology.App, "service") is [var process] && process != hung), TestTopology.Limit, "another process");
        await topology.HealthyAsync("service");
        Assert.NotEqual(hung, await topology.ProcessIdAsync("service"));
    }

    [Fact]
    public async Task Service_that_crashes_again_and_again_after_it_was_well_is_told_of()
    {
        await using var topology = new TestTopology();
        var starts = 0;
        topology.AddService("service").WithEnvironment(context =>
        {
            if (Interlocked.Increment(ref starts) > 1)
            {
                context.EnvironmentVariables["CRASH_AT_START"] = "no such setting: Journal";
            }
        });
        await topology.StartAsync();
        await topology.HealthyAsync("service");

        using (var process = Process.GetProcessById(await topology.ProcessIdAsync("service")))
        {
            process.Kill();
        }

        await UnwellAsync(topology, lines => lines is ["service ended with code 3 and is started again"], "the crashes to be told of");
    }

    [Fact]
    public async Task Service_whose_state_cannot_be_written_down_keeps_running_and_is_told_of_when_it_can_be()
    {
        await using var topology = new TestTopology();
        var well = Path.Combine(topology.Data, "is-well");
        await File.WriteAllTextAsync(well, "", TestContext.Current.CancellationToken);
        topology.AddService("service").WithEnvironment("HEALTHY_FILE", well);
        await topology.StartAsync();
        await topology.HealthyAsync("service");
        var process = await topology.ProcessIdAsync("service");
        var unwell = await BlockUnwellAsync(topology);

        File.Delete(well);
        await topology.App.ResourceNotifications.WaitAsync("service", s => s.Reason is not null, TestContext.Current.CancellationToken).WaitAsync(TestTopology.Limit, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(well, "", TestContext.Current.CancellationToken);
        await topology.HealthyAsync("service");

        Assert.Equal(process, await topology.ProcessIdAsync("service"));
        Directory.Delete(unwell);
        await UnwellAsync(topology, lines => lines.Length == 0, "the file, once it can be written");
        var log = await File.ReadAllLinesAsync(Path.Combine(topology.Data, "logs", "apphost.log"), TestContext.Current.CancellationToken);
        Assert.Single(log, line => line.StartsWith($"{unwell} cannot be written", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Service_that_ends_while_nothing_can_be_written_is_started_again_and_the_host_ends_in_order()
    {
        await using var topology = new TestTopology();
        topology.AddService("service");
        await topology.StartAsync();
        await topology.HealthyAsync("service");
        var before = await topology.ProcessIdAsync("service");
        await BlockUnwellAsync(topology);

        using (var process = Process.GetProcessById(before))
        {
            process.Kill();
        }

        await Eventually.TrueAsync(
            () => Task.FromResult(NativeProcesses.Of(topology.App, "service") is [var process] && process != before), TestTopology.Limit, "another process");
        await topology.HealthyAsync("service");
        var after = await topology.ProcessIdAsync("service");
        await topology.App.StopAsync(TestContext.Current.CancellationToken);

        Assert.NotEqual(before, after);
        Assert.Throws<ArgumentException>(() => Process.GetProcessById(after));
    }

    /// <summary>Lets the file of what is not well take nothing, as on a full disk: a folder stands in its place.</summary>
    private static async Task<string> BlockUnwellAsync(TestTopology topology)
    {
        await UnwellAsync(topology, lines => lines.Length == 0, "nothing to be told of");
        var unwell = Path.Combine(topology.Data, "run", "unwell");
        File.Delete(unwell);
        Directory.CreateDirectory(unwell);
        return unwell;
    }

    private static async Task<bool> SecondAnswersAsync(TestTopology topology, string well) => await topology.GetAsync("service", "/environment/HEALTHY_FILE") == well;

    private static Task UnwellAsync(TestTopology topology, Func<string[], bool> says, string what)
    {
        var file = Path.Combine(topology.Data, "run", "unwell");
        return Eventually.TrueAsync(
            async () => File.Exists(file) && says(await File.ReadAllLinesAsync(file, TestContext.Current.CancellationToken)), TestTopology.Limit, $"{what} in {file}");
    }
}
