using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Platform.Routing.Journal;

/// <summary>Forces the journal to the disk at a steady pace, off the calls' path, writes what it refused before, and says whether it can be written.</summary>
internal sealed partial class JournalFlusher(
    AttemptJournal journal, UnwrittenEnds unwritten, IOptions<JournalOptions> options, TimeProvider time, ILogger<JournalFlusher> log) : BackgroundService, IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(journal.Broken is { } reason ? HealthCheckResult.Unhealthy(reason) : HealthCheckResult.Healthy());

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(options.Value.FlushIntervalMs), time);
        var reported = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            await ((Task)timer.WaitForNextTickAsync(stoppingToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            unwritten.TryWrite();
            journal.Flush();
            if (!reported && journal.Broken is { } reason)
            {
                reported = true;
                LogBroken(reason);
            }
        }
    }

    [LoggerMessage(LogLevel.Critical, "{Reason}")]
    private partial void LogBroken(string reason);
}
