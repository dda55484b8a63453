using Platform.Benchmarks;
using Platform.Benchmarks.Forecasting;
using Platform.Benchmarks.Gateway;
using Platform.Benchmarks.Metering;

const string Long = "metering-history";
var benchmarks = new Dictionary<string, (string What, Func<CancellationToken, Task<IReadOnlyList<Figure>>> Run)>
{
    ["start"] = ("cold and warm start of the whole platform, and its memory", StartBenchmark.RunAsync),
    ["forecast"] = (
        $"time and accuracy of the forecasting engine, and the layered answer of a service; accuracy on data files needs {ForecastBenchmark.DataVariable}",
        async cancellationToken => [.. await OrganisationBenchmark.RunAsync(cancellationToken), .. await ForecastBenchmark.RunAsync(cancellationToken)]),
    ["gateway"] = (
        $"calls a second over nginx as a plain proxy; what the gateway adds to a call; 2,000 open streams; its start; with {GatewayBenchmark.SoakVariable} also memory over time",
        GatewayBenchmark.RunAsync),
    ["ledger"] = ("balances, pages and statements of 10 million entries through gRPC, over sums in SQL on the same rows", LedgerBenchmark.RunAsync),
    ["metering"] = ("usage through gRPC, durable, deduplicated, priced and summed, and the same again; over COPY of the same rows", MeteringBenchmark.RunAsync),
    [Long] = ($"dashboard queries, drill-down and retention of {MeteringHistoryBenchmark.RecordsVariable} records (20 million) over 90 days; up to 30 minutes, not in all", MeteringHistoryBenchmark.RunAsync),
    ["wallet"] = (
        "draws from a lease in memory, over a lock; durable holds and reports through gRPC, over a row-by-row ledger in SQL on the same server",
        async cancellationToken => [.. await LeaseDrawBenchmark.RunAsync(cancellationToken), .. await WalletBenchmark.RunAsync(cancellationToken)]),
};

if (args is not [var name] || (name is not ("list" or "all") && !benchmarks.ContainsKey(name)))
{
    Console.Error.WriteLine($"Usage: ./bench list|all|{string.Join('|', benchmarks.Keys)}");
    return 2;
}

if (name == "list")
{
    foreach (var (key, (what, _)) in benchmarks)
    {
        Console.WriteLine($"{key,-16} {what}");
    }

    return 0;
}

foreach (var (key, (_, run)) in benchmarks.Where(entry => name == "all" ? entry.Key != Long : entry.Key == name))
{
    // No benchmark may take longer than this; one that does has failed.
    using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(key == Long ? 30 : 3) + (key == "gateway" ? GatewayBenchmark.Soak : TimeSpan.Zero));
    Console.Error.WriteLine($"{key} …");
    FigureTable.Write(key, await run(limit.Token));
}

return 0;
