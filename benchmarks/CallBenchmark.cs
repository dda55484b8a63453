using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Aspire.Hosting;
using Aspire.Hosting.Testing;
using Platform.AppHost;

namespace Platform.Benchmarks;

/// <summary>
/// Calls the simulator directly and through the gateway in turn, so that the machine's mood falls on both alike; wallet, journal and metering are on.
/// </summary>
internal static class CallBenchmark
{
    private const string OwnerToken = "benchownertoken0000000000000000000000000000";
    private const string SupportKey = "benchsupportkey0000000000000000000000000000";
    private const int WarmUpCalls = 1_000;
    private const int Calls = 3_000;
    private const int Connections = 32;
    private const string Body = """{"model":"gpt-4o-mini","messages":[{"role":"user","content":"What is the status of my order?"}],"stream":STREAM}""";

    public static async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.AppHost>(
            [$"--Parameters:{ResourceNames.OwnerToken}={OwnerToken}", $"--Parameters:{ResourceNames.SupportKey}={SupportKey}"], cancellationToken);
        await using var app = await builder.BuildAsync(cancellationToken);
        await app.StartAsync(cancellationToken);
        foreach (var resource in new[] { ResourceNames.Api, ResourceNames.Routing, ResourceNames.Simulator, ResourceNames.Forecast, ResourceNames.Export })
        {
            await app.ResourceNotifications.WaitForResourceHealthyAsync(resource, cancellationToken);
        }

        await FundAsync(app, cancellationToken);
        using var direct = Client(app, ResourceNames.Simulator);
        using var gateway = Client(app, ResourceNames.Routing);
        var figures = new List<Figure>();
        foreach (var stream in new[] { false, true })
        {
            var kind = stream ? "first_token" : "plain";
            await InTurnAsync(direct, gateway, stream, WarmUpCalls, cancellationToken);
            var (alone, through) = await InTurnAsync(direct, gateway, stream, Calls, cancellationToken);
            figures.Add(new Figure($"{kind}_p50", Percentile(through, 0.5), "ms", Percentile(alone, 0.5), "simulator called directly"));
            figures.Add(new Figure($"{kind}_p99", Percentile(through, 0.99), "ms", Percentile(alone, 0.99), "simulator called directly"));
            figures.Add(new Figure($"{kind}_added_p50", Percentile(through, 0.5) - Percentile(alone, 0.5), "ms"));
            figures.Add(new Figure($"{kind}_added_p99", Percentile(through, 0.99) - Percentile(alone, 0.99), "ms"));
        }

        var rate = await RateAsync(gateway, cancellationToken);
        figures.Add(new Figure("calls_per_second", rate, "1/s", await RateAsync(direct, cancellationToken), $"simulator directly, {Connections} connections"));
        return figures;
    }

    private static HttpClient Client(DistributedApplication app, string resource)
    {
        var client = new HttpClient(new SocketsHttpHandler { PooledConnectionIdleTimeout = TimeSpan.FromMinutes(5) }) { BaseAddress = app.GetEndpoint(resource) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", $"kt_live_{SupportKey}");
        return client;
    }

    private static async Task FundAsync(DistributedApplication app, CancellationToken cancellationToken)
    {
        using var api = app.CreateHttpClient(ResourceNames.Api);
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", $"kt_live_{OwnerToken}");
        using var response = await api.PostAsJsonAsync("v1/wallets/allocate", new { team_id = "team_support", amount = 10_000m, currency = "USD" }, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    private static async Task<(double[] Direct, double[] Gateway)> InTurnAsync(
        HttpClient direct, HttpClient gateway, bool stream, int calls, CancellationToken cancellationToken)
    {
        var (alone, through) = (new double[calls], new double[calls]);
        for (var i = 0; i < calls; i++)
        {
            alone[i] = await TimeAsync(direct, stream, cancellationToken);
            through[i] = await TimeAsync(gateway, stream, cancellationToken);
        }

        return (alone, through);
    }

    /// <summary>Milliseconds to the first byte of the body; the rest is read outside the measurement.</summary>
    private static async Task<double> TimeAsync(HttpClient client, bool stream, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/chat/completions")
        {
            Content = new StringContent(Body.Replace("STREAM", stream ? "true" : "false", StringComparison.Ordinal), MediaTypeHeaderValue.Parse("application/json")),
        };
        var started = Stopwatch.GetTimestamp();
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[16_384];
        var read = await body.ReadAsync(buffer, cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        while (read > 0)
        {
            read = await body.ReadAsync(buffer, cancellationToken);
        }

        return elapsed;
    }

    private static async Task<double> RateAsync(HttpClient client, CancellationToken cancellationToken)
    {
        const int callsEach = 150;
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            for (var i = 0; i < callsEach; i++)
            {
                await TimeAsync(client, stream: false, cancellationToken);
            }
        }));
        return Connections * callsEach / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static double Percentile(double[] values, double quantile)
    {
        var sorted = values.Order().ToArray();
        return sorted[(int)Math.Ceiling(quantile * sorted.Length) - 1];
    }
}
