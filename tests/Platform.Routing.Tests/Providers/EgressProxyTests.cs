using System.Net;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Tests.Calls;

namespace Platform.Routing.Tests.Providers;

/// <summary>A provider whose name nobody knows but the proxy, which here answers for it.</summary>
public sealed class EgressProxyTests
{
    private static readonly RouteFailover Once = new(default, default, 1, 20, TimeSpan.FromMilliseconds(1));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true, "ok", 200, "a#1 Finished", 1)]
    [InlineData(false, "ok", 503, "a#1 Unsent", 0)]
    [InlineData(true, "407", 502, "a#1 Finished", 1)]
    public async Task Calls_leave_by_the_proxy_only_where_that_is_switched_on(bool isOn, string script, int status, string story, int asked)
    {
        await using var proxy = await ScriptedProvider.StartAsync(Cancel);
        proxy.Script("a", script);
        await using var gateway = new LocalGateway(
            gateway: new GatewayOptions { UseEgressProxy = isOn },
            proxy: new WebProxy(proxy.AddressOf("a")[..^2]) { Credentials = new NetworkCredential("user", "secret") });
        var answer = await gateway.CallAsync(LocalGateway.Set(Once, LocalGateway.Target("a", "http://provider.invalid/a")));
        Assert.Equal((status, story, asked), (answer.Status, gateway.Story(), proxy.Calls.Count));
        Assert.DoesNotContain("secret", answer.Body + gateway.Board.Of(LocalGateway.Target("a", "http://provider.invalid/a")).Stand().LastFailure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Proxy_that_cannot_be_reached_has_sent_nothing()
    {
        await using var gateway = new LocalGateway(gateway: new GatewayOptions { UseEgressProxy = true }, proxy: new WebProxy("http://127.0.0.1:1"));
        var answer = await gateway.CallAsync(LocalGateway.Set(Once, LocalGateway.Target("a", "http://provider.invalid/a")));
        Assert.Equal((503, "a#1 Unsent"), (answer.Status, gateway.Story()));
    }
}
