using System.Net;
using Amazon.Runtime;
using Amazon.S3;

namespace Platform.Export.Objects.S3;

/// <summary>What S3, its SDK or the way there said, as a sentence with what to do. All of it can be mended outside, so a run that met it is tried again.</summary>
internal static class S3Problem
{
    /// <summary>
    /// Whether the exception is one of S3's, the network's or a time limit's, and not the caller's own cancellation; or of the SDK's search for credentials, whose failures are of any kind: a token's file that is missing is
    /// an <see cref="InvalidOperationException"/>.
    /// </summary>
    public static bool Is(Exception exception, CancellationToken cancellationToken) => exception switch
    {
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        AmazonServiceException or AmazonClientException or HttpRequestException => true,
        InvalidOperationException or ArgumentException or UnauthorizedAccessException or ProcessAWSCredentialException => true,
        _ => false,
    };

    /// <param name="doing">read or write.</param>
    public static IOException Of(Exception exception, S3Options options, string bucket, string doing) => exception switch
    {
        AmazonS3Exception { ErrorCode: { Length: > 0 } code } answered when IsOfBucket(code) => new BucketUnusableException(Answered(answered, options, bucket, doing), exception),
        AmazonS3Exception { ErrorCode.Length: > 0 } answered => new IOException(Answered(answered, options, bucket, doing), exception),
        _ => new IOException(Unanswered(exception, options), exception),
    };

    /// <summary>What only another bucket, or other rights, can mend.</summary>
    private static bool IsOfBucket(string code) => code is "NoSuchBucket" or "AccessDenied" or "Forbidden" or "AllAccessDisabled" or "PermanentRedirect" or "TemporaryRedirect" or "IllegalLocationConstraintException";

    private static string Answered(AmazonS3Exception exception, S3Options options, string bucket, string doing) => exception.ErrorCode switch
    {
        "NoSuchBucket" => $"There is no bucket {bucket} at S3 ({options.Where}): create it, or give the job another (kt export-jobs change).",
        "AccessDenied" or "Forbidden" or "AllAccessDisabled" =>
            $"S3 denies to {doing} in bucket {bucket}: the service's identity needs s3:PutObject, s3:GetObject, s3:AbortMultipartUpload and s3:ListBucket there, and the use of its KMS key where it has one. "
            + $"Where the bucket is somebody else's{(options.ExpectedBucketOwner.Length > 0 ? $" (it must be account {options.ExpectedBucketOwner}'s)" : "")}, give the job another (kt export-jobs change).",
        "InvalidAccessKeyId" or "SignatureDoesNotMatch" or "InvalidToken" or "ExpiredToken" or "InvalidClientTokenId" or "AuthFailure" =>
            $"S3 ({options.Where}) does not take the service's key ({exception.ErrorCode}): set Export__S3__AccessKeyId and Export__S3__SecretAccessKey, or what the SDK finds (AWS_ACCESS_KEY_ID, AWS_PROFILE, a role), to one that is valid.",
        "RequestTimeTooSkewed" => "This machine's clock is more than a quarter of an hour away from S3's: set it (NTP).",
        "PermanentRedirect" or "TemporaryRedirect" or "AuthorizationHeaderMalformed" or "IllegalLocationConstraintException" or "IncorrectEndpoint" =>
            $"Bucket {bucket} is in another region than {options.Where}: set Export__S3__Region to it, or give the job a bucket of this one. S3 says: {exception.Message}",
        "EntityTooLarge" => $"S3 ({options.Where}) takes no object of this size: export shorter windows.",
        "NoSuchUpload" => $"An upload into bucket {bucket} was given up while it was going on, by the bucket's rule or another writer of the run.",
        var code => $"S3 ({options.Where}) does not {doing} in bucket {bucket}: {(int)exception.StatusCode} {code}: {exception.Message}",
    };

    private static string Unanswered(Exception exception, S3Options options) => exception switch
    {
        AmazonS3Exception { StatusCode: not 0 and not HttpStatusCode.OK } service => $"S3 ({options.Where}) answers {(int)service.StatusCode}, and says nothing more.",
        OperationCanceledException => $"S3 ({options.Where}) did not answer within {options.TimeoutSeconds} s.",
        HttpRequestException or AmazonServiceException { InnerException: HttpRequestException } => $"S3 ({options.Where}) cannot be reached: {Root(exception).Message}.",

        // The SDK's own: it found no key, mostly.
        _ => $"S3 ({options.Where}) was not asked: {exception.Message}{Cause(exception)} A key is given by Export__S3__AccessKeyId and Export__S3__SecretAccessKey, or by what the SDK finds (AWS_ACCESS_KEY_ID, AWS_PROFILE, a web identity, a role).",
    };

    /// <summary>The SDK says what it was about, and leaves why to what it caught: what the token service answered, or that a file is missing.</summary>
    private static string Cause(Exception exception)
    {
        var cause = Inner(exception).FirstOrDefault(inner => inner is AmazonServiceException) ?? Root(exception);
        return exception.Message.Contains(cause.Message, StringComparison.Ordinal) ? "" : $" {cause.Message}";
    }

    private static IEnumerable<Exception> Inner(Exception exception)
    {
        for (var inner = exception.InnerException; inner is not null; inner = inner.InnerException)
        {
            yield return inner;
        }
    }

    private static Exception Root(Exception exception) => exception.InnerException is { } inner ? Root(inner) : exception;
}
