using System.Globalization;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Platform.NativeHost.Servers;

namespace Platform.NativeHost.Engine;

/// <summary>
/// Runs the topology. Start: 1 refuse what cannot work, 2 claim the data directory, 3 settle parameters and ports, 4 start the watcher,
/// 5 let every resource start when what it waits for is healthy. Stop: services first, then the servers that they talk to.
/// </summary>
internal sealed class Orchestrator(
    Topology topology,
    DataDirectory data,
    LogStream logs,
    ProcessGroup processes,
    ResourceNotificationService notifications,
    IConfiguration configuration,
    TimeProvider time) : IHostedService, IAsyncDisposable
{
    /// <summary>What the servers need to stop, after the services.</summary>
    private static readonly TimeSpan ServersStop = TimeSpan.FromSeconds(25);

    private readonly List<ResourceRunner> _runners = [];
    private readonly List<TcpProxy> _proxies = [];
    private readonly Lock _fileGate = new();
    private IDisposable? _claim;
    private PortFile? _ports;
    private RunFiles? _files;
    private long _startedAt;
    private bool _ready;
    private bool _toldReady;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _startedAt = time.GetTimestamp();
        topology.RefuseUnknown();
        topology.RefuseCircles();
        _ = HealthWatch.HungAfter(configuration); // Refused here, in one line, rather than by every resource.
        foreach (var server in topology.Processes.OfType<ContainerResource>())
        {
            ServerPrograms.RefuseIfMissing(server);
        }

        _claim = data.Claim();
        _files = new RunFiles(logs, time, Changed);
        foreach (var parameter in topology.Parameters)
        {
            await parameter.GetValueAsync(cancellationToken);
        }

        var ports = _ports = new PortFile(Path.Combine(data.Run, "ports"));
        var targets = TargetPorts.Allocate(topology, ports);
        var launchers = new LauncherFactory(data, logs, processes, notifications, configuration, targets, ports);
        _runners.AddRange(topology.Processes.Select(resource => NewRunner(resource, launchers.Create(resource))));
        ports.Save();
        WriteEndpoints();
        File.WriteAllText(data.StopLimitFile, string.Create(CultureInfo.InvariantCulture, $"{(StopRounds().Sum(round => round.Max(r => launchers.StopTimeoutOf(r.Resource).TotalSeconds)) + ServersStop.TotalSeconds):0}\n"));
        _proxies.AddRange(TcpProxy.StartAll(topology, targets, (resource, replica) => FindRunner(resource.Name)?.IsHealthy(replica) == true));
        processes.StartWatcher();
        foreach (var runner in _runners)
        {
            runner.Start();
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_claim is null)
        {
            return;
        }

        logs.Say("stopping");
        NotReadyAnyMore();
        await StopServicesAsync();
        await Task.WhenAll(_runners.Where(r => r.Resource is ContainerResource).Select(r => r.StopAsync()));
        await Task.WhenAll(_proxies.Select(p => p.DisposeAsync().AsTask()));
        await processes.DisposeAsync();
        _ports?.Dispose();
        await _files!.DisposeAsync();
        Interlocked.Exchange(ref _claim, null)?.Dispose();
    }

    private async Task StopServicesAsync()
    {
        foreach (var round in StopRounds())
        {
            await Task.WhenAll(round.Select(r => r.StopAsync()));
        }
    }

    /// <summary>Services in the reverse order of the start: while one ends, what it waited for still answers it, so that it can finish its business there.</summary>
    private IEnumerable<List<ResourceRunner>> StopRounds()
    {
        var left = _runners.Where(r => r.Resource is not ContainerResource).ToList();
        while (left.Count > 0)
        {
            var neededBy = left.SelectMany(r => Topology.WaitsOf(r.Resource)).Select(wait => wait.Resource).ToHashSet();
            var next = left.Where(r => !neededBy.Contains(r.Resource)).ToList();
            yield return next;
            left.RemoveAll(next.Contains);
        }
    }

    /// <summary>A start that failed half-way leaves a claim and perhaps a watcher.</summary>
    public async ValueTask DisposeAsync() => await StopAsync(CancellationToken.None);

    public ResourceRunner? FindRunner(string resourceName) =>
        _runners.FirstOrDefault(r => r.Resource.Name.Equals(resourceName, StringComparison.OrdinalIgnoreCase));

    private ResourceRunner NewRunner(IResource resource, Launcher launcher) =>
        new(
            resource,
            [.. Topology.WaitsOf(resource).Where(wait => topology.IsStarted(wait.Resource))],
            launcher,
            processes,
            logs,
            notifications,
            time,
            configuration,
            topology.IsAwaitedToComplete(resource),
            Changed);

    private void WriteEndpoints() =>
        File.WriteAllLines(data.EndpointsFile, topology.Endpoints.Select(e => $"{e.Resource.Name} {e.Endpoint.Name} {Url(e)}"));

    private static string Url((IResourceWithEndpoints Resource, EndpointAnnotation Endpoint) endpoint) =>
        new EndpointReference(endpoint.Resource, endpoint.Endpoint.Name).Url;

    // Keeps the files that scripts and operators read in step with what runs.
    private void Changed()
    {
        lock (_fileGate)
        {
            if (_files is not { } files || !Directory.Exists(data.Run))
            {
                return;
            }

            files.Write(data.ProcessesFile, _runners.SelectMany(r => r.ProcessIds.Select(pid =>
                string.Create(CultureInfo.InvariantCulture, $"{r.Resource.Name} {pid}"))));
            var snapshots = _runners.Select(r => (r.Resource, Snapshot: notifications.Find(r.Resource.Name))).ToList();
            files.Write(data.FailedFile, snapshots.Select(s => Complaint(s.Resource, s.Snapshot)).OfType<string>());
            if (!_ready && snapshots.TrueForAll(s => s.Snapshot is { IsHealthy: true } or { State: KnownResourceStates.Finished, ExitCode: 0 }))
            {
                _ready = true;
                BecameReady();
            }

            if (_ready)
            {
                files.Write(data.UnwellFile, snapshots.Select(s => Worry(s.Resource.Name, s.Snapshot)).OfType<string>());
                _toldReady = _toldReady || files.Write(data.ReadyFile, []);
            }
        }
    }

    /// <summary>Of what will not run again by itself; null for all else.</summary>
    private string? Complaint(IResource resource, ResourceSnapshot? snapshot) => snapshot?.State == KnownResourceStates.FailedToStart ? $"{resource.Name} failed to start: {snapshot.Reason}"
        : snapshot?.State == KnownResourceStates.Finished && !topology.IsAwaitedToComplete(resource) ? $"{resource.Name} has ended with code {snapshot.ExitCode} and stays down until the next start"
        : null;

    /// <summary>Of what is not well and may be again by itself; null for all else.</summary>
    private static string? Worry(string resource, ResourceSnapshot? snapshot) => snapshot switch
    {
        { IsHealthy: true } or { State: KnownResourceStates.FailedToStart or KnownResourceStates.Finished } => null,
        { State: KnownResourceStates.Exited, ExitCode: { } code } => $"{resource} ended with code {code} and is started again",
        { State: KnownResourceStates.Exited, Reason: { } reason } => $"{resource} could not be started and is tried again: {reason}",
        { State: KnownResourceStates.Running, Reason: { } reason } => $"{resource} is not healthy: {reason}",
        _ => $"{resource} is not healthy yet",
    };

    private void BecameReady()
    {
        logs.Say(string.Create(CultureInfo.InvariantCulture, $"ready after {time.GetElapsedTime(_startedAt).TotalSeconds:0.0} s"));
        foreach (var endpoint in topology.Endpoints.Where(e => e.Endpoint.IsExternal && topology.IsStarted(e.Resource)))
        {
            logs.Say($"  {endpoint.Resource.Name} {endpoint.Endpoint.Name} {Url(endpoint)}");
        }
    }

    private void NotReadyAnyMore()
    {
        lock (_fileGate)
        {
            _toldReady = true; // Whoever could not be told of it until now is not to be any more.
            try
            {
                File.Delete(data.ReadyFile);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                logs.Say($"{data.ReadyFile} cannot be deleted: {exception.Message}"); // That keeps nothing from ending in order.
            }
        }
    }
}
