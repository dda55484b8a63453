using Npgsql;

namespace Platform.Wallet.Ledger;

/// <summary>Looks up each hour what the organisation's wallet and all below it had spent, so that nobody who looks at it waits for that.</summary>
internal sealed partial class PrepareBurnRate(TreeBurnRate rate, TimeProvider time, ILogger<PrepareBurnRate> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await rate.PrepareAsync(WalletAccounts.OrganisationId, stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                LogFailed(exception);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Looking up what the organisation has spent failed; who asks for its burn rate looks it up.")]
    private partial void LogFailed(Exception exception);
}
