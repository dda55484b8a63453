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
/// Verifies new entries at intervals, and once a day everything from all entries, on one replica at a time, at most half of the time: it pauses after each snapshot for as long as that took. An inconsistent
/// ledger is the worst that can happen here, so it is logged as critical at each round until it is mended, and told once a day.
/// </summary>
internal sealed partial class VerifyAtIntervals(
    VerifyNewEntries verify, VerifyLedger verifyAll, VerificationStore store, NpgsqlDataSource dataSource, Outbox outbox, IOptions<VerifyOptions> options, WalletMetrics metrics,
    TimeProvider time, ILogger<VerifyAtIntervals> log)
    : BackgroundService
{
    private const int LongestFinding = 500;

    private static readonly TimeSpan WholeInterval = TimeSpan.FromDays(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var interval = TimeSpan.FromSeconds(options.Value.IntervalSeconds);
        await Task.Delay(interval, time, stoppingToken);
        await LookLoop.RunAsync(RoundAsync, LogRoundFailed, interval, time, log, stoppingToken);
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
            var result = await verify.RunAsync(taken => PauseAsync(taken, cancellationToken), cancellationToken);
            var findings = result.Findings.Union(await FindInAllAsync(cancellationToken)).ToList();
            metrics.VerifyFindings = findings.Count;
            foreach (var finding in findings)
            {
                LogFinding(finding);
            }

            if (findings.Count > 0)
            {
                await TellAsync(findings.Count, findings[0], cancellationToken);
            }

            LogVerified(result.Wallets, result.Entries, findings.Count);
            return true;
        }
        finally
        {
            // A pooled connection keeps its locks.
            await VerificationStore.EndLeadAsync(lead, CancellationToken.None);
        }
    }

    /// <summary>What only all entries show, as the use of caps and the totals of leases; nothing where they were consistent within a day. What is found is looked for again at each round.</summary>
    private async Task<IEnumerable<string>> FindInAllAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        if (await store.WasWholeSinceAsync(now - WholeInterval, cancellationToken))
        {
            return [];
        }

        var started = time.GetTimestamp();
        var result = await verifyAll.RunAsync(cancellationToken);
        if (result.Consistent)
        {
            await store.WriteWholeAsync(now, cancellationToken);
        }

        LogVerifiedAll(result.Entries, result.Findings.Count);
        await PauseAsync(time.GetElapsedTime(started), cancellationToken);
        return result.Findings;
    }

    private Task PauseAsync(TimeSpan taken, CancellationToken cancellationToken) => Task.Delay(taken, time, cancellationToken);

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

    [LoggerMessage(LogLevel.Information, "Verified all {Entries} entries: {Findings} findings.")]
    private partial void LogVerifiedAll(long entries, int findings);

    [LoggerMessage(LogLevel.Warning, "The verification of the ledger broke off; the next round goes on where it stopped.")]
    private partial void LogRoundFailed(Exception exception);
}
