using Microsoft.Extensions.Options;
using Npgsql;

namespace Platform.Wallet.Verification;

/// <summary>
/// Verifies new entries at intervals, on one replica at a time, at most half of the time: it pauses after each snapshot for as long as that took. An inconsistent
/// ledger is the worst that can happen here, so it is logged as critical at each round until it is mended.
/// </summary>
internal sealed partial class VerifyAtIntervals(
    VerifyNewEntries verify, VerificationStore store, IOptions<VerifyOptions> options, WalletMetrics metrics, TimeProvider time, ILogger<VerifyAtIntervals> log)
    : BackgroundService
{
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

            LogVerified(result.Wallets, result.Entries, result.Findings.Count);
            return true;
        }
        finally
        {
            // A pooled connection keeps its locks.
            await VerificationStore.EndLeadAsync(lead, CancellationToken.None);
        }
    }

    [LoggerMessage(LogLevel.Critical, "The ledger is inconsistent: {Finding}")]
    private partial void LogFinding(string finding);

    [LoggerMessage(LogLevel.Information, "Verified {Entries} new entries of {Wallets} wallets: {Findings} findings.")]
    private partial void LogVerified(long wallets, long entries, int findings);

    [LoggerMessage(LogLevel.Warning, "The verification of the ledger broke off; the next round goes on where it stopped.")]
    private partial void LogRoundFailed(Exception exception);
}
