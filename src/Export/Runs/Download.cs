using Grpc.Core;
using Platform.Contracts;
using Platform.Export.Files;
using Platform.Export.Objects;

namespace Platform.Export.Runs;

/// <summary>Finds a completed run's data file, checked against its manifest, for reading.</summary>
internal sealed class Download(RunStore runs, RunWriter writer, IObjectStore store)
{
    /// <summary>The stored bytes; the caller disposes the stream.</summary>
    public async Task<Stream> OpenAsync(string runId, CancellationToken cancellationToken)
    {
        var run = (Guid.TryParse(runId, out var id) ? await runs.FindAsync(id, cancellationToken) : null)
            ?? throw RpcErrors.NotFound(Reasons.RunNotFound, $"There is no export run '{runId}'.");
        if (run.File is not { } file)
        {
            throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.RunNotCompleted, run.NextAttemptAt is null
                    ? $"Run {runId} failed and is not tried again: {run.Error}"
                    : $"Run {runId} is {run.Status.ToString().ToLowerInvariant()}; wait until it is completed.");
        }

        if (!await ManifestSaysAsync(run, file.Sha256, cancellationToken) || await writer.HashAsync(run, cancellationToken) != file.Sha256)
        {
            throw Corrupt(run);
        }

        return await store.GetAsync(run.Bucket, run.DataKey, cancellationToken) ?? throw Corrupt(run);
    }

    private async Task<bool> ManifestSaysAsync(RunRow run, string sha256, CancellationToken cancellationToken)
    {
        await using var stream = await store.GetAsync(run.Bucket, run.ManifestKey, cancellationToken);
        return stream is not null && await Manifest.ReadAsync(stream, cancellationToken) is { Files: [var file] } && file.Sha256 == sha256;
    }

    private static RpcException Corrupt(RunRow run) => RpcErrors.Create(
        StatusCode.DataLoss, Reasons.ArtefactCorrupt,
        $"{run.DataKey} in bucket {run.Bucket} is missing or not what run {run.RunId:D} wrote. Export the window again; do not use the file.");
}
