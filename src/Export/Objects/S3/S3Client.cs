using Amazon;
using Amazon.Runtime;
using Amazon.S3;

namespace Platform.Export.Objects.S3;

/// <summary>The SDK's client as the options have it.</summary>
internal static class S3Client
{
    private const int RetriesAtMost = 3;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    public static AmazonS3Client Create(S3Options options) => options.AccessKeyId.Length > 0
        ? new AmazonS3Client(new BasicAWSCredentials(options.AccessKeyId, options.SecretAccessKey), ConfigOf(options))
        : new AmazonS3Client(ConfigOf(options));

    public static AmazonS3Config ConfigOf(S3Options options)
    {
        var config = new AmazonS3Config
        {
            ForcePathStyle = options.PathStyle ?? options.Endpoint.Length > 0,
            RetryMode = RequestRetryMode.Standard,
            MaxErrorRetry = RetriesAtMost,
            Timeout = TimeSpan.FromSeconds(options.TimeoutSeconds),
            ConnectTimeout = ConnectTimeout,

            // Sums that the SDK would send and ask for of its own accord come in an encoding that much of what speaks S3 does not understand. Each body is signed by its SHA-256 instead, which
            // every server checks, and data files are read back (docs/decisions/0187).
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        };
        if (options.Endpoint.Length == 0)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(options.Region);
            return config;
        }

        config.ServiceURL = options.Endpoint;
        config.AuthenticationRegion = options.Region.Length > 0 ? options.Region : "us-east-1";
        return config;
    }
}
