using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Wallet.Holds;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Leases;

/// <summary>
/// Asks holders for what they have undrawn. The request stands in the database from the caller's commit on; PostgreSQL tells every replica, and the one that
/// has the holder's stream passes it on (<see cref="LeaseFeed"/>). All methods need the locks of the wallets concerned.
/// </summary>
internal sealed class LeaseRecall(IOptions<LeaseOptions> options) : ILeaseRecall
{
    public const string LowBalance = "low balance";
    public const string LowCap = "cap nearly reached";
    public const string Frozen = "frozen";
    public const string Changed = "policy, cap or wallet changed";
    public const string PeriodEnds = "period ends";

    internal const string Channel = "lease_notice";

    private const string Mark = """
        WITH recalled AS (
            UPDATE lease SET state = 2, reason = $2, recall_requested_at = clock_timestamp()
            WHERE state = 1 AND wallet_id = ANY($1) AND holder <> $3 AND ($4 = '{}' OR cap_accounts && $4) AND ($5 = 'infinity' OR ends_at <= $5)
            RETURNING lease_id)
        SELECT pg_notify('lease_notice', '') FROM recalled LIMIT 1
        """;

    // By the database's clock: one that was requested by another replica times out for all of them at once.
    private const string ReadPending = """
        SELECT DISTINCT wallet_id FROM lease WHERE state = 2 AND wallet_id = ANY($1) AND recall_requested_at > clock_timestamp() - $2
        """;

    private const string TellLastAnswer = $"""
        SELECT pg_notify('{FundsSignal.FundsChannel}', $1)
        WHERE NOT EXISTS (SELECT FROM lease WHERE state = 2 AND wallet_id = $1 AND recall_requested_at > clock_timestamp() - $2)
        """;

    private const string RaiseScopes = "UPDATE lease_scopes SET revision = revision + 1";

    private const string TellScopes = $"SELECT pg_notify('{Channel}', '')";

    /// <summary>How long a recall is waited for.</summary>
    public TimeSpan Timeout => options.Value.RecallTimeout;

    Task<IReadOnlySet<string>> ILeaseRecall.RequestAsync(
        NpgsqlTransaction transaction, IReadOnlyCollection<string> walletIds, CancellationToken cancellationToken) =>
        RequestAsync(transaction, [.. walletIds], LowBalance, cancellationToken);

    /// <summary>
    /// Recalls the open leases of wallets. Answers the wallets with a recall, of this call or an earlier one, that is neither answered nor timed out: a refusal
    /// there waits for the last answer, which notifies as <see cref="FundsSignal"/> does, or for the time-out.
    /// </summary>
    /// <param name="exceptHolder">A holder that keeps its lease; empty: none does.</param>
    public Task<IReadOnlySet<string>> RequestAsync(
        NpgsqlTransaction transaction, string[] walletIds, string reason, CancellationToken cancellationToken, string exceptHolder = "") =>
        RunAsync(transaction, [MarkCommand(walletIds, reason, exceptHolder)], walletIds, cancellationToken);

    public Task<IReadOnlySet<string>> RequestAsync(
        NpgsqlTransaction transaction, IReadOnlyCollection<string> walletIds, CancellationToken cancellationToken) =>
        RequestAsync(transaction, [.. walletIds], LowBalance, cancellationToken);

    /// <summary>
    /// For whoever changes who is charged for whom (a wallet made, a cap or a policy changed): recalls the leases of the wallets concerned, as
    /// <see cref="RequestAsync"/>, and makes every holder forget which subjects share a scope.
    /// </summary>
    public Task<IReadOnlySet<string>> ChangeScopesAsync(
        NpgsqlTransaction transaction, string[] walletIds, string reason, CancellationToken cancellationToken) => RunAsync(
            transaction, [MarkCommand(walletIds, reason), LedgerStore.Command(RaiseScopes), LedgerStore.Command(TellScopes)], walletIds,
            cancellationToken);

    /// <summary>As <see cref="RequestAsync"/>, of the leases of these wallets that are under one of these cap accounts only.</summary>
    public Task RequestUnderAsync(NpgsqlTransaction transaction, string[] walletIds, long[] capAccounts, CancellationToken cancellationToken) =>
        RunAsync(transaction, [MarkCommand(walletIds, LowCap, capAccounts: capAccounts)], walletIds, cancellationToken);

    /// <summary>As <see cref="RequestAsync(NpgsqlTransaction, string[], string, CancellationToken, string)"/>, of the leases whose period is over: those that were made for the next one are kept.</summary>
    public Task RequestEndedAsync(NpgsqlTransaction transaction, string[] walletIds, DateTimeOffset now, CancellationToken cancellationToken) =>
        RunAsync(transaction, [MarkCommand(walletIds, PeriodEnds, endedBy: now)], walletIds, cancellationToken);

    private static NpgsqlBatchCommand MarkCommand(
        string[] walletIds, string reason, string exceptHolder = "", long[]? capAccounts = null, DateTimeOffset? endedBy = null) =>
        LedgerStore.Command(Mark, walletIds, reason, exceptHolder, capAccounts ?? [], endedBy ?? DateTimeOffset.MaxValue);

    private async Task<IReadOnlySet<string>> RunAsync(
        NpgsqlTransaction transaction, NpgsqlBatchCommand[] changes, string[] walletIds, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        foreach (var change in changes)
        {
            batch.BatchCommands.Add(change);
        }

        await batch.ExecuteNonQueryAsync(cancellationToken);
        await using var command = new NpgsqlCommand(ReadPending, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = walletIds }, new() { Value = options.Value.RecallTimeout } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var pending = new HashSet<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            pending.Add(reader.GetString(0));
        }

        return pending;
    }

    /// <summary>After a lease that was recalled has changed its state: wakes who waits when it was the wallet's last.</summary>
    public void AddAnswerTo(NpgsqlBatch batch, string walletId) =>
        batch.BatchCommands.Add(LedgerStore.Command(TellLastAnswer, walletId, options.Value.RecallTimeout));
}
