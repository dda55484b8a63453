using Npgsql;

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
        var spread = await wallet.MakeTeamsAsync("spread", 1_000, Funds / 1_000, cancellationToken);
        var server = await wallet.ServerAsync(cancellationToken);
        await MakeLogFilesAsync(server, cancellationToken);
        await load.PairsAsync(hot, 64, WarmUp, cancellationToken);

        var baseline = await RowByRowLedger.MeasureAsync(server, Each / 2, cancellationToken);
        var before = wallet.ProcessorSeconds();
        var hot64 = Callers(hot).Pairs(64, Each, cancellationToken);
        var after = wallet.ProcessorSeconds();
        var hot256 = Callers(hot).Pairs(256, Each, cancellationToken);
        var spread64 = Callers(spread).Pairs(64, Each, cancellationToken);
        var best = Math.Max(hot64.PerSecond, hot256.PerSecond);
        var paced = Callers(hot).PacedPairs(256, best * 0.8, Each, cancellationToken);
        var library = await load.PairsAsync(hot, 64, Each, cancellationToken);
        var batch = await load.BatchesAsync(hot[0], 4, BatchSize, Each, cancellationToken);
        await load.VerifyAsync(hot[0], cancellationToken);

        HoldCallers Callers(string[] teams) => new(wallet, load, teams);
        var rowByRow = $"row-by-row ledger, {baseline.Clients} clients";
        return
        [
            new Figure("hot_unary_pairs", hot64.PerSecond, "1/s", baseline.PairsPerSecond, rowByRow),
            new Figure("hot_unary_pairs_of_64", hot64.PerSecond, "1/s", baseline.PairsPerSecondOf64, "row-by-row ledger, as many clients"),
            new Figure("hot_unary_p50", hot64.Percentile(0.5), "ms"),
            new Figure("hot_unary_p99", hot64.Percentile(0.99), "ms"),
            new Figure("hot_unary_callers_cpu", (after.Callers - before.Callers) * 1_000_000 / (hot64.Milliseconds.Length / 2), "µs per pair"),
            new Figure("hot_unary_wallet_cpu", (after.Wallet - before.Wallet) * 1_000_000 / (hot64.Milliseconds.Length / 2), "µs per pair"),
            new Figure("hot_unary_postgres_cpu", (after.Postgres - before.Postgres) * 1_000_000 / (hot64.Milliseconds.Length / 2), "µs per pair"),
            new Figure("hot_unary_library_pairs", library.PerSecond, "1/s", hot64.PerSecond, "callers of one thread, as many"),
            new Figure("hot_unary_256_pairs", hot256.PerSecond, "1/s", best, "the better of 64 and 256 callers"),
            new Figure("hot_unary_256_p50", hot256.Percentile(0.5), "ms"),
            new Figure("hot_unary_256_p99", hot256.Percentile(0.99), "ms"),
            new Figure("hot_unary_paced_pairs", paced.PerSecond, "1/s", best, "the best rate"),
            new Figure("hot_unary_paced_p50", paced.Percentile(0.5), "ms"),
            new Figure("hot_unary_paced_p99", paced.Percentile(0.99), "ms"),
            new Figure("hot_batch_holds", batch.PerSecond, "1/s", baseline.PairsPerSecond * 2, $"{rowByRow}, transfers"),
            new Figure("hot_batch_p50", batch.Percentile(0.5), "ms"),
            new Figure("spread_unary_pairs", spread64.PerSecond, "1/s", hot64.PerSecond, "one hot wallet"),
            new Figure("spread_unary_p99", spread64.Percentile(0.99), "ms"),
        ];
    }

    /// <summary>
    /// Gives the server the files of its write-ahead log that it has after its first gigabyte, for the baseline as well. One that must be made is filled with zeros first:
    /// tens of milliseconds in which nobody commits, once in each 10,000 pairs. A server that has run for a while uses its old ones again.
    /// </summary>
    private static async Task MakeLogFilesAsync(string server, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create(server);
        await using var fill = source.CreateCommand(
            "DO $$ BEGIN FOR file IN 1..60 LOOP PERFORM pg_logical_emit_message(false, 'bench', ''); PERFORM pg_switch_wal(); END LOOP; END $$");
        await fill.ExecuteNonQueryAsync(cancellationToken);
        await using var recycle = source.CreateCommand("CHECKPOINT");
        await recycle.ExecuteNonQueryAsync(cancellationToken);
    }
}
