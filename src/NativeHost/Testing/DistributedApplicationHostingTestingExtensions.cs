using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Platform.NativeHost.Engine;

namespace Aspire.Hosting.Testing;

public static class DistributedApplicationHostingTestingExtensions
{
    /// <summary>A client of the resource's endpoint, <c>http</c> when not named.</summary>
    public static HttpClient CreateHttpClient(this DistributedApplication app, string resourceName, string? endpointName = null) =>
        new() { BaseAddress = app.GetEndpoint(resourceName, endpointName) };

    /// <exception cref="ArgumentException">There is no such resource with endpoints.</exception>
    public static Uri GetEndpoint(this DistributedApplication app, string resourceName, string? endpointName = null) =>
        new(new EndpointReference(Find<IResourceWithEndpoints>(app, resourceName), endpointName ?? "http").Url);

    public static ValueTask<string?> GetConnectionStringAsync(
        this DistributedApplication app, string resourceName, CancellationToken cancellationToken = default) =>
        Find<IResourceWithConnectionString>(app, resourceName).GetValueAsync(cancellationToken);

    private static T Find<T>(DistributedApplication app, string resourceName)
        where T : IResource =>
        app.Services.GetRequiredService<Topology>().Resources.OfType<T>()
            .FirstOrDefault(r => r.Name.Equals(resourceName, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"There is no resource '{resourceName}' that is a {typeof(T).Name}.", nameof(resourceName));
}
