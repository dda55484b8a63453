using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Platform.Routing.Calls;
using Platform.Routing.Providers;

namespace Platform.Routing.Tests.Providers;

public sealed class ProviderHandlerTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Provider_learns_nothing_of_the_callers_trace_and_baggage()
    {
        await using var server = LoopbackServer.NewBuilder().Build();
        string[] got = [];
        server.Run(http =>
        {
            got = [.. http.Request.Headers.Keys];
            return http.Response.WriteAsync("{}", http.RequestAborted);
        });
        await server.StartAsync(Cancel);
        using var provider = new HttpMessageInvoker(ProviderHandler.Create(new GatewayOptions()));

        // As the server makes it of a call's headers.
        using var call = new Activity("call") { TraceStateString = "vendor=1" };
        call.SetIdFormat(ActivityIdFormat.W3C).AddBaggage("user.email", "ann@example.com").Start();
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Urls.Single()) { Content = new ByteArrayContent([1]) };
        using var answer = await provider.SendAsync(request, Cancel);
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(["Content-Length", "Host"], got.Order(StringComparer.Ordinal));
    }
}
