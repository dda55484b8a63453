using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Platform.Routing.Calls;
using Platform.Routing.Providers;
using Platform.ServiceDefaults.Http;
using Platform.Testing;

namespace Platform.Routing.Tests.Providers;

/// <summary>A connection of HTTP/2 carries all calls to a provider, so all of them are lost with it.</summary>
public sealed class SilentConnectionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Timeout = 600_000)]
    public async Task Call_over_a_connection_that_loses_all_it_is_given_fails_in_time_and_the_next_takes_another_connection()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        await using var server = builder.Build();
        var served = 0;
        server.Run(http => http.Response.WriteAsync($"{Interlocked.Increment(ref served)}", http.RequestAborted));
        await server.StartAsync(TestContext.Current.CancellationToken);
        await using var network = new LossyProxy(new Uri(server.Urls.Single()));

        // What the gateway waits is half a minute; here the same silence is noticed sooner.
        var sockets = ProviderHandler.CreateSockets(new GatewayOptions(), proxy: null);
        Assert.Equal((TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(10)), (sockets.KeepAlivePingDelay, sockets.KeepAlivePingTimeout));
        (sockets.KeepAlivePingDelay, sockets.KeepAlivePingTimeout) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4));
        using var provider = new HttpMessageInvoker(new LostConnectionHandler(sockets));
        Assert.Equal("1", await AskAsync());

        network.LoseWhatFlows();
        var lost = await Assert.ThrowsAnyAsync<Exception>(() => AskAsync().WaitAsync(TimeSpan.FromSeconds(60), Cancel));
        Assert.True(lost is HttpRequestException or IOException, lost.ToString());

        // The provider may have it.
        Assert.False(ProviderClient.IsNeverSent(lost), lost.ToString());
        Assert.Equal("2", await AskAsync());
        Assert.Equal(2, network.Accepted);

        async Task<string> AskAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, network.Address)
            {
                Content = new ByteArrayContent([1]), Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
            using var answer = await provider.SendAsync(request, Cancel);
            return await answer.Content.ReadAsStringAsync(Cancel);
        }
    }
}
