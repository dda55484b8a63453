using System.Diagnostics;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Platform.NativeHost.Engine;
using Platform.Testing;

namespace Platform.NativeHost.Tests;

/// <summary>What becomes of a process when the engine's own part of its start fails: its folder, its questions, the databases that it is given.</summary>
public sealed class FailedStepTests : IAsyncDisposable
{
    private readonly DataDirectory _data = new(Directory.CreateTempSubdirectory("keeptrusts-steps-").FullName);
    private readonly LogStream _logs;
    private readonly ProcessGroup _processes;
    private readonly List<ResourceSnapshot> _snapshots = [];

    public FailedStepTests()
    {
        var test = new TestRun(true);
        _logs = new LogStream(_data, new Topology([new ExecutableResource("server", "sleep", "/")]), test, Configuration);
        _processes = new ProcessGroup(_data, _logs, test);
        _processes.StartWatcher();
    }

    private static IConfiguration Configuration => new ConfigurationBuilder().Build();

    public async ValueTask DisposeAsync()
    {
        await _processes.DisposeAsync();
        _logs.Dispose();
        if (Directory.Exists(_data.Root))
        {
            Directory.Delete(_data.Root, recursive: true);
        }
    }

    [Fact]
    public async Task Step_that_fails_at_a_restart_is_tried_again()
    {
        var launcher = new SleepLauncher { BecomingHealthy = start => start == 2 ? new DistributedApplicationException("psql ended with code 2: no room") : null };
        var runner = NewRunner(launcher);
        using var stopping = new CancellationTokenSource();
        var running = runner.RunAsync(stopping.Token);
        await HealthyAsync();

        using (var process = Process.GetProcessById(runner.ProcessId!.Value))
        {
            process.Kill();
        }

        await Eventually.TrueAsync(() => Task.FromResult(launcher.Starts == 3), TestTopology.Limit, "a third start");
        await HealthyAsync();
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Contains(_snapshots, s => s is { State: KnownResourceStates.Exited, ExitCode: null, Reason: "psql ended with code 2: no room" });
    }

    [Fact]
    public async Task Step_that_fails_before_anything_was_ever_well_is_final_when_it_says_what_to_do()
    {
        var launcher = new SleepLauncher { Preparing = _ => new DistributedApplicationException("install it") };

        var exception = await Assert.ThrowsAsync<DistributedApplicationException>(() => NewRunner(launcher).RunAsync(TestContext.Current.CancellationToken));

        Assert.Equal("install it", exception.Message);
    }

    [Fact]
    public async Task Step_that_fails_for_want_of_room_is_tried_again_from_the_first_start_on()
    {
        var launcher = new SleepLauncher { Preparing = attempt => attempt == 1 ? new IOException("No space left on device") : null };
        using var stopping = new CancellationTokenSource();
        var running = NewRunner(launcher).RunAsync(stopping.Token);

        await HealthyAsync();
        await stopping.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(1, launcher.Starts);
    }

    private ReplicaRunner NewRunner(Launcher launcher) => new("server", 0, launcher, _processes, _logs, TimeProvider.System, Configuration, endsByItself: false, snapshot =>
    {
        lock (_snapshots)
        {
            _snapshots.Add(snapshot);
        }
    });

    private Task HealthyAsync() => Eventually.TrueAsync(
        () =>
        {
            lock (_snapshots)
            {
                return Task.FromResult(_snapshots is [.., { IsHealthy: true }]);
            }
        },
        TestTopology.Limit,
        "the process to be well");

    /// <summary>Starts a process that does nothing; its steps fail as the test says, by the number of the attempt.</summary>
    private sealed class SleepLauncher : Launcher
    {
        private int _attempts;

        public int Starts { get; private set; }

        public Func<int, Exception?> Preparing { get; init; } = _ => null;

        public Func<int, Exception?> BecomingHealthy { get; init; } = _ => null;

        public override Task PrepareAsync(CancellationToken cancellationToken) => Outcome(Preparing(++_attempts));

        public override Task<ProcessSpec> DescribeAsync(int replica, CancellationToken cancellationToken)
        {
            Starts++;
            return Task.FromResult(new ProcessSpec("sleep", ["1000"], "/"));
        }

        public override Task<Probe> ProbeAsync(int replica, CancellationToken cancellationToken) => Task.FromResult(Probe.Healthy);

        public override Task BecameHealthyAsync(CancellationToken cancellationToken) => Outcome(BecomingHealthy(Starts));

        private static Task Outcome(Exception? exception) => exception is null ? Task.CompletedTask : Task.FromException(exception);
    }
}
