using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Platform.Routing.Calls;

namespace Platform.Routing.Tests.Calls;

/// <summary>Bodies that are too large, too slow or broken, on a real connection: what is answered, and that the server goes on.</summary>
public sealed class RequestBodyTests : IAsyncLifetime
{
    private const int MaxBytes = 50_000;

    private WebApplication? _app;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Uri Address => new(_app!.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(2));

            // Below the gateway's own limit, as Kestrel's is where that is raised.
            kestrel.Limits.MaxRequestBodySize = MaxBytes / 2;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        builder.Services.AddMetrics();
        _app = builder.Build();
        var options = Options.Create(new GatewayOptions { MaxBodyBytes = MaxBytes });
        var bodies = new RequestBody(new BodyRoom(options, _app.Services.GetRequiredService<IMeterFactory>()), options, TimeProvider.System);
        _app.Run(async http =>
        {
            var (error, body) = await bodies.TryReadAsync(http, "team_a");
            await (error is null ? http.Response.WriteAsync($"{body!.Length} bytes", Cancel) : error.WriteAsync(http.Response, Cancel));
        });
        await _app.StartAsync(Cancel);
    }

    public async ValueTask DisposeAsync() => await _app!.DisposeAsync();

    [Theory]
    [InlineData(0, false, "200 0 bytes")]
    [InlineData(MaxBytes, false, "200 50000 bytes")]
    [InlineData(MaxBytes, true, "200 50000 bytes")]
    [InlineData(MaxBytes + 1, false, "413")]
    [InlineData(MaxBytes + 1, true, "413")]
    [InlineData(20_000_000, false, "413")]
    public async Task Body_above_the_limit_is_refused_whether_or_not_it_says_its_length(int bytes, bool isChunked, string expected)
    {
        // A body that was sent after all, into a connection that the refusal has closed, would break the call.
        using var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(30) };
        using var http = new HttpClient(handler) { BaseAddress = Address };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new ByteArrayContent(new byte[bytes]) };
        request.Headers.TransferEncodingChunked = isChunked;
        request.Headers.ExpectContinue = bytes > MaxBytes;
        using var answer = await http.SendAsync(request, Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.StartsWith(expected, $"{(int)answer.StatusCode} {text}", StringComparison.Ordinal);
        Assert.True(expected != "413" || text.Contains("The body is above 50000 bytes.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("gzip", "415")]
    [InlineData("br, gzip", "415")]
    [InlineData("identity", "200 9 bytes")]
    public async Task Compressed_body_is_refused_unread(string encoding, string expected)
    {
        using var http = new HttpClient { BaseAddress = Address };
        using var content = new ByteArrayContent(new byte[9]);
        content.Headers.Add("Content-Encoding", encoding);
        using var answer = await http.PostAsync("/", content, Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.StartsWith(expected, $"{(int)answer.StatusCode} {text}", StringComparison.Ordinal);
        Assert.Equal(expected == "415", text.Contains("Send it uncompressed.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Body_that_trickles_is_given_up_and_its_sender_told()
    {
        var answer = await SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 40000\r\n\r\n{\"model\":");
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("The body came too slowly, or stopped before its end, and nothing was charged.", answer, StringComparison.Ordinal);
        await Body_above_the_limit_is_refused_whether_or_not_it_says_its_length(1_000, false, "200 1000 bytes");
    }

    [Fact]
    public async Task Body_in_broken_framing_is_refused()
    {
        var answer = await SendAsync("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("Send it whole, in correct framing.", answer, StringComparison.Ordinal);
    }

    private async Task<string> SendAsync(string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Address.Port, Cancel);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text), Cancel);
        using var reader = new StreamReader(client.GetStream());
        return await reader.ReadToEndAsync(Cancel).WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }
}
