using Npgsql;
using Platform.Contracts;
using Platform.Export.Books;
using Platform.Export.Jobs;
using Platform.Export.Runs;

namespace Platform.Export.Scheduling;

/// <summary>
/// Turns the due times of one job that have passed into runs. The job's row is locked meanwhile, and (job, due time) as well as (series, window) are unique among
/// runs, so replicas that look at once make one run. Of several due times that passed (the service was down) a series has a run each, up to
/// <see cref="CatchUpAtMost"/>: the oldest of them then begins where the last run ended, so that nothing is left out. Of other windows the latest runs, which is the
/// picture that is wanted, and as many before it as hold what would be in no file otherwise (docs/decisions/0264).
/// </summary>
internal sealed partial class EnqueueDueRun(NpgsqlDataSource dataSource, JobStore jobs, BookReader books, TimeProvider time, ILogger<EnqueueDueRun> log)
{
    internal const int CatchUpAtMost = 100;

    /// <summary>False when no job was due.</summary>
    public async Task<bool> ExecuteAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        if (!await jobs.IsAnyDueAsync(now, cancellationToken))
        {
            return false;
        }

        // Before the lock: Metering may take its time.
        var zone = await books.ReadZoneAsync(cancellationToken);
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var job = await JobStore.LockDueAsync(transaction, now, cancellationToken);
        if (job is null)
        {
            return false;
        }

        if (!Schedule.TryParse(job.Settings.Cron, out var expression, out var problem))
        {
            throw new InvalidOperationException($"Job {job.Settings.Name} was stored with a bad schedule: {problem}");
        }

        var isSeries = JobWindow.CoverageOf(job.Settings.Window, expression, now, zone) == WindowCoverage.Whole;
        var before = isSeries ? await RunStore.FindLastOfSeriesAsync(transaction, job.JobId, cancellationToken) : null;
        var dueTimes = isSeries || JobWindow.LengthOf(job.Settings.Window) is not { } length
            ? Schedule.Passed(expression, job.NextDueAt!.Value, now, isSeries ? CatchUpAtMost : 1, ReadyAt)
            : Schedule.PassedThatHoldAll(
                expression, job.NextDueAt!.Value, now, await RunStore.FindEndOfScheduledAsync(transaction, job.JobId, cancellationToken), length, CatchUpAtMost);
        foreach (var (place, dueAt) in dueTimes.Index())
        {
            if (SeriesStep.SpanOf(job.Settings, expression, isSeries, dueAt, before, zone) is { } span)
            {
                var run = NewRun.Scheduled(job, dueAt, span, zone, SeriesStep.WatermarkOf(now, before), now) with
                {
                    // In their order, though all are made at once: the newest run of a job is the one whose window ends last.
                    StartedAt = now.AddMicroseconds(place),
                };
                before = await RunStore.TryInsertAsync(transaction, run, cancellationToken) ? run : before;
            }
        }

        await JobStore.SetNextDueAsync(transaction, job.JobId, Schedule.NextReadyAfter(expression, now, ReadyAt), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        if (dueTimes.Count > 1 || (dueTimes.Count == 1 && dueTimes[0] != job.NextDueAt))
        {
            LogCaughtUp(job.Settings.Name, job.NextDueAt.Value, dueTimes.Count, dueTimes[0]);
        }

        return true;

        // The zone may have become another since the job's next due time was noted.
        DateTimeOffset ReadyAt(DateTimeOffset dueAt) => JobWindow.ReadyAt(job.Settings.Window, dueAt, zone);
    }

    [LoggerMessage(LogLevel.Warning, "Job {JobName} was due first at {FirstMissed}; {Count} runs are made, the first for {FirstDue}. Of a series it covers all before it; of other windows what lies before the first one's is in no file.")]
    private partial void LogCaughtUp(string jobName, DateTimeOffset firstMissed, int count, DateTimeOffset firstDue);
}
