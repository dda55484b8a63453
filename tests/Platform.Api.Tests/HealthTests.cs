using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Platform.ServiceDefaults;
using Platform.Testing;

namespace Platform.Api.Tests;

/// <summary>What the platform says of its health follows what its services can do.</summary>
public sealed class HealthTests
{
    private static readonly string[] Services = ["wallet", "metering", "routing", "forecast", "export"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Degraded_service_leaves_the_platform_ready_and_says_why_an_unhealthy_one_does_not()
    {
        await using var service = await StartServiceAsync(new Dictionary<string, HealthCheckResult> { ["bus"] = HealthCheckResult.Degraded("The broker does not answer."), ["database"] = HealthCheckResult.Healthy() });
        await using var failing = await StartServiceAsync(new Dictionary<string, HealthCheckResult> { ["database"] = HealthCheckResult.Unhealthy("PostgreSQL does not answer.") });

        Assert.Equal((HttpStatusCode.OK, """{"status":"degraded","reasons":["bus: The broker does not answer."]}"""), await GetAsync(AddressOf(service)));

        await using var ready = await StartApiAsync(AddressOf(service), AddressOf(service));
        var (status, body) = await GetAsync(AddressOf(ready));
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.StartsWith("""{"status":"ready","services":{"wallet":"degraded","metering":"degraded",""", body);
        Assert.Contains("\"wallet\":[\"bus: The broker does not answer.\"]", body);

        await using var half = await StartApiAsync(AddressOf(service), AddressOf(failing));
        (status, body) = await GetAsync(AddressOf(half));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.StartsWith("""{"status":"not_ready","services":{"wallet":"unhealthy","metering":"degraded",""", body);
        Assert.Contains("\"wallet\":[\"database: PostgreSQL does not answer.\"]", body);
    }

    [Fact]
    public async Task Service_whose_database_hangs_is_heard_though_it_takes_seconds_to_say_so()
    {
        await using var well = await StartServiceAsync(new Dictionary<string, HealthCheckResult>());
        await using var waiting = await StartServiceAsync(
            new Dictionary<string, HealthCheckResult> { ["database"] = HealthCheckResult.Unhealthy("PostgreSQL has not answered within 2 s.") }, TimeSpan.FromSeconds(2.1));
        await using var api = await StartApiAsync(AddressOf(well), AddressOf(waiting));

        // A machine that stands still for two seconds makes one answer late; a wait that is too short makes each of them late.
        var (status, body) = (default(HttpStatusCode), "");
        await Eventually.TrueAsync(
            async () =>
            {
                (status, body) = await GetAsync(AddressOf(api));
                return !body.Contains("unreachable", StringComparison.Ordinal);
            },
            TimeSpan.FromSeconds(40), () => $"all services to be heard, not {body}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.StartsWith("""{"status":"not_ready","services":{"wallet":"unhealthy","metering":"healthy",""", body);
        Assert.Contains("\"wallet\":[\"database: PostgreSQL has not answered within 2 s.\"]", body);
    }

    private static async Task<WebApplication> StartServiceAsync(IReadOnlyDictionary<string, HealthCheckResult> checks, TimeSpan takes = default)
    {
        var builder = WebApplication.CreateBuilder(["--Kestrel:Endpoints:http:Url=http://127.0.0.1:0", "--Logging:LogLevel:Default=None"]);
        builder.AddServiceDefaults();
        foreach (var (name, result) in checks)
        {
            builder.Services.AddHealthChecks().AddAsyncCheck(name, async () =>
            {
                await Task.Delay(takes, Cancel);
                return result;
            });
        }

        var app = builder.Build();
        app.MapDefaultEndpoints();
        await app.StartAsync(Cancel);
        return app;
    }

    private static async Task<WebApplication> StartApiAsync(string others, string wallet)
    {
        var app = ApiApp.Build(
        [
            "--Kestrel:Endpoints:http:Url=http://127.0.0.1:0", "--Logging:LogLevel:Default=None",
            .. Services.Select(service => $"--services:{service}:http:0={(service == "wallet" ? wallet : others)}"), .. Services.Select(service => $"--services:{service}:grpc:0={others}"),
        ]);
        await app.StartAsync(Cancel);
        return app;
    }

    private static string AddressOf(WebApplication app) => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    private static async Task<(HttpStatusCode Status, string Body)> GetAsync(string address)
    {
        using var client = new HttpClient();
        using var answer = await client.GetAsync(address + "/health", Cancel);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }
}
