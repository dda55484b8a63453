using Npgsql;
using Platform.Contracts;
using Platform.Export.Jobs;
using Platform.Export.Runs;

namespace Platform.Export.Scheduling;

/// <summary>
/// Turns the due time of one job into a run. The job's row is locked meanwhile and (job, due time) is unique among runs, so replicas that look at once make one
/// run. Of several due times that passed, the latest runs: see <see cref="Schedule.Decide"/>.
/// </summary>
internal sealed class EnqueueDueRun(NpgsqlDataSource dataSource, TimeProvider time)
{
    /// <summary>False when no job was due.</summary>
    public async Task<bool> ExecuteAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
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

        var decision = Schedule.Decide(expression, job.NextDueAt, now);
        if (decision.RunAt is { } dueAt)
        {
            await RunStore.TryInsertAsync(transaction, NewRun.Of(job, dueAt, dueAt, now), cancellationToken);
        }

        await JobStore.SetNextDueAsync(transaction, job.JobId, decision.NextDueAt, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }
}
