using System.Data;
using Npgsql;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Verification;

/// <summary>
/// Derives every balance from all entries ever made and looks for what must never be, on one snapshot of the live database and without locking anything. Each finding
/// is one sentence.
/// </summary>
internal sealed class VerifyLedger
{
    private readonly NpgsqlDataSource _dataSource;
    private readonly SharedVerification _shared;

    public VerifyLedger(NpgsqlDataSource dataSource, TimeProvider time)
    {
        _dataSource = dataSource;
        _shared = new SharedVerification(VerifyAsync, time);
    }

    /// <summary>With others who ask meanwhile: it reads every entry there is, and any viewer may ask.</summary>
    public Task<VerifyResponse> RunAsync(CancellationToken cancellationToken) => _shared.RunAsync(cancellationToken);

    private async Task<VerifyResponse> VerifyAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var replay = new LedgerReplay();
        await VerificationStore.ReplayAllAsync(transaction, replay, cancellationToken);
        var wallets = await VerificationStore.ReadWalletsAsync(transaction, cancellationToken);
        wallets.ForEach(replay.Compare);
        var response = new VerifyResponse { Wallets = wallets.Count, Entries = replay.Entries, Findings = { replay.Findings } };
        await LedgerChecks.RunAsync(transaction, [.. LedgerChecks.OfBalances, .. LedgerChecks.OfAllEntries], response.Findings, cancellationToken);
        response.Consistent = response.Findings.Count == 0;
        return response;
    }
}
