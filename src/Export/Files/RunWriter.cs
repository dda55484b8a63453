using System.Security.Cryptography;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Export.Objects;
using Platform.Export.Runs;

namespace Platform.Export.Files;

/// <summary>
/// Writes one run's objects. (1) The data file, hashed while it is written; (2) it is read back and hashed again; (3) the manifest, last. Whatever happens
/// in between, a reader who starts from manifests sees a whole export or none.
/// </summary>
internal sealed class RunWriter(IObjectStore store, TimeProvider time)
{
    /// <exception cref="InvalidDataException">What was read back is not what was written.</exception>
    public async Task<DataFile> WriteAsync(RunRow run, IAsyncEnumerable<UsageRecord> records, CancellationToken cancellationToken)
    {
        var written = await FindWrittenAsync(run, cancellationToken);
        if (written is not null)
        {
            return written;
        }

        DataFile? file = null;
        await store.PutAsync(
            run.Bucket, run.DataKey, async (stream, token) => file = await DataFileWriter.WriteAsync(stream, records, token), cancellationToken);
        if (await HashAsync(run, cancellationToken) != file!.Sha256)
        {
            throw new InvalidDataException($"{run.DataKey} in bucket {run.Bucket} reads back other bytes than were written.");
        }

        var manifest = Manifest.Of(run, file, time.GetUtcNow().TruncateToMicroseconds()).ToBytes();
        await store.PutAsync(run.Bucket, run.ManifestKey, (stream, token) => stream.WriteAsync(manifest, token).AsTask(), cancellationToken);
        return file;
    }

    /// <summary>
    /// What an earlier try of this run left complete: it was interrupted after its manifest, before the database knew. Readers may have seen it, so
    /// it stands as it is. Null when there is no manifest: then no reader knows of a data file, and writing starts anew.
    /// </summary>
    private async Task<DataFile?> FindWrittenAsync(RunRow run, CancellationToken cancellationToken)
    {
        await using var stream = await store.GetAsync(run.Bucket, run.ManifestKey, cancellationToken);
        if (stream is null)
        {
            return null;
        }

        var manifest = await Manifest.ReadAsync(stream, cancellationToken);
        if (manifest is not { Files: [var file] } || file.Sha256 != await HashAsync(run, cancellationToken)
            || !decimal.TryParse(file.CostSum, System.Globalization.CultureInfo.InvariantCulture, out var cost) || !Money.TryFromDecimal(cost, out var sum))
        {
            throw new InvalidDataException($"{run.ManifestKey} in bucket {run.Bucket} is there already, but it does not describe {run.DataKey}.");
        }

        return new DataFile(file.RowCount, file.UnpricedRowCount, sum.Nanos, file.Currency ?? "", file.Sha256, file.Bytes);
    }

    /// <summary>SHA-256 of the stored data file, lower-case hex; empty when it is not there.</summary>
    public async Task<string> HashAsync(RunRow run, CancellationToken cancellationToken)
    {
        await using var stream = await store.GetAsync(run.Bucket, run.DataKey, cancellationToken);
        return stream is null ? "" : Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }
}
