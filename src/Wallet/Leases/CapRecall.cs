using System.Threading.Channels;
using Npgsql;
using Platform.Postgres;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Leases;

/// <summary>
/// Asks back the leases under a cap that leaves too little, in whatever wallets they are. Those wallets' locks cannot be taken by a transaction that holds others
/// already, so it happens here, after it. Asked for often, done once at a time; a request that is lost with the process is made again by the next refusal.
/// </summary>
internal sealed partial class CapRecall(NpgsqlDataSource dataSource, EachWallet eachWallet, LeaseRecall recall, TimeProvider time, ILogger<CapRecall> log) : BackgroundService
{
    private const int Waiting = 1_000;

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private const string FindWallets = "SELECT DISTINCT wallet_id FROM lease WHERE state = 1 AND cap_accounts && $1 ORDER BY wallet_id";

    // Open leases, and recalled ones whose holders still have time to answer, by the clock that the recall's own time-out is judged by.
    private const string FindPending = """
        SELECT DISTINCT account_id FROM lease l CROSS JOIN LATERAL unnest(l.cap_accounts) AS account_id
        WHERE account_id = ANY($1) AND (state = 1 OR state = 2 AND recall_requested_at > clock_timestamp() - $2)
        """;

    private readonly Channel<long> _asked = Channel.CreateBounded<long>(new BoundedChannelOptions(Waiting) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Request(IEnumerable<long> capAccounts)
    {
        foreach (var account in capAccounts)
        {
            _asked.Writer.TryWrite(account);
        }
    }

    /// <summary>Those of the accounts under which a lease may still give something back. Nothing is locked.</summary>
    public async Task<IReadOnlySet<long>> FindPendingAsync(NpgsqlTransaction transaction, long[] capAccounts, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindPending, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = capAccounts }, new() { Value = recall.Timeout } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var pending = new HashSet<long>();
        while (await reader.ReadAsync(cancellationToken))
        {
            pending.Add(reader.GetInt64(0));
        }

        return pending;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        LookLoop.RunAsync(RecallAskedAsync, _ => Task.CompletedTask, LogFailed, PauseAfterFailure, time, log, stoppingToken);

    /// <summary>Waits for accounts that are asked for, and does them together.</summary>
    private async Task RecallAskedAsync(CancellationToken cancellationToken)
    {
        var accounts = new HashSet<long> { await _asked.Reader.ReadAsync(cancellationToken) };
        while (_asked.Reader.TryRead(out var another))
        {
            accounts.Add(another);
        }

        await RecallAsync([.. accounts], cancellationToken);
    }

    /// <summary>Asks back what is under these accounts, in every wallet that nobody keeps locked (docs/decisions/0291).</summary>
    /// <returns>False when wallets were left: the next refusal asks them.</returns>
    internal async Task<bool> RecallAsync(long[] capAccounts, CancellationToken cancellationToken)
    {
        var wallets = await FindWalletsAsync(capAccounts, cancellationToken);
        return wallets.Length == 0
            || (await eachWallet.RunAsync(wallets, (transaction, locked) => recall.RequestUnderAsync(transaction, locked, capAccounts, cancellationToken), cancellationToken)).Count == 0;
    }

    private async Task<string[]> FindWalletsAsync(long[] capAccounts, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(FindWallets);
        command.Parameters.Add(new() { Value = capAccounts });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var wallets = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            wallets.Add(reader.GetString(0));
        }

        return [.. wallets];
    }

    [LoggerMessage(LogLevel.Warning, "Asking back leases under a cap failed; the next refusal asks again.")]
    private partial void LogFailed(Exception exception);
}
