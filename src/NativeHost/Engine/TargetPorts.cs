using Aspire.Hosting.ApplicationModel;

namespace Platform.NativeHost.Engine;

/// <summary>
/// Which port each process listens on. With one replica it is the port that consumers see; with more, each replica has its own behind a proxy.
/// </summary>
internal sealed class TargetPorts
{
    private readonly Dictionary<(EndpointAnnotation Endpoint, int Replica), int> _ports = [];

    public int this[EndpointAnnotation endpoint, int replica] => _ports[(endpoint, replica)];

    /// <summary>Settles every endpoint's host port and target ports.</summary>
    public static TargetPorts Allocate(Topology topology, PortFile ports)
    {
        var targets = new TargetPorts();
        foreach (var (resource, endpoint) in topology.Endpoints)
        {
            var owner = $"{resource.Name}/{endpoint.Name}";
            endpoint.AllocatedPort = endpoint.Port ?? (IsProxied(resource, endpoint) ? null : endpoint.TargetPort) ?? ports.Take(owner);
            for (var replica = 0; replica < Topology.ReplicasOf(resource); replica++)
            {
                targets._ports[(endpoint, replica)] = !IsProxied(resource, endpoint) ? endpoint.AllocatedPort.Value
                    : Topology.ReplicasOf(resource) == 1 ? endpoint.TargetPort!.Value
                    : ports.Take($"{owner}#{replica}");
            }
        }

        return targets;
    }

    /// <summary>True when consumers reach the processes through the host port of a proxy.</summary>
    public static bool IsProxied(IResource resource, EndpointAnnotation endpoint) =>
        Topology.ReplicasOf(resource) > 1 || (endpoint.Port is { } port && endpoint.TargetPort is { } target && port != target);
}
