using Platform.Export.Jobs;
using Platform.Export.Objects;

namespace Platform.Export.Runs;

/// <summary>
/// A run of a job that is not written yet goes where the job now writes: no later run carries what it owes, so one that kept asking for a bucket that cannot be had would be a hole in the series.
/// One whose manifest stands where it was to go stays there, because readers may have seen it.
/// </summary>
internal sealed class FollowJob(JobStore jobs, RunStore runs, ObjectStores stores)
{
    /// <summary>The run as it now is. Whoever asks holds its lock, so nobody else writes it meanwhile.</summary>
    /// <exception cref="IOException">Whether it is written where it was to go cannot be found out now.</exception>
    public async Task<RunRow> ExecuteAsync(RunRow run, CancellationToken cancellationToken)
    {
        if (run.JobId is not { } jobId || await jobs.FindAsync(jobId.ToString("D"), cancellationToken) is not { } job || IsOf(job.Settings, run) || await IsWrittenAsync(run, cancellationToken))
        {
            return run;
        }

        var moved = NewRun.Moved(run, job);
        await runs.MoveAsync(moved, cancellationToken);
        return moved;
    }

    private static bool IsOf(JobSettings job, RunRow run) =>
        run.Bucket == job.Bucket && run.DataKey.StartsWith(ObjectNames.DataFolder(job.Prefix, run.KeyName), StringComparison.Ordinal);

    private async Task<bool> IsWrittenAsync(RunRow run, CancellationToken cancellationToken)
    {
        try
        {
            await using var manifest = await stores.Current.GetAsync(run.Bucket, run.ManifestKey, cancellationToken);
            return manifest is not null;
        }
        catch (BucketUnusableException)
        {
            // What cannot be read was hardly written, and the job was changed because of it.
            return false;
        }
    }
}
