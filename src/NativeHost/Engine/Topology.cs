using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Platform.NativeHost.Engine;

/// <summary>All resources, and the questions that the engine has about them.</summary>
/// <param name="resources">Everything that the AppHost has added.</param>
/// <param name="only">What <see cref="OnlyKey"/> says; null or nothing but blanks and commas for everything.</param>
internal sealed class Topology(IReadOnlyList<IResource> resources, string? only = null)
{
    /// <summary>Configuration: comma-separated names of the only resources to start, to debug one service with the servers it needs.</summary>
    public const string OnlyKey = "NativeHost:Only";

    private readonly HashSet<string> _only =
        new((only ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries), StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<IResource> Resources => resources;

    public IEnumerable<ParameterResource> Parameters => resources.OfType<ParameterResource>();

    public IEnumerable<(IResourceWithEndpoints Resource, EndpointAnnotation Endpoint)> Endpoints =>
        resources.OfType<IResourceWithEndpoints>().SelectMany(r => r.Annotations.OfType<EndpointAnnotation>().Select(e => (r, e)));

    /// <summary>What runs as a process of its own.</summary>
    public IEnumerable<IResource> Processes => Startable.Where(r => _only.Count == 0 || _only.Contains(r.Name));

    /// <summary>False for what <see cref="OnlyKey"/> leaves out: nobody waits for it then.</summary>
    public bool IsStarted(IResource resource) =>
        Processes.Contains(resource) || (resource is IResourceWithParent child && Processes.Contains(child.Parent));

    public static int ReplicasOf(IResource resource) =>
        resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1;

    public static IEnumerable<WaitAnnotation> WaitsOf(IResource resource) => resource.Annotations.OfType<WaitAnnotation>();

    /// <summary>True when somebody waits for its end, so that its end is no crash.</summary>
    public bool IsAwaitedToComplete(IResource resource) =>
        resources.SelectMany(WaitsOf).Any(w => w.WaitType == WaitType.WaitForCompletion && w.Resource == resource);

    /// <summary><see cref="OnlyKey"/> names something that is no process here: mistyped, it would start nothing, and nobody would hear why.</summary>
    /// <exception cref="DistributedApplicationException">Names it, and what there is.</exception>
    public void RefuseUnknown()
    {
        var names = Startable.Select(r => r.Name).ToList();
        if (_only.Except(names, StringComparer.OrdinalIgnoreCase).ToList() is { Count: > 0 } unknown)
        {
            throw new DistributedApplicationException(
                $"{OnlyKey} names {string.Join(", ", unknown.Select(name => $"'{name}'"))}, which cannot be started by that name. Names: {string.Join(", ", names)}.");
        }
    }

    /// <summary>Resources wait for each other in a circle, and none of them would ever start.</summary>
    /// <exception cref="DistributedApplicationException">Names the circle.</exception>
    public void RefuseCircles()
    {
        var done = new HashSet<IResource>();
        foreach (var resource in resources)
        {
            Visit(resource, [], done);
        }
    }

    private IEnumerable<IResource> Startable => resources.Where(r => r is ProjectResource or ExecutableResource or ContainerResource);

    private static void Visit(IResource resource, List<IResource> path, HashSet<IResource> done)
    {
        if (path.Contains(resource))
        {
            var circle = path.SkipWhile(r => r != resource).Append(resource).Select(r => r.Name);
            throw new DistributedApplicationException($"Resources wait for each other in a circle: {string.Join(" waits for ", circle)}.");
        }

        if (!done.Add(resource))
        {
            return;
        }

        path.Add(resource);
        foreach (var wait in WaitsOf(resource))
        {
            Visit(wait.Resource, path, done);
        }

        path.RemoveAt(path.Count - 1);
    }
}
