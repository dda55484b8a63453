using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Export.Runs;

namespace Platform.Export.Scheduling;

/// <summary>
/// Works off what is owed: makes runs of due jobs, then tries every open run that no other session writes, several at once. It looks
/// into the database each time and remembers only what it is writing itself, so a restart or another replica goes on where this one stopped.
/// </summary>
internal sealed partial class Scheduler(
    EnqueueDueRun enqueue, RunStore runs, RunExecutor executor, RunSignal signal, IOptions<ExportOptions> options, TimeProvider time, ILogger<Scheduler> log)
    : BackgroundService
{
    /// <summary>Due jobs that are handled in one round: a bound, the next round goes on.</summary>
    private const int JobsARound = 1_000;

    private readonly Dictionary<Guid, Task> _executing = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RoundAsync(stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                LogRoundFailed(exception);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }

            await signal.WaitAsync(TimeSpan.FromMilliseconds(options.Value.PollIntervalMs), stoppingToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(_executing.Values);
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < JobsARound && await enqueue.ExecuteAsync(cancellationToken); i++)
        {
        }

        foreach (var (runId, ended) in _executing.Where(entry => entry.Value.IsCompleted).ToList())
        {
            _executing.Remove(runId);
            await ended;
        }

        // Runs being written are among the open ones, here and on other replicas; the limit leaves room for as many again.
        var open = await runs.ListOpenAsync(time.GetUtcNow(), options.Value.MaxConcurrentRuns * 16, cancellationToken);
        foreach (var runId in open.Where(runId => !_executing.ContainsKey(runId)))
        {
            if (_executing.Count >= options.Value.MaxConcurrentRuns)
            {
                break;
            }

            _executing.Add(runId, TryRunAsync(runId, cancellationToken));
        }
    }

    private async Task TryRunAsync(Guid runId, CancellationToken cancellationToken)
    {
        await Task.Yield();
        try
        {
            if (await executor.ExecuteAsync(runId, cancellationToken))
            {
                signal.Wake();
            }
        }
        catch (Exception exception) when (cancellationToken.IsCancellationRequested)
        {
            // The service stops: the run's row still says that it is owed.
            LogInterrupted(exception, runId);
        }
        catch (NpgsqlException exception)
        {
            LogTryFailed(exception, runId);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The database does not answer; due jobs are looked for again shortly.")]
    private partial void LogRoundFailed(Exception exception);

    [LoggerMessage(LogLevel.Information, "Run {RunId} was interrupted; it is taken up again after a restart.")]
    private partial void LogInterrupted(Exception exception, Guid runId);

    [LoggerMessage(LogLevel.Warning, "Run {RunId} could not be noted in the database; it is tried again.")]
    private partial void LogTryFailed(Exception exception, Guid runId);
}
