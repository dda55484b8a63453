using Aspire.Hosting;
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

    /// <summary>
    /// Wallet and the gateways are never away here: what keeps them from answering is a machine that stands still for seconds. A call waits for its lease meanwhile and makes no hold, what was asked is not given up as lost, and
    /// no call is refused before the leases that are asked back have answered. Each of these waits ends with the answer, so they cost nothing where it comes.
    /// </summary>
    private static void WaitLonger(IDistributedApplicationTestingBuilder builder)
    {
        RunningPlatform.Service(builder, ResourceNames.Routing).WithEnvironment("Leases__WaitMs", "30000").WithEnvironment("Leases__AnswerSeconds", "30");
        RunningPlatform.Service(builder, ResourceNames.Wallet).WithEnvironment("Leases__RecallTimeoutMs", "15000");
    }
}

/// <summary>What ./test runs beside the other classes, each of which has a platform of its own: two that are about as long.</summary>
[CollectionDefinition(Name)]
[Trait("platform", "shared")]
public sealed class SharedPlatformCollection : ICollectionFixture<SharedPlatform>
{
    public const string Name = "one running platform";
}
