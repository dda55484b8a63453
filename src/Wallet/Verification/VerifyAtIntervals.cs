using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Postgres;

namespace Platform.Wallet.Verification;

/// <summary>
/// Verifies new entries at intervals, on one replica at a time, at most half of the time: it pauses after each snapshot for as long as that took. An inconsistent
/// ledger is the worst that can happen here, so it is logged as critical at each round until it is mended, and told once a day.
/// </summary>
internal sealed partial class VerifyAtIntervals(
    VerifyNewEntries verify, VerificationStore store, NpgsqlDataSource dataSource, Outbox outbox, IOptions<VerifyOptions> options, WalletMetrics metrics,
    TimeProvider time, ILogger<VerifyAtIntervals> log)
    : BackgroundService
{
    private const int LongestFinding = 500;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(options.Value.IntervalSeconds), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RoundAsync(stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                LogRoundFailed(exception);
            }
        }
    }

    /// <summary>False while another replica verifies.</summary>
    internal async Task<bool> RoundAsync(CancellationToken cancellationToken)
    {
        await using var lead = await store.TryLeadAsync(cancellationToken);
        if (lead is null)
        {
            return false;
        }

        try
        {
            var result = await verify.RunAsync(cancellationToken, taken => Task.Delay(taken, time, cancellationToken));
            metrics.VerifyFindings = result.Findings.Count;
            foreach (var finding in result.Findings)
            {
                LogFinding(finding);
            }

            if (result.Findings.Count > 0)
            {
                await TellAsync(result.Findings.Count, result.Findings[0], cancellationToken);
            }

            LogVerified(result.Wallets, result.Entries, result.Findings.Count);
            return true;
        }
        finally
        {
            // A pooled connection keeps its locks.
            await VerificationStore.EndLeadAsync(lead, CancellationToken.None);
        }
    }

    /// <summary>At each round, as one event a day: whoever hears it knows it by its id.</summary>
    private async Task TellAsync(int findings, string first, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var id = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(now.ToString("'ledger inconsistent 'yyyy-MM-dd", CultureInfo.InvariantCulture))).AsSpan(0, 16));
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await outbox.AddAsync(transaction, id, new LedgerInconsistent(id, findings, first.Length <= LongestFinding ? first : first[..LongestFinding], now), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
    }

    [LoggerMessage(LogLevel.Critical, "The ledger is inconsistent: {Finding}")]
    private partial void LogFinding(string finding);

    [LoggerMessage(LogLevel.Information, "Verified {Entries} new entries of {Wallets} wallets: {Findings} findings.")]
    private partial void LogVerified(long wallets, long entries, int findings);

    [LoggerMessage(LogLevel.Warning, "The verification of the ledger broke off; the next round goes on where it stopped.")]
    private partial void LogRoundFailed(Exception exception);
}
