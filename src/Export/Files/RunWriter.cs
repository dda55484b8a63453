using System.Security.Cryptography;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Export.Objects;
using Platform.Export.Runs;

namespace Platform.Export.Files;

/// <summary>
/// Writes one run's objects. (1) The data files, hashed while they are written; (2) each is read back and hashed again; (3) the manifest, last. Whatever happens
/// in between, a reader who starts from manifests sees a whole export or none.
/// </summary>
internal sealed class RunWriter(ObjectStores stores, FileFormats formats, TimeProvider time)
{
    private readonly IObjectStore _store = stores.Current;

    /// <exception cref="InvalidDataException">These records cannot be one export, or what is there already is of another one: at every try again.</exception>
    /// <exception cref="IOException">What was read back is not what was written, or it cannot be written now.</exception>
    public async Task<RunFiles> WriteAsync(RunRow run, IAsyncEnumerable<UsageRecord> records, CancellationToken cancellationToken)
    {
        if (await FindWrittenAsync(run, cancellationToken) is { } written)
        {
            return written;
        }

        RunFiles files;
        var begin = await formats.PrepareAsync(run.Format, cancellationToken);
        await using (var parts = new PeriodFiles(_store, run, begin))
        {
            await foreach (var record in records.WithCancellation(cancellationToken))
            {
                await parts.AddAsync(ExportRow.Of(record, run), cancellationToken);
            }

            files = await parts.CompleteAsync(cancellationToken);
        }

        foreach (var file in files.All)
        {
            if (await HashAsync(_store, run.Bucket, file.Key, cancellationToken) != file.Sha256)
            {
                throw new IOException($"{file.Key} in bucket {run.Bucket} reads back other bytes than were written.");
            }
        }

        await using var manifest = await _store.CreateAsync(run.Bucket, run.ManifestKey, cancellationToken);
        await manifest.Stream.WriteAsync(Manifest.Of(run, files, time.GetUtcNow().TruncateToMicroseconds()).ToBytes(), cancellationToken);
        await manifest.CommitAsync(cancellationToken);
        return files;
    }

    /// <summary>SHA-256 of a stored object, lower-case hex; empty when it is not there.</summary>
    public static async Task<string> HashAsync(IObjectStore store, string bucket, string key, CancellationToken cancellationToken)
    {
        await using var stream = await store.GetAsync(bucket, key, cancellationToken);
        return stream is null ? "" : Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }

    /// <summary>
    /// What an earlier try of this run left complete: it was interrupted after its manifest, before the database knew. Readers may have seen it, so
    /// it stands as it is. Null when there is no manifest: then no reader knows of a data file, and writing starts anew; as it does over what a run of another watermark wrote, which is this one
    /// before the database was restored to an older moment: the runs after this one go on from its own (docs/decisions/0309).
    /// </summary>
    private async Task<RunFiles?> FindWrittenAsync(RunRow run, CancellationToken cancellationToken)
    {
        await using var stream = await _store.GetAsync(run.Bucket, run.ManifestKey, cancellationToken);
        if (stream is null)
        {
            return null;
        }

        var listed = await ManifestIndex.ReadAsync(stream, cancellationToken);
        if (listed is not null && listed.Watermark != ExportJson.Moment(run.Watermark))
        {
            return null;
        }

        var files = listed?.Files.Select(file => file.ToDataFile()).ToList() ?? [];
        foreach (var file in files)
        {
            if (file is null || file.Sha256 != await HashAsync(_store, run.Bucket, file.Key, cancellationToken))
            {
                files.Clear();
                break;
            }
        }

        return files.Count > 0
            ? new RunFiles(files!)
            : throw new InvalidDataException($"{run.ManifestKey} in bucket {run.Bucket} is there already, but it does not describe files of run {run.RunId:D}.");
    }
}
