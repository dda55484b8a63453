using System.Net;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;

namespace Platform.Export.Objects.S3;

/// <summary>
/// The requests that make one object: one, or (1) an upload is begun, after those that a crash left under the key were given up, (2) its parts are sent, (3) it is completed, and only then the object is there.
/// One that is not completed is given up, because its parts are kept and paid for.
/// </summary>
internal sealed partial class S3Upload(IAmazonS3 client, S3Options options, string bucket, string key, ILogger log) : IAsyncDisposable
{
    private const int PartsAtMost = 10_000;

    private static readonly TimeSpan AbortLimit = TimeSpan.FromSeconds(10);

    private readonly List<PartETag> _parts = [];
    private string? _uploadId;

    /// <param name="bytes">Not less than 5 MiB.</param>
    public async Task SendPartAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (_parts.Count == PartsAtMost - 1)
        {
            throw new InvalidDataException(
                $"{key} would be larger than S3 takes in {PartsAtMost} parts of {options.PartMebibytes} MiB. Export shorter windows, or set Export__S3__PartMebibytes higher and export again.");
        }

        await AskAsync(
            async () =>
            {
                _uploadId ??= await BeginAsync(cancellationToken);
                await SendAsync(bytes, cancellationToken);
            },
            cancellationToken);
    }

    /// <param name="bytes">What is left, or all.</param>
    public Task CompleteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => AskAsync(
        async () =>
        {
            if (_uploadId is null)
            {
                await PutAsync(bytes, cancellationToken);
                return;
            }

            await SendAsync(bytes, cancellationToken);
            await client.CompleteMultipartUploadAsync(new CompleteMultipartUploadRequest { BucketName = bucket, ExpectedBucketOwner = options.OwnerOrNull, Key = key, UploadId = _uploadId, PartETags = _parts }, cancellationToken);
            _uploadId = null;
        },
        cancellationToken);

    /// <summary>Gives the upload up unless it was completed. Where that fails, the next try of the same key does it, or the bucket's own rule for uploads that are not completed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_uploadId is null)
        {
            return;
        }

        using var limit = new CancellationTokenSource(AbortLimit);
        try
        {
            await client.AbortMultipartUploadAsync(new AbortMultipartUploadRequest { BucketName = bucket, ExpectedBucketOwner = options.OwnerOrNull, Key = key, UploadId = _uploadId }, limit.Token);
        }
        catch (Exception exception) when (S3Problem.Is(exception, CancellationToken.None))
        {
            LogNotGivenUp(exception, bucket, key);
        }
    }

    private async Task<string> BeginAsync(CancellationToken cancellationToken)
    {
        await GiveUpOlderAsync(cancellationToken);
        var request = new InitiateMultipartUploadRequest { BucketName = bucket, ExpectedBucketOwner = options.OwnerOrNull, Key = key, ChecksumAlgorithm = options.Checksums ? ChecksumAlgorithm.SHA256 : null };
        if (Encryption is { } encryption)
        {
            (request.ServerSideEncryptionMethod, request.ServerSideEncryptionKeyManagementServiceKeyId) = (encryption, KmsKeyId);
        }

        return (await client.InitiateMultipartUploadAsync(request, cancellationToken)).UploadId;
    }

    /// <summary>A key has its run's id in it, and a run has one writer: what is begun under it is an earlier try's.</summary>
    private async Task GiveUpOlderAsync(CancellationToken cancellationToken)
    {
        try
        {
            var listed = await client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = bucket, ExpectedBucketOwner = options.OwnerOrNull, Prefix = key }, cancellationToken);
            foreach (var older in (listed.MultipartUploads ?? []).Where(upload => upload.Key == key))
            {
                await client.AbortMultipartUploadAsync(new AbortMultipartUploadRequest { BucketName = bucket, ExpectedBucketOwner = options.OwnerOrNull, Key = key, UploadId = older.UploadId }, cancellationToken);
            }
        }
        catch (AmazonS3Exception exception) when (exception.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.NotImplemented or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotFound)
        {
            // No reason not to export: it is a right that few give, and some servers do not list.
            LogNotListed(exception, bucket);
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var (number, sum) = (_parts.Count + 1, SumOf(bytes));
        using var body = BodyOf(bytes);
        var response = await client.UploadPartAsync(
            new UploadPartRequest
            {
                BucketName = bucket, ExpectedBucketOwner = options.OwnerOrNull, Key = key, UploadId = _uploadId, PartNumber = number, InputStream = body, PartSize = bytes.Length, UseChunkEncoding = false,
                DisablePayloadSigning = false, ChecksumSHA256 = sum,
            },
            cancellationToken);
        _parts.Add(new PartETag(number, response.ETag) { ChecksumSHA256 = sum });
    }

    private async Task PutAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        using var body = BodyOf(bytes);
        var request = new PutObjectRequest { BucketName = bucket, ExpectedBucketOwner = options.OwnerOrNull, Key = key, InputStream = body, UseChunkEncoding = false, DisablePayloadSigning = false, ChecksumSHA256 = SumOf(bytes) };
        if (Encryption is { } encryption)
        {
            (request.ServerSideEncryptionMethod, request.ServerSideEncryptionKeyManagementServiceKeyId) = (encryption, KmsKeyId);
        }

        await client.PutObjectAsync(request, cancellationToken);
    }

    private ServerSideEncryptionMethod? Encryption => options.ServerSideEncryption.Length > 0 ? ServerSideEncryptionMethod.FindValue(options.ServerSideEncryption) : null;

    /// <summary>Null for none, which the SDK leaves out.</summary>
    private string? SumOf(ReadOnlyMemory<byte> bytes) => options.Checksums ? Convert.ToBase64String(SHA256.HashData(bytes.Span)) : null;

    private string? KmsKeyId => options.KmsKeyId.Length > 0 ? options.KmsKeyId : null;

    // A stream that can be read again: the SDK hashes it, and sends it again where a try failed.
    private static MemoryStream BodyOf(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var array) ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false) : new MemoryStream(bytes.ToArray());

    private async Task AskAsync(Func<Task> ask, CancellationToken cancellationToken)
    {
        try
        {
            await ask();
        }
        catch (Exception exception) when (S3Problem.Is(exception, cancellationToken))
        {
            throw S3Problem.Of(exception, options, bucket, "write");
        }
    }

    [LoggerMessage(LogLevel.Warning, "An unfinished upload of {Key} in bucket {Bucket} could not be given up; its parts stay until the next try or the bucket's own rule for unfinished uploads.")]
    private partial void LogNotGivenUp(Exception exception, string bucket, string key);

    [LoggerMessage(LogLevel.Debug, "Unfinished uploads of bucket {Bucket} cannot be listed; those that a crash left are ended by the bucket's own rule, if it has one.")]
    private partial void LogNotListed(Exception exception, string bucket);
}
