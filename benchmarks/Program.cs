using Platform.Benchmarks;
using Platform.Benchmarks.Forecasting;
using Platform.Benchmarks.Gateway;
using Platform.Benchmarks.Metering;

const string Long = "metering-history";
// What each is, how many minutes it may take, and its parts, which are told as they end.
var benchmarks = new Dictionary<string, (string What, int Minutes, Func<CancellationToken, Task<IReadOnlyList<Figure>>>[] Parts)>
{
    ["start"] = ("cold and warm start of the whole platform, and its memory", 3, [StartBenchmark.RunAsync]),
    ["forecast"] = (
        $"time and accuracy of the forecasting engine, and the layered answer of a service; accuracy on data files needs {ForecastBenchmark.DataVariable}; up to 15 minutes", 15,
        [OrganisationBenchmark.RunAsync, ForecastBenchmark.RunAsync]),
    ["gateway"] = (
        $"calls a second over nginx as a plain proxy; what the gateway adds to a call; 2,000 open streams; its start; with {GatewayBenchmark.SoakVariable} also memory over time",
        3 + (int)Math.Ceiling(GatewayBenchmark.Soak.TotalMinutes), [GatewayBenchmark.RunAsync]),
    ["ledger"] = ("balances, pages and statements of 10 million entries through gRPC, over sums in SQL on the same rows", 3, [LedgerBenchmark.RunAsync]),
    ["metering"] = ("usage through gRPC, durable, deduplicated, priced and summed, and the same again; over COPY of the same rows", 3, [MeteringBenchmark.RunAsync]),
    [Long] = ($"dashboard queries, drill-down and retention of {MeteringHistoryBenchmark.RecordsVariable} records (20 million) over 90 days; up to 30 minutes, not in all", 30, [MeteringHistoryBenchmark.RunAsync]),
    ["wallet"] = (
        "draws from a lease in memory, over a lock; durable holds and reports through gRPC, over a row-by-row ledger in SQL on the same server", 3,
        [LeaseDrawBenchmark.RunAsync, WalletBenchmark.RunAsync]),
};

if (args is not [var name] || (name is not ("list" or "all") && !benchmarks.ContainsKey(name)))
{
    Console.Error.WriteLine($"Usage: ./bench list|all|{string.Join('|', benchmarks.Keys)}");
    return 2;
}

if (name == "list")
{
    foreach (var (key, (what, _, _)) in benchmarks)
    {
        Console.WriteLine($"{key,-16} {what}");
    }

    return 0;
}

foreach (var (key, (_, minutes, parts)) in benchmarks.Where(entry => name == "all" ? entry.Key != Long : entry.Key == name))
{
    // One that takes longer has failed.
    using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(minutes));
    Console.Error.WriteLine($"{key} …");
    foreach (var part in parts)
    {
        FigureTable.Write(key, await part(limit.Token));
    }
}

return 0;
