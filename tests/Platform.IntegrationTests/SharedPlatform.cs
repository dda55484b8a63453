using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Platform.AppHost;

namespace Platform.IntegrationTests;

/// <summary>One running platform for the tests that leave it as they found it: whole.</summary>
public sealed class SharedPlatform : IAsyncLifetime
{
    private RunningPlatform? _platform;

    public RunningPlatform Platform => _platform ?? throw new InvalidOperationException("The platform has not started.");

    public async ValueTask InitializeAsync() => _platform = await RunningPlatform.StartAsync(CancellationToken.None, configure: WaitLonger);

    public async ValueTask DisposeAsync()
    {
        if (_platform is not null)
        {
            await _platform.DisposeAsync();
        }
    }

    /// <summary>Wallet is never away here: what keeps it from answering is a machine that stands still for seconds, and a call that is made once would be refused for that.</summary>
    private static void WaitLonger(IDistributedApplicationTestingBuilder builder)
    {
        var routing = builder.Resources.OfType<ProjectResource>().Single(resource => resource.Name == ResourceNames.Routing);
        builder.CreateResourceBuilder(routing).WithEnvironment("Leases__AnswerSeconds", "30");
    }
}

[CollectionDefinition(Name)]
public sealed class SharedPlatformCollection : ICollectionFixture<SharedPlatform>
{
    public const string Name = "one running platform";
}
