using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Platform.Routing.Journal;

/// <summary>Forces the journal to the disk at a steady pace, off the calls' path, writes what it refused before, and says whether it can be written.</summary>
internal sealed partial class JournalFlusher(
    AttemptJournal journal, UnwrittenEnds unwritten, IOptions<JournalOptions> options, TimeProvider time, ILogger<JournalFlusher> log) : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan DeleteInterval = TimeSpan.FromSeconds(1);

    private string? _reported;
    private bool _isKeepingTold;
    private long _triedToDelete = time.GetTimestamp();

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Reason is { } reason ? HealthCheckResult.Unhealthy(reason) : journal.Undeleted is { } kept ? HealthCheckResult.Degraded(kept) : HealthCheckResult.Healthy());

    /// <summary>What is done at every interval. For one thread at a time.</summary>
    internal void Tick()
    {
        unwritten.TryWrite();
        journal.TryAgain();
        journal.Flush();
        DeleteAgain();
        Report(Reason);
    }

    private void DeleteAgain()
    {
        if (journal.Undeleted is not { } kept)
        {
            _isKeepingTold = false;
        }
        else if (!_isKeepingTold)
        {
            _isKeepingTold = true;
            LogUndeleted(kept);
        }

        if (time.GetElapsedTime(_triedToDelete) >= DeleteInterval)
        {
            _triedToDelete = time.GetTimestamp();
            journal.DeleteAgain();
        }
    }

    /// <summary>On a thread of its own: the disk keeps it for milliseconds of every interval, and of the pool's, on which calls are answered, there are no more than processors.</summary>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Factory.StartNew(() => Run(stoppingToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(options.Value.FlushIntervalMs), time);
        while (!stoppingToken.IsCancellationRequested)
        {
            ((Task)timer.WaitForNextTickAsync(stoppingToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
            Tick();
        }
    }

    private string? Reason => journal.Broken ?? journal.Refusal;

    private void Report(string? reason)
    {
        if (reason is not null && reason != _reported)
        {
            LogUnwritable(reason);
        }
        else if (reason is null && _reported is not null)
        {
            LogWritable();
        }

        _reported = reason;
    }

    [LoggerMessage(LogLevel.Critical, "{Reason}")]
    private partial void LogUnwritable(string reason);

    [LoggerMessage(LogLevel.Error, "{Reason}")]
    private partial void LogUndeleted(string reason);

    [LoggerMessage(LogLevel.Information, "The journal is written again.")]
    private partial void LogWritable();
}
