using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Platform.Wallet.Postings;

/// <summary>Says where people look that usage waits for a lock to go: its wallets have not paid for it yet. The service works, so it takes calls on.</summary>
internal sealed class PostingHealth(WalletMetrics metrics) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        metrics.KeptUsage is > 0 and var kept
            ? HealthCheckResult.Degraded($"{kept} usage records wait to be posted: {KeptUsage.Why}. pg_stat_activity and pg_locks show which transaction.")
            : HealthCheckResult.Healthy());
}
