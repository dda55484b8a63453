namespace Platform.Benchmarks;

/// <summary>
/// Durable hold and report pairs through gRPC, on one wallet and on 1,000, and holds in batches. Client, Wallet and PostgreSQL share the machine. The baseline is
/// measured in the same run on the same server; a pair there is two transfers, as a hold and its report are two durable transitions here.
/// </summary>
internal static class WalletBenchmark
{
    private const long Funds = 1_000_000_000_000_000;
    private const int BatchSize = 500;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(6);

    public static async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        await using var wallet = await RunningWallet.StartAsync(cancellationToken);
        var load = new HoldLoad(wallet);
        var hot = await wallet.MakeTeamsAsync("hot", 1, Funds, cancellationToken);

        await load.PairsAsync(hot, 64, TimeSpan.FromSeconds(15), cancellationToken);
        File.WriteAllText("/tmp/bench-ready", "x");
        var before = wallet.ProcessorSeconds();
        var hot64 = await load.PairsAsync(hot, 64, TimeSpan.FromSeconds(25), cancellationToken);
        var after = wallet.ProcessorSeconds();
        var n = hot64.Milliseconds.Length / 2;
        Console.WriteLine($"{hot64.PerSecond} pairs/s p50 {hot64.Percentile(0.5)} p99 {hot64.Percentile(0.99)} callers {(after.Callers - before.Callers) * 1e6 / n} wallet {(after.Wallet - before.Wallet) * 1e6 / n} pg {(after.Postgres - before.Postgres) * 1e6 / n}");
        before = wallet.ProcessorSeconds();
        var batch = await load.BatchesAsync(hot[0], 4, BatchSize, TimeSpan.FromSeconds(10), cancellationToken);
        after = wallet.ProcessorSeconds();
        n = batch.Milliseconds.Length * BatchSize;
        Console.WriteLine($"{batch.PerSecond} holds/s callers {(after.Callers - before.Callers) * 1e6 / n} wallet {(after.Wallet - before.Wallet) * 1e6 / n} pg {(after.Postgres - before.Postgres) * 1e6 / n}");
        return [];
    }
}
