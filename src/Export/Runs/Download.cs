using Grpc.Core;
using Platform.Contracts;
using Platform.Export.Files;
using Platform.Export.Jobs;
using Platform.Export.Objects;

namespace Platform.Export.Runs;

/// <summary>Finds a completed run's data file, checked against its manifest, for reading.</summary>
internal sealed class Download(JobStore jobs, RunStore runs, ObjectStores stores)
{
    /// <summary>The stored bytes; the caller disposes the stream.</summary>
    /// <param name="billingPeriod">Which of the run's files; empty where there is one.</param>
    public async Task<Stream> OpenAsync(string runId, string billingPeriod, CancellationToken cancellationToken)
    {
        var run = (Guid.TryParse(runId, out var id) ? await runs.FindAsync(id, cancellationToken) : null)
            ?? throw RpcErrors.NotFound(Reasons.RunNotFound, $"There is no export run '{runId}'.");
        return await OpenAsync(run, billingPeriod, cancellationToken);
    }

    /// <summary>As of a run, of the newest completed one that a name stands for.</summary>
    /// <param name="job">A job's id or name, the name that one-off runs were given, or a run's id: whoever has one of them has a file in mind.</param>
    public async Task<Stream> OpenOfJobAsync(string job, string billingPeriod, CancellationToken cancellationToken)
    {
        var found = await jobs.FindAsync(job, cancellationToken);
        if (found is null && Guid.TryParse(job, out var id) && await runs.FindAsync(id, cancellationToken) is { } asked)
        {
            return await OpenAsync(asked, billingPeriod, cancellationToken);
        }

        if (found is null && JobValidation.Name(job) is not null)
        {
            throw JobStore.NotFound(job);
        }

        var newest = await runs.FindNewestCompletedAsync(found?.JobId, job, cancellationToken) ?? throw (found is null
            ? JobStore.NotFound(job)
            : RpcErrors.Create(StatusCode.FailedPrecondition, Reasons.RunNotCompleted, $"No run of job '{found.Settings.Name}' is completed yet: kt export-jobs runs --job {found.Settings.Name}"));
        return await OpenAsync(newest, billingPeriod, cancellationToken);
    }

    private async Task<Stream> OpenAsync(RunRow run, string billingPeriod, CancellationToken cancellationToken)
    {
        if (run is not { Files: { } files, Store: { } kind })
        {
            throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.RunNotCompleted, run.NextAttemptAt is null
                    ? $"Run {run.RunId:D} failed and is not tried again: {run.Error}"
                    : $"Run {run.RunId:D} is {run.Status.ToString().ToLowerInvariant()}; wait until it is completed.");
        }

        var (store, file) = (stores.Of(kind), Choose(run, files, billingPeriod));
        try
        {
            if (!await ManifestSaysAsync(store, run, file, cancellationToken) || await RunWriter.HashAsync(store, run.Bucket, file.Key, cancellationToken) != file.Sha256)
            {
                throw Corrupt(run, file);
            }

            return await store.GetAsync(run.Bucket, file.Key, cancellationToken) ?? throw Corrupt(run, file);
        }
        catch (IOException exception)
        {
            throw Unreadable(exception);
        }
    }

    /// <summary>The store does not give what it has.</summary>
    public static RpcException Unreadable(IOException exception) =>
        RpcErrors.Create(StatusCode.Unavailable, Reasons.DependencyUnavailable, $"The file cannot be read now: {exception.Message} Ask for it again.");

    private static DataFile Choose(RunRow run, RunFiles files, string billingPeriod) =>
        files.All.Count == 1 && billingPeriod.Length == 0
            ? files.All[0]
            : files.All.SingleOrDefault(file => file.BillingPeriod == billingPeriod) ?? throw RpcErrors.InvalidArgument(
                $"The billing period must be one that run {run.RunId:D} has a file of: {string.Join(", ", files.All.Select(file => file.BillingPeriod))}.");

    private static async Task<bool> ManifestSaysAsync(IObjectStore store, RunRow run, DataFile file, CancellationToken cancellationToken)
    {
        await using var stream = await store.GetAsync(run.Bucket, run.ManifestKey, cancellationToken);
        return stream is not null && await ManifestIndex.ReadAsync(stream, cancellationToken) is { } index
            && index.Files.Any(listed => listed.Key == file.Key && listed.Sha256 == file.Sha256);
    }

    private static RpcException Corrupt(RunRow run, DataFile file) => RpcErrors.Create(
        StatusCode.DataLoss, Reasons.ArtefactCorrupt,
        $"{file.Key} in bucket {run.Bucket} is missing or not what run {run.RunId:D} wrote. Export the window again; do not use the file.");
}
