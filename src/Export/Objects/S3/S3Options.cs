namespace Platform.Export.Objects.S3;

/// <summary>
/// Which S3 exports go to. Section Export:S3. Without a key of its own the SDK looks for one where it always does: the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a web
/// identity, the profile that AWS_PROFILE names, the role of the container or machine.
/// </summary>
internal sealed class S3Options
{
    /// <summary>S3 takes parts from 5 MiB on, and no more than 10,000 of them.</summary>
    private const int PartMebibytesAtLeast = 5;
    private const int PartMebibytesAtMost = 512;
    private const int AccountDigits = 12;

    /// <summary>Of what speaks S3 and is not Amazon's, such as http://ceph.internal:7480; empty: Amazon's, in <see cref="Region"/>.</summary>
    public string Endpoint { get; set; } = "";

    /// <summary>Such as eu-central-1. With an endpoint only what is signed for it: us-east-1 unless it asks for another, as R2 does for auto.</summary>
    public string Region { get; set; } = "";

    /// <summary>The bucket in the path instead of in the host's name; null: with an endpoint.</summary>
    public bool? PathStyle { get; set; }

    /// <summary>A key of its own; belongs to <see cref="SecretAccessKey"/>.</summary>
    public string AccessKeyId { get; set; } = "";

    /// <summary>From the environment only.</summary>
    public string SecretAccessKey { get; set; } = "";

    /// <summary>The account that every bucket must be of, its twelve digits; S3 refuses what is asked of another's. Empty: not asked for.</summary>
    public string ExpectedBucketOwner { get; set; } = "";

    /// <summary>AES256, aws:kms or aws:kms:dsse; empty: as the bucket has it.</summary>
    public string ServerSideEncryption { get; set; } = "";

    /// <summary>Id or ARN of the key of aws:kms; empty: the account's.</summary>
    public string KmsKeyId { get; set; } = "";

    /// <summary>A SHA-256 beside each object and part, which a bucket with Object Lock asks for and some servers do not know.</summary>
    public bool Checksums { get; set; }

    /// <summary>How much of a file is held in memory before it is sent, in MiB. A file is at most 10,000 times as large.</summary>
    public int PartMebibytes { get; set; } = 8;

    /// <summary>How long one request may take, and how long a download may send nothing, in seconds. A request is tried up to four times.</summary>
    public int TimeoutSeconds { get; set; } = 100;

    /// <summary>Something says which S3.</summary>
    public bool IsSetUp => Endpoint.Length > 0 || Region.Length > 0;

    /// <summary>For requests, which leave null out.</summary>
    public string? OwnerOrNull => ExpectedBucketOwner.Length > 0 ? ExpectedBucketOwner : null;

    /// <summary>Names of buckets are Amazon's whole world's, and nothing says whose a bucket must be: one that was not made by the operator may be anybody's.</summary>
    public bool MayBeAnybodys => Endpoint.Length == 0 && ExpectedBucketOwner.Length == 0;

    /// <summary>As people read it.</summary>
    public string Where => Endpoint.Length > 0 ? Endpoint : Region;

    public IEnumerable<string> Problems()
    {
        if (Endpoint.Length > 0 && !(Uri.TryCreate(Endpoint, UriKind.Absolute, out var endpoint) && endpoint.Scheme is "http" or "https" && endpoint.Query.Length == 0))
        {
            yield return $"Export:S3:Endpoint must be an address such as https://s3.example.com; it is '{Endpoint}'.";
        }

        if (AccessKeyId.Length == 0 != (SecretAccessKey.Length == 0))
        {
            yield return "Export:S3:AccessKeyId and Export:S3:SecretAccessKey belong together: set both, or none and let the SDK find them.";
        }

        if (ExpectedBucketOwner.Length > 0 && !(ExpectedBucketOwner.Length == AccountDigits && ExpectedBucketOwner.All(char.IsAsciiDigit)))
        {
            yield return $"Export:S3:ExpectedBucketOwner must be the {AccountDigits} digits of an account; it is '{ExpectedBucketOwner}'.";
        }

        if (ServerSideEncryption is not ("" or "AES256" or "aws:kms" or "aws:kms:dsse"))
        {
            yield return $"Export:S3:ServerSideEncryption must be AES256, aws:kms, aws:kms:dsse or empty; it is '{ServerSideEncryption}'.";
        }

        if (KmsKeyId.Length > 0 && !ServerSideEncryption.StartsWith("aws:kms", StringComparison.Ordinal))
        {
            yield return "Export:S3:KmsKeyId needs Export:S3:ServerSideEncryption aws:kms or aws:kms:dsse.";
        }

        if (PartMebibytes is < PartMebibytesAtLeast or > PartMebibytesAtMost)
        {
            yield return $"Export:S3:PartMebibytes must be {PartMebibytesAtLeast} to {PartMebibytesAtMost}; it is {PartMebibytes}.";
        }

        if (TimeoutSeconds is < 1 or > 900)
        {
            yield return $"Export:S3:TimeoutSeconds must be 1 to 900; it is {TimeoutSeconds}.";
        }
    }
}
