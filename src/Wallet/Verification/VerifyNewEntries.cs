using System.Data;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Verification;

/// <summary>
/// Verifies what was not verified yet, a wallet at a time and at most a bounded number of transfers a snapshot, then all balances. Over time that derives every wallet's balances and every hold from
/// its entries; the use of caps and the totals of leases are sums over all entries, which only <see cref="VerifyLedger"/> derives. What is found inconsistent is found again by the next run: its mark stays where it was.
/// </summary>
internal sealed class VerifyNewEntries
{
    private const int TransfersASnapshot = 50_000;

    private readonly NpgsqlDataSource _dataSource;
    private readonly VerificationStore _store;
    private readonly TimeProvider _time;
    private readonly SharedVerification _shared;

    public VerifyNewEntries(NpgsqlDataSource dataSource, VerificationStore store, TimeProvider time)
    {
        _dataSource = dataSource;
        _store = store;
        _time = time;
        _shared = new SharedVerification(stop => RunAsync(_ => Task.CompletedTask, stop), time);
    }

    /// <summary>As fast as it goes, with others who ask meanwhile.</summary>
    public Task<VerifyResponse> RunAsync(CancellationToken cancellationToken) => _shared.RunAsync(cancellationToken);

    /// <param name="pace">Waited for between two snapshots, with how long the last one took.</param>
    public async Task<VerifyResponse> RunAsync(Func<TimeSpan, Task> pace, CancellationToken cancellationToken)
    {
        var response = new VerifyResponse();
        foreach (var walletId in await _store.ListChangedAsync(cancellationToken))
        {
            for (var more = true; more;)
            {
                var started = _time.GetTimestamp();
                more = await VerifyAsync(walletId, response, cancellationToken);
                await pace(_time.GetElapsedTime(started));
            }

            response.Wallets++;
        }

        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await LedgerChecks.RunAsync(transaction, LedgerChecks.OfBalances, response.Findings, cancellationToken);
        response.Consistent = response.Findings.Count == 0;
        return response;
    }

    /// <summary>True when the wallet has more entries than one snapshot takes.</summary>
    private async Task<bool> VerifyAsync(string walletId, VerifyResponse response, CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var wallet = (await LedgerStore.ReadAsync(transaction, [walletId], cancellationToken)).Single();
        var mark = await VerificationStore.ReadMarkAsync(transaction, walletId, cancellationToken);
        var (replay, attempts) = (new LedgerReplay(), new HashSet<Guid>());
        replay.Resume(walletId, mark.Balances);
        var (read, position) = await VerificationStore.ReplayNewAsync(
            transaction, mark, TransfersASnapshot, replay, attempts, cancellationToken);
        var complete = read < TransfersASnapshot;
        if (complete)
        {
            replay.Compare(wallet);
        }

        var findings = replay.Findings.ToList();
        await LedgerChecks.RunAsync(transaction, [LedgerChecks.HoldsOfAttempts], findings, cancellationToken, attempts.ToArray());
        response.Entries += replay.Entries;
        response.Findings.AddRange(findings);
        if (findings.Count > 0)
        {
            return false;
        }

        await _store.WriteMarkAsync(
            new VerifiedWallet(walletId, position, replay.BalancesOf(walletId)), complete ? wallet.LastRecordedAt : null,
            _time.GetUtcNow().TruncateToMicroseconds(), cancellationToken);
        return !complete;
    }
}
