using Platform.Postgres;

namespace Platform.Wallet.Ledger;

/// <summary>Looks up each hour what the organisation's wallet and all below it had spent, so that nobody who looks at it waits for that.</summary>
internal sealed partial class PrepareBurnRate(TreeBurnRate rate, TimeProvider time, ILogger<PrepareBurnRate> log) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(Interval, time, stoppingToken);
        await LookLoop.RunAsync(cancellationToken => rate.PrepareAsync(WalletAccounts.OrganisationId, cancellationToken), LogFailed, Interval, time, log, stoppingToken);
    }

    [LoggerMessage(LogLevel.Warning, "Looking up what the organisation has spent failed; who asks for its burn rate looks it up.")]
    private partial void LogFailed(Exception exception);
}
