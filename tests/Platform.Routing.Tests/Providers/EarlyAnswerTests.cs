using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Threading.Tasks.Sources;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Providers;
using Platform.Routing.Tests.Calls;
using Platform.ServiceDefaults.Http;
using Platform.Testing;

namespace Platform.Routing.Tests.Providers;

/// <summary>Providers that take no whole request: they read its head, say what they say, and close while its body is on the way, so that the connection is reset.</summary>
public sealed class EarlyAnswerTests() : GatewayTest(new LocalGateway())
{
    private const string TooLarge = "HTTP/1.1 413 Payload Too Large\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";

    private static readonly byte[] Large = new byte[32 * 1024 * 1024];

    [Fact(Timeout = 600_000)]
    public async Task Refusal_of_a_large_request_is_read_and_is_the_callers_and_not_a_broken_connection()
    {
        using var server = new ClosingServer();
        var serving = server.ServeAsync(TooLarge, TestContext.Current.CancellationToken);
        var set = LocalGateway.Set(
            new RouteFailover(FailureKinds.None, FailureKinds.ContextLength, 3, 20, TimeSpan.FromMilliseconds(1)),
            LocalGateway.Target("a", $"http://{server.Authority}"), LocalGateway.Target("bb", Providers.AddressOf("bb")));
        var (status, _, _) = await Gateway.CallAsync(set, body: $$"""{"model":"m","messages":[{"role":"user","content":"{{new string('h', 16 * 1024 * 1024)}}"}],"max_tokens":100}""");
        await serving;
        Assert.Equal(200, status);
        Assert.Equal("a#1 Finished, bb#2 Finished", Gateway.Story());
        Assert.Equal(0, Gateway.Attempts()[0].Last.AmountNanos);
        Assert.Equal(0, Gateway.Board.Of(set.Targets[0].Target).Stand().FailuresInARow);
    }

    [Theory(Timeout = 600_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Answer_that_came_before_the_reset_is_read_and_its_connection_not_used_again(bool isTls)
    {
        using var server = new ClosingServer();
        using var http = Client(isTls);
        for (var request = 0; request < 2; request++)
        {
            var serving = server.ServeAsync(TooLarge, TestContext.Current.CancellationToken, certificate: isTls ? NewCertificate() : null);
            using var answer = await http.SendAsync(Request(server, isTls), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
            Assert.Equal("{}", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            await serving;
        }
    }

    [Fact]
    public async Task Write_that_failed_while_it_was_handed_over_is_let_go()
    {
        await using var stream = new EarlyAnswerStream(new FailedStream());
        await stream.WriteAsync(new byte[1], TestContext.Current.CancellationToken);
        Assert.Equal(0, await stream.ReadAsync(new byte[1], TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<IOException>(() => stream.WriteAsync(new byte[1], TestContext.Current.CancellationToken).AsTask());
    }

    [Theory(Timeout = 600_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reset_without_an_answer_is_a_failure_that_proves_nothing(bool isTls)
    {
        using var server = new ClosingServer();
        using var http = Client(isTls);
        var serving = server.ServeAsync("", TestContext.Current.CancellationToken, certificate: isTls ? NewCertificate() : null);
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => http.SendAsync(Request(server, isTls), TestContext.Current.CancellationToken));
        Assert.True(failure is HttpRequestException or IOException, failure.ToString());
        Assert.False(ProviderClient.IsNeverSent(failure));
        await serving;
        Assert.False(server.HasNext, "The request was sent again.");
    }

    [Fact(Timeout = 600_000)]
    public async Task Answer_over_http_2_is_read_beside_what_is_sent()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        await using var server = builder.Build();
        server.Run(http =>
        {
            http.Response.StatusCode = StatusCodes.Status413PayloadTooLarge;
            return http.Response.WriteAsync("{}");
        });
        await server.StartAsync(TestContext.Current.CancellationToken);
        using var http = Client(isTls: false);
        using var request = new HttpRequestMessage(HttpMethod.Post, server.Urls.Single()) { Content = new ByteArrayContent(Large), Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, answer.StatusCode);
        Assert.Equal("{}", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private static HttpMessageInvoker Client(bool isTls)
    {
        var handler = ProviderHandler.CreateSockets(new GatewayOptions(), proxy: null);

        // Nothing here is about it, and on a busy machine a handshake takes longer than a call waits for one.
        handler.ConnectTimeout = TimeSpan.FromMinutes(1);
        if (isTls)
        {
            handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
        }

        return new HttpMessageInvoker(handler);
    }

    private static HttpRequestMessage Request(ClosingServer server, bool isTls) =>
        new(HttpMethod.Post, $"{(isTls ? "https" : "http")}://{server.Authority}/v1/chat/completions") { Content = new ByteArrayContent(Large) };

    private static X509Certificate2 NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=provider.test", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(130));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>Writes end as a socket's do that waited first and then failed: completed, by what they say of themselves, and with an error when they are asked for their result.</summary>
    private sealed class FailedStream : MemoryStream, IValueTaskSource
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => new(this, 0);

        public ValueTaskSourceStatus GetStatus(short token) => ValueTaskSourceStatus.Succeeded;

        public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => throw new NotSupportedException();

        public void GetResult(short token) => throw new IOException("Broken pipe");
    }
}
