using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Platform.NativeHost.Engine;

namespace Aspire.Hosting.Testing;

public interface IDistributedApplicationTestingBuilder : IAsyncDisposable
{
    ConfigurationManager Configuration { get; }

    IServiceCollection Services { get; }

    IReadOnlyCollection<IResource> Resources { get; }

    IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
        where T : IResource;

    Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default);
}

/// <summary>Runs an AppHost's own <c>Main</c> in the test's process, on random ports and an empty data directory that goes with it.</summary>
public static class DistributedApplicationTestingBuilder
{
    /// <summary>Runs <c>Main</c> up to its <c>Build</c>; what the test changes on the builder then takes effect.</summary>
    public static Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(CancellationToken cancellationToken = default)
        where TEntryPoint : class => CreateAsync<TEntryPoint>([], cancellationToken);

    /// <inheritdoc cref="CreateAsync{TEntryPoint}(CancellationToken)"/>
    public static async Task<IDistributedApplicationTestingBuilder> CreateAsync<TEntryPoint>(
        string[] args, CancellationToken cancellationToken = default)
        where TEntryPoint : class
    {
        var interception = new AppHostInterception(typeof(TEntryPoint).Assembly);
        string[] withData = args.Any(a => a.Contains(DistributedApplicationBuilder.DataDirectoryKey, StringComparison.Ordinal))
            ? args
            : [.. args, $"--{DistributedApplicationBuilder.DataDirectoryKey}={TestRun.NewDataDirectory()}"];
        return new TestingBuilder(interception, await interception.RunToBuildAsync(withData, cancellationToken));
    }

    private sealed class TestingBuilder(AppHostInterception interception, DistributedApplicationBuilder inner)
        : IDistributedApplicationTestingBuilder
    {
        public ConfigurationManager Configuration => inner.Configuration;

        public IServiceCollection Services => inner.Services;

        public IReadOnlyCollection<IResource> Resources => inner.Resources;

        public IResourceBuilder<T> CreateResourceBuilder<T>(T resource)
            where T : IResource => inner.CreateResourceBuilder(resource);

        public Task<DistributedApplication> BuildAsync(CancellationToken cancellationToken = default) =>
            interception.BuildAsync(cancellationToken);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
