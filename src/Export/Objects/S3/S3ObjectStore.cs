using System.Net;
using Amazon.S3;
using Amazon.S3.Model;
using Microsoft.Extensions.Options;

namespace Platform.Export.Objects.S3;

/// <summary>Buckets and keys of S3 as they are. What S3 answers is told as <see cref="IOException"/> with what to do.</summary>
internal sealed class S3ObjectStore(IAmazonS3 client, IOptions<ExportOptions> options, ILogger<S3ObjectStore> log) : IObjectStore
{
    private readonly S3Options _options = options.Value.S3;

    public ObjectStoreKind Kind => ObjectStoreKind.S3;

    /// <summary>Nothing is asked of S3 before there is something to send.</summary>
    public Task<IObjectWrite> CreateAsync(string bucket, string key, CancellationToken cancellationToken) =>
        Task.FromResult<IObjectWrite>(new S3ObjectWrite(new S3Upload(client, _options, bucket, key, log), _options.PartMebibytes * 1024 * 1024));

    public async Task<Stream?> GetAsync(string bucket, string key, CancellationToken cancellationToken)
    {
        try
        {
            var response = await client.GetObjectAsync(new GetObjectRequest { BucketName = bucket, Key = key, ExpectedBucketOwner = _options.OwnerOrNull }, cancellationToken);
            return new S3ReadStream(response, TimeSpan.FromSeconds(_options.TimeoutSeconds));
        }
        catch (AmazonS3Exception exception) when (exception is { StatusCode: HttpStatusCode.NotFound, ErrorCode: not "NoSuchBucket" })
        {
            return null;
        }
        catch (Exception exception) when (S3Problem.Is(exception, cancellationToken))
        {
            throw S3Problem.Of(exception, _options, bucket, "read");
        }
    }
}
