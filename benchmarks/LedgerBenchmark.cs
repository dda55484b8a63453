using System.Diagnostics;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Npgsql;
using Platform.Contracts.Wallet.V1;

namespace Platform.Benchmarks;

/// <summary>
/// What people read of a ledger with 10 million entries (5 million transfers, two fifths of them of one wallet, 90 days), through gRPC, one caller at a time. The
/// baseline is what a ledger without looked-up balances does on the same rows: it sums entries, and pages by counting.
/// </summary>
internal static class LedgerBenchmark
{
    /// <summary>How many transfers to make, where 5,000,000 take too long: the benchmark then says less.</summary>
    private const string TransfersVariable = "KT_BENCH_TRANSFERS";

    // Three months, three transfers a call; the script wants a multiple of 1,665.
    private static readonly long CallsAMonth =
        long.Parse(Environment.GetEnvironmentVariable(TransfersVariable) ?? "5000000", CultureInfo.InvariantCulture) / 9 / 1_665 * 1_665;

    private const int Reads = 300;
    private const int BaselineReads = 3;
    private const string Hot = "wal_bench_0";

    private const string SumBalances = "SELECT account, sum(amount) FROM ledger_entry WHERE wallet_id = $1 GROUP BY account";

    private const string CountedPage = """
        SELECT * FROM transfer WHERE to_wallet = $1 OR from_wallet = $1 ORDER BY transfer_seq DESC
        OFFSET (SELECT count(*) / 2 FROM transfer WHERE to_wallet = $1 OR from_wallet = $1) LIMIT 100
        """;

    private const string SumStatement = """
        SELECT kind, account, sum(e.amount) FILTER (WHERE recorded_at < $2), sum(e.amount) FILTER (WHERE recorded_at >= $2)
        FROM ledger_entry e JOIN transfer USING (transfer_seq) WHERE e.wallet_id = $1 AND recorded_at < $3 GROUP BY kind, account
        """;

    public static async Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        await using var wallet = await RunningWallet.StartAsync(cancellationToken);
        await using var database = NpgsqlDataSource.Create(await wallet.DatabaseAsync(cancellationToken));
        var client = wallet.Clients[0];
        await client.CreditAsync(
            new CreditRequest { AmountNanos = 3_000 * LedgerHistory.Allocation, Currency = "USD", IdempotencyKey = "bench" }, RunningWallet.Owner,
            cancellationToken: cancellationToken);
        var building = await TimeAsync(() => LedgerHistory.MakeAsync(database, CallsAMonth, cancellationToken));

        var month = TimeProvider.System.GetUtcNow().UtcDateTime.Date.AddDays(-60);
        var (from, to) = (Timestamp.FromDateTime(month), Timestamp.FromDateTime(month.AddDays(30)));
        var figures = new List<Figure>
        {
            new("build", building / 1_000, "s"),
            new("entries", await CountAsync(), "entries"),
            await ReadsAsync("balance", i => client.GetBalanceAsync(
                new GetBalanceRequest { TeamId = $"bench_{Cold(i)}" }, RunningWallet.Owner, cancellationToken: cancellationToken).ResponseAsync, SumBalances),
        };
        figures.Add(await ReadsAsync(
            "wallet_of_all_wallets", _ => client.GetWalletAsync(
                new GetWalletRequest { WalletId = "wal_organisation" }, RunningWallet.Owner, cancellationToken: cancellationToken).ResponseAsync, null));
        async Task PagesAsync(string name, Func<int, ListTransactionsRequest> request, string? baseline = null) => figures.Add(await ReadsAsync(
            name, i => client.ListTransactionsAsync(request(i), RunningWallet.Owner, cancellationToken: cancellationToken).ResponseAsync, baseline));
        await PagesAsync("page_first_hot", _ => new ListTransactionsRequest { WalletId = Hot });
        await PagesAsync("page_first_cold", i => new ListTransactionsRequest { WalletId = $"wal_bench_{Cold(i)}" });
        await PagesAsync("page_deep_hot", i => new ListTransactionsRequest { WalletId = Hot, RecordedBefore = Timestamp.FromDateTime(month.AddMinutes(i)) }, CountedPage);
        await PagesAsync("page_of_rare_kind_hot", _ => new ListTransactionsRequest { WalletId = Hot, Kinds = { TransferKind.Allocation, TransferKind.Refund } });
        await PagesAsync("page_of_kind_and_span_hot", i => new ListTransactionsRequest
        {
            WalletId = Hot, Kinds = { TransferKind.Settlement }, RecordedFrom = from, RecordedBefore = Timestamp.FromDateTime(month.AddDays(1).AddMinutes(i)),
        });
        await PagesAsync("page_of_attempt", i => new ListTransactionsRequest { WalletId = Hot, AttemptId = $"{CallsAMonth * i / Reads:x12}".Insert(8, "-") + "-7000-8000-000000000000" });
        async Task StatementsAsync(string name, Func<int, string> walletId, string? baseline = null) => figures.Add(await ReadsAsync(
            name, i => client.GetStatementAsync(
                new GetStatementRequest { WalletId = walletId(i), From = from, To = to }, RunningWallet.Owner, cancellationToken: cancellationToken).ResponseAsync,
            baseline));
        await StatementsAsync("statement_hot", _ => Hot, SumStatement);
        await StatementsAsync("statement_cold", i => $"wal_bench_{Cold(i)}");
        await StatementsAsync("statement_organisation", _ => "wal_organisation");

        figures.Add(await VerifyAsync("verify_first_run_of_new", newOnly: true));
        figures.Add(await VerifyAsync("verify_nothing_new", newOnly: true));
        figures.Add(await VerifyAsync("verify_all", newOnly: false));
        return figures;

        async Task<Figure> ReadsAsync<T>(string name, Func<int, Task<T>> read, string? baselineSql)
        {
            for (var i = 0; i < 20; i++)
            {
                await read(i);
            }

            var times = new double[Reads];
            for (var i = 0; i < Reads; i++)
            {
                times[i] = await TimeAsync(() => read(i));
            }

            var p95 = times.Order().ElementAt((int)Math.Ceiling(0.95 * Reads) - 1);
            return baselineSql is null
                ? new Figure($"{name}_p95", p95, "ms")
                : new Figure($"{name}_p95", p95, "ms", await BaselineAsync(baselineSql), "sums and counts in SQL, median");
        }

        async Task<double> BaselineAsync(string sql)
        {
            var times = new List<double>();
            for (var i = 0; i < BaselineReads; i++)
            {
                await using var command = database.CreateCommand(sql);
                command.CommandTimeout = 0;
                command.Parameters.Add(new() { Value = Hot });
                if (sql == SumStatement)
                {
                    command.Parameters.Add(new() { Value = month });
                    command.Parameters.Add(new() { Value = month.AddDays(30) });
                }

                times.Add(await TimeAsync(() => command.ExecuteNonQueryAsync(cancellationToken)));
            }

            return times.Order().ElementAt(BaselineReads / 2);
        }

        async Task<double> CountAsync()
        {
            await using var command = database.CreateCommand("SELECT 2 * count(*) FROM transfer");
            return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
        }

        async Task<Figure> VerifyAsync(string name, bool newOnly)
        {
            var response = new VerifyResponse();
            var took = await TimeAsync(async () => response = await client.VerifyAsync(
                new VerifyRequest { NewEntriesOnly = newOnly }, RunningWallet.Owner, cancellationToken: cancellationToken));
            return response.Consistent
                ? new Figure($"{name}_of_{response.Entries}_entries", took / 1_000, "s")
                : throw new InvalidOperationException($"The ledger is not consistent: {string.Join(" ", response.Findings)}");
        }
    }

    // One read in ten is of the hot wallet, the others of a different cold one each.
    private static int Cold(int i) => i % 10 == 0 ? 0 : 1 + (i * 37 % 999);

    private static async Task<double> TimeAsync<T>(Func<Task<T>> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }

    private static async Task<double> TimeAsync(Func<Task> work)
    {
        var started = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
    }
}
