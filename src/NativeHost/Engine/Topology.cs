using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace Platform.NativeHost.Engine;

/// <summary>All resources, and the questions that the engine has about them.</summary>
internal sealed class Topology(IReadOnlyList<IResource> resources)
{
    public IReadOnlyList<IResource> Resources => resources;

    public IEnumerable<ParameterResource> Parameters => resources.OfType<ParameterResource>();

    public IEnumerable<(IResourceWithEndpoints Resource, EndpointAnnotation Endpoint)> Endpoints =>
        resources.OfType<IResourceWithEndpoints>().SelectMany(r => r.Annotations.OfType<EndpointAnnotation>().Select(e => (r, e)));

    /// <summary>What runs as a process of its own.</summary>
    public IEnumerable<IResource> Processes =>
        resources.Where(r => r is ProjectResource or ExecutableResource or ContainerResource);

    public static int ReplicasOf(IResource resource) =>
        resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1;

    public static IEnumerable<WaitAnnotation> WaitsOf(IResource resource) => resource.Annotations.OfType<WaitAnnotation>();

    /// <summary>True when somebody waits for its end, so that its end is no crash.</summary>
    public bool IsAwaitedToComplete(IResource resource) =>
        resources.SelectMany(WaitsOf).Any(w => w.WaitType == WaitType.WaitForCompletion && w.Resource == resource);

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
