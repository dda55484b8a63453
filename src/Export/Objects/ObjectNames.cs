using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Platform.Export.Objects;

/// <summary>
/// Names of buckets and objects. Bucket names follow Amazon S3's rules for general purpose buckets, so a job that writes to a folder today can write to S3
/// unchanged; prefixes are narrower than S3's, because a key is also a path in the embedded store.
/// </summary>
internal static partial class ObjectNames
{
    /// <summary>Followed by the month, such as 2026-06.</summary>
    private const string PeriodFolder = "BILLING_PERIOD=";

    private const int PrefixBytesAtMost = 512;
    private const int SegmentBytesAtMost = 200;

    private static readonly string[] ReservedPrefixes = ["xn--", "sthree-", "amzn-s3-demo-"];
    private static readonly string[] ReservedSuffixes = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

    /// <summary>Null when the name is a valid bucket name, else a sentence that says what to do.</summary>
    public static string? BucketProblem(string bucket)
    {
        if (!BucketPattern().IsMatch(bucket) || bucket.Contains("..", StringComparison.Ordinal))
        {
            return "bucket must have 3 to 63 lower-case letters, digits, '-' and single '.', and begin and end with a letter or digit.";
        }

        if (Ipv4Pattern().IsMatch(bucket) && IPAddress.TryParse(bucket, out _))
        {
            return "bucket must not look like an IP address.";
        }

        return ReservedPrefixes.Any(prefix => bucket.StartsWith(prefix, StringComparison.Ordinal))
               || ReservedSuffixes.Any(suffix => bucket.EndsWith(suffix, StringComparison.Ordinal))
            ? $"bucket must not begin with {string.Join(", ", ReservedPrefixes)} or end with {string.Join(", ", ReservedSuffixes)}: S3 reserves them."
            : null;
    }

    /// <summary>Null when keys may begin with the prefix, else a sentence that says what to do. Empty is allowed; one trailing '/' is, too.</summary>
    public static string? PrefixProblem(string prefix)
    {
        if (Encoding.UTF8.GetByteCount(prefix) > PrefixBytesAtMost)
        {
            return $"prefix must have at most {PrefixBytesAtMost} bytes of UTF-8.";
        }

        if (prefix.Any(character => char.IsControl(character) || character == '\\'))
        {
            return "prefix must not have control characters or backslashes.";
        }

        var path = prefix.EndsWith('/') ? prefix[..^1] : prefix;
        var segments = prefix.Length == 0 ? [] : path.Split('/');
        if (segments.Any(segment => segment is "" or "." or ".."))
        {
            return "prefix must not begin with '/' nor have an empty part, '.' or '..' between its slashes.";
        }

        return segments.Any(segment => Encoding.UTF8.GetByteCount(segment) > SegmentBytesAtMost)
            ? $"prefix must have at most {SegmentBytesAtMost} bytes of UTF-8 between its slashes."
            : null;
    }

    /// <summary>
    /// The keys of a run, in the layout of AWS Data Exports: of its manifest, and of its data file of one billing period (<see cref="InPeriod"/> names the others).
    /// The run's id keeps every run's objects apart, so only a run's next try, or the same run made again after a restore, writes over them.
    /// </summary>
    /// <param name="extension">Of data files, such as json.</param>
    public static (string Data, string Manifest) Keys(string prefix, string job, Guid runId, string period, DateTimeOffset to, string extension)
    {
        var root = Root(prefix, job);
        var file = $"{job}-{to.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}-{runId:D}";
        return ($"{DataFolder(prefix, job)}{period}/{file}.{extension}", $"{root}/metadata/{PeriodFolder}{period}/{file}-Manifest.json");
    }

    /// <summary>What stands for a job's name in the keys of its runs by hand, so that its folder has those of its schedule alone. No job has such a name: a name has no dot.</summary>
    public static string ByHand(string job) => $"{job}.by-hand";

    /// <summary>What the keys of all data files of a job, or of the one-off runs of a name, begin with.</summary>
    public static string DataFolder(string prefix, string job) => $"{Root(prefix, job)}/data/{PeriodFolder}";

    /// <summary>The key of the data file of another billing period of the same run.</summary>
    public static string InPeriod(string dataKey, string period)
    {
        var start = PeriodStart(dataKey);
        return string.Concat(dataKey.AsSpan(0, start), period, dataKey.AsSpan(start + period.Length));
    }

    /// <summary>The billing period that a data file's key names.</summary>
    public static string PeriodOf(string dataKey) => dataKey.Substring(PeriodStart(dataKey), "2026-06".Length);

    private static string Root(string prefix, string job) => prefix.Length == 0 || prefix.EndsWith('/') ? $"{prefix}{job}" : $"{prefix}/{job}";

    /// <summary>Behind the last such folder: a prefix may have one of its own.</summary>
    private static int PeriodStart(string dataKey) => dataKey.LastIndexOf(PeriodFolder, StringComparison.Ordinal) + PeriodFolder.Length;

    [GeneratedRegex(@"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\z")]
    private static partial Regex BucketPattern();

    [GeneratedRegex(@"^[0-9]+(\.[0-9]+){3}\z")]
    private static partial Regex Ipv4Pattern();
}
