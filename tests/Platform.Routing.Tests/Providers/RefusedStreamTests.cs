using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Platform.Routing.Calls;
using Platform.Routing.Providers;

namespace Platform.Routing.Tests.Providers;

/// <summary>A provider, or what stands before it, that resets a call's stream of HTTP/2 instead of answering.</summary>
public sealed class RefusedStreamTests
{
    [Theory(Timeout = 300_000)]
    // The error code (RFC 9113, 7): REFUSED_STREAM proves that nothing was processed; INTERNAL_ERROR, CANCEL and ENHANCE_YOUR_CALM do not.
    [InlineData(7, true)]
    [InlineData(2, false)]
    [InlineData(8, false)]
    [InlineData(11, false)]
    public async Task Only_a_stream_that_its_server_says_it_refused_was_never_sent(int code, bool isNeverSent)
    {
        var cancel = TestContext.Current.CancellationToken;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        await using var server = builder.Build();
        server.Run(http =>
        {
            http.Features.GetRequiredFeature<IHttpResetFeature>().Reset(code);
            return Task.CompletedTask;
        });
        await server.StartAsync(cancel);
        using var provider = new HttpMessageInvoker(ProviderHandler.Create(new GatewayOptions()));
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Urls.Single())
        {
            Content = new ByteArrayContent([1]), Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => provider.SendAsync(request, cancel));
        Assert.True(isNeverSent == ProviderClient.IsNeverSent(failure), failure.ToString());
    }
}
