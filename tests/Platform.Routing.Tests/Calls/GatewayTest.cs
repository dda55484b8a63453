namespace Platform.Routing.Tests.Calls;

/// <summary>Tests of calls through one gateway to providers that do what their script says.</summary>
public abstract class GatewayTest : IAsyncLifetime
{
    private ScriptedProvider? _providers;

    private protected GatewayTest(LocalGateway gateway) => Gateway = gateway;

    private protected LocalGateway Gateway { get; }

    private protected ScriptedProvider Providers => _providers!;

    public async ValueTask InitializeAsync() => _providers = await ScriptedProvider.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        await Providers.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
