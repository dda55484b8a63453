using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Aspire.Hosting;
using Aspire.Hosting.Testing;
using Platform.AppHost;
using Platform.NativeHost;

namespace Platform.Benchmarks.Gateway;

/// <summary>
/// The gateway with wallet, journal, limits and metering on, the simulator called directly, and nginx as a plain proxy before the simulator: in turn, in short
/// slices, so that the machine's mood falls on all alike. Load, simulator and gateway share the machine.
/// </summary>
internal static class GatewayBenchmark
{
    /// <summary>Seconds of steady load over which the gateway's memory must not grow; absent: not measured.</summary>
    public const string SoakVariable = "KT_BENCH_SOAK_SECONDS";

    private const string OwnerToken = "benchownertoken0000000000000000000000000000";
    private const string SupportKey = "benchsupportkey0000000000000000000000000000";
    private const int Connections = 32;
    private const int PacedCalls = 300;
    private const int Streams = 2_000;

    /// <summary>Whose work a call is, beside the simulator's.</summary>
    private static readonly string[] Behind =
        [ResourceNames.Routing, ResourceNames.Metering, ResourceNames.Wallet, ResourceNames.Forecast, ResourceNames.Postgres, ResourceNames.Messaging];

    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(2);

    /// <summary>Until the runtime has compiled what is hot, in all services that a call passes: they run for days, and are not measured by their first seconds.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(12);

    public static TimeSpan Soak => TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable(SoakVariable) ?? "0"));

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
        var simulator = app.GetEndpoint(ResourceNames.Simulator);
        await using var nginx = await NginxProxy.StartAsync(simulator, cancellationToken);
        using var direct = new CallLoad(simulator, $"kt_live_{SupportKey}");
        using var proxied = new CallLoad(nginx.Address, $"kt_live_{SupportKey}");
        using var gateway = new CallLoad(app.GetEndpoint(ResourceNames.Routing), $"kt_live_{SupportKey}");
        foreach (var load in new[] { direct, proxied })
        {
            await load.RateAsync(Connections, Slice, cancellationToken);
        }

        await gateway.RateAsync(Connections, WarmUp, cancellationToken);

        return
        [
            .. await ThroughputAsync(app, direct, proxied, gateway, cancellationToken),
            .. await AddedAsync("added", stream: false, direct, gateway, cancellationToken),
            .. await AddedAsync("first_token", stream: true, direct, gateway, cancellationToken),
            .. await StreamsAsync(app, simulator, nginx, proxied, gateway, cancellationToken),
            .. await SoakAsync(app, gateway, cancellationToken),
            await FirstCallAsync(app, gateway, cancellationToken),
        ];
    }

    private static async Task<List<Figure>> ThroughputAsync(
        DistributedApplication app, CallLoad direct, CallLoad proxied, CallLoad gateway, CancellationToken cancellationToken)
    {
        const int rounds = 5;
        var rates = new List<(double Direct, double Proxied, double Gateway)>();
        var spent = Behind.ToDictionary(name => name, _ => 0.0);
        for (var round = 0; round < rounds; round++)
        {
            await SettleAsync(app, cancellationToken);
            var (alone, through) = (await direct.RateAsync(Connections, Slice, cancellationToken), await proxied.RateAsync(Connections, Slice, cancellationToken));
            var before = Behind.ToDictionary(name => name, name => RunningServices.ProcessorSeconds(app, name));
            rates.Add((alone, through, await gateway.RateAsync(Connections, Slice, cancellationToken)));
            await SettleAsync(app, cancellationToken);
            foreach (var name in Behind)
            {
                spent[name] += RunningServices.ProcessorSeconds(app, name) - before[name];
            }
        }

        var calls = rates.Sum(rate => rate.Gateway) * Slice.TotalSeconds;
        var rate = Median(rates.Select(rate => rate.Gateway));
        return
        [
            new Figure("throughput", rate, "calls/s", Median(rates.Select(rate => rate.Proxied)), $"nginx, {Connections} connections"),
            new Figure("throughput_of_direct", rate, "calls/s", Median(rates.Select(rate => rate.Direct)), "simulator called directly"),
            .. Behind.Select(name => new Figure($"processor_per_call.{name}", spent[name] / calls * 1_000_000, "µs")),
        ];
    }

    /// <summary>Until what the calls before have left to do (metering, posting, forecasting) is done, so that it does not weigh on the next who is measured.</summary>
    private static async Task SettleAsync(DistributedApplication app, CancellationToken cancellationToken)
    {
        var look = TimeSpan.FromMilliseconds(300);
        double Spent() => Behind.Sum(name => RunningServices.ProcessorSeconds(app, name));
        for (var before = Spent(); ; before = Spent())
        {
            await Task.Delay(look, cancellationToken);
            if (Spent() - before < look.TotalSeconds / 10)
            {
                return;
            }
        }
    }

    private static async Task<Figure[]> AddedAsync(string name, bool stream, CallLoad direct, CallLoad gateway, CancellationToken cancellationToken)
    {
        const int rounds = 8;
        var (alone, through) = (new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            alone.AddRange(await direct.PacedAsync(stream, PacedCalls, Slice, cancellationToken));
            through.AddRange(await gateway.PacedAsync(stream, PacedCalls, Slice, cancellationToken));
        }

        return [Added("p50", 0.5), Added("p99", 0.99)];

        Figure Added(string suffix, double quantile)
        {
            var baseline = Percentile(alone, quantile);
            return new Figure($"{name}_{suffix}", Percentile(through, quantile) - baseline, "ms", baseline, $"simulator called directly, {PacedCalls} calls/s");
        }
    }

    private static async Task<Figure[]> StreamsAsync(
        DistributedApplication app, Uri simulator, NginxProxy nginx, CallLoad proxied, CallLoad gateway, CancellationToken cancellationToken)
    {
        var idle = MemoryMiB(app);
        var open = await StreamLoad.WhileOpenAsync(simulator, gateway, Streams, () => MemoryMiB(app), cancellationToken);
        var processor = await StreamLoad.ProcessorPerMillionTokensAsync(simulator, gateway, () => RunningServices.ProcessorSeconds(app, ResourceNames.Routing), cancellationToken);
        var plain = await StreamLoad.ProcessorPerMillionTokensAsync(simulator, proxied, () => nginx.ProcessorSeconds, cancellationToken);
        return
        [
            new Figure("streams_memory", open, "MiB", idle, $"before its {Streams} streams were open"),
            new Figure("processor_per_million_tokens", processor, "s", plain, "nginx"),
        ];
    }

    /// <summary>Growth of the gateway's memory from a fifth of the time to its end.</summary>
    private static async Task<Figure[]> SoakAsync(DistributedApplication app, CallLoad gateway, CancellationToken cancellationToken)
    {
        if (Soak <= TimeSpan.Zero)
        {
            return [];
        }

        await gateway.PacedAsync(stream: false, PacedCalls, Soak / 5, cancellationToken);
        var before = MemoryMiB(app);
        for (var part = 0; part < 4; part++)
        {
            await gateway.PacedAsync(stream: part % 2 == 1, PacedCalls, Soak / 5, cancellationToken);
        }

        return [new Figure("soak_memory", MemoryMiB(app), "MiB", before, $"a fifth into {Soak.TotalSeconds:0} s of {PacedCalls} calls/s")];
    }

    /// <summary>Kills the gateway, when what the calls before have left to do is done, and counts from its new process's start to the first answered call.</summary>
    private static async Task<Figure> FirstCallAsync(DistributedApplication app, CallLoad gateway, CancellationToken cancellationToken)
    {
        const int rounds = 3;
        var times = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            await SettleAsync(app, cancellationToken);
            times.Add(await RestartAsync(app, gateway, cancellationToken));
        }

        return new Figure("start_to_first_call", Median(times), "s");
    }

    private static async Task<double> RestartAsync(DistributedApplication app, CallLoad gateway, CancellationToken cancellationToken)
    {
        var killed = NativeProcesses.Of(app, ResourceNames.Routing).Single();
        using (var process = Process.GetProcessById(killed))
        {
            process.Kill();
            await process.WaitForExitAsync(cancellationToken);
        }

        while (NativeProcesses.Of(app, ResourceNames.Routing) is not [var pid] || pid == killed)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), cancellationToken);
        }

        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await gateway.TimeAsync(stream: false, cancellationToken);
                return Stopwatch.GetElapsedTime(started).TotalSeconds;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(5), cancellationToken);
            }
        }
    }

    private static double MemoryMiB(DistributedApplication app) => NativeProcesses.Of(app, ResourceNames.Routing).Sum(ProcessTree.MemoryMiB);

    private static async Task FundAsync(DistributedApplication app, CancellationToken cancellationToken)
    {
        using var api = app.CreateHttpClient(ResourceNames.Api);
        api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", $"kt_live_{OwnerToken}");
        using var response = await api.PostAsJsonAsync("v1/wallets/allocate", new { team_id = "team_support", amount = 50_000m, currency = "USD" }, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    private static double Median(IEnumerable<double> values) => Percentile([.. values], 0.5);

    private static double Percentile(List<double> values, double quantile) => values.Order().ElementAt((int)Math.Ceiling(quantile * values.Count) - 1);
}
