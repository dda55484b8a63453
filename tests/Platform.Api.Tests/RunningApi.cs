using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Platform.Api.Tests;

/// <summary>The API on a free port, with services that do not answer: what it decides by itself, it must decide without them. A test may give it a Metering or a Wallet that does.</summary>
public sealed class RunningApi : IAsyncLifetime
{
    // Nothing listens on the discard port.
    private const string Nowhere = "http://127.0.0.1:9";
    private WebApplication? _app;

    internal HttpClient Client { get; private set; } = new();

    /// <summary>What the process has, once it runs.</summary>
    internal IServiceProvider Services => _app!.Services;

    internal string Metering { get; init; } = Nowhere;

    internal string Wallet { get; init; } = Nowhere;

    public async ValueTask InitializeAsync()
    {
        var services = new[] { "wallet", "metering", "routing", "forecast", "export" };
        _app = ApiApp.Build(
        [
            "--Kestrel:Endpoints:http:Url=http://127.0.0.1:0", "--Logging:LogLevel:Default=Warning",
            .. services.Select(service => $"--services:{service}:grpc:0={(service == "metering" ? Metering : service == "wallet" ? Wallet : Nowhere)}"), .. services.Select(service => $"--services:{service}:http:0={Nowhere}"),
        ]);
        await _app.StartAsync(TestContext.Current.CancellationToken);
        var address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

        // The first request has all routes made: seconds of a processor, and more than half a minute where many share it.
        Client = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(30) }) { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(100) };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "kt_live_test");
    }

    internal Task<HttpResponseMessage> PostAsync(string path, string body) =>
        Client.PostAsync(path, new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }
    }
}
