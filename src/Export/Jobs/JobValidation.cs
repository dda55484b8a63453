using System.Text.RegularExpressions;
using Grpc.Core;
using Platform.Contracts;
using Platform.Export.Objects;
using Platform.Export.Scheduling;

namespace Platform.Export.Jobs;

/// <summary>The rules of the contract for what a job or a one-off run is asked to do. Each answers null when the value is fine, else the error to throw.</summary>
internal static partial class JobValidation
{
    public const string Json = "json";

    private static readonly Dictionary<string, TimeSpan> Windows = new()
    {
        ["1h"] = TimeSpan.FromHours(1),
        ["6h"] = TimeSpan.FromHours(6),
        ["24h"] = TimeSpan.FromHours(24),
        ["7d"] = TimeSpan.FromDays(7),
        ["30d"] = TimeSpan.FromDays(30),
    };

    public static RpcException? Check(JobSettings settings) =>
        Name(settings.Name) ?? Cron(settings.Cron) ?? Window(settings.Window) ?? Format(settings.Format) ?? Target(settings.Bucket, settings.Prefix);

    public static RpcException? Name(string name) => NamePattern().IsMatch(name)
        ? null
        : RpcErrors.InvalidArgument("name must be 1 to 100 letters, digits, '-' and '_'.");

    public static RpcException? Cron(string cron) => Schedule.TryParse(cron, out _, out var problem)
        ? null
        : RpcErrors.InvalidArgument(problem, Reasons.CronInvalid);

    public static RpcException? Window(string window) => Windows.ContainsKey(window)
        ? null
        : RpcErrors.InvalidArgument($"window must be one of {string.Join(", ", Windows.Keys)}.", Reasons.WindowInvalid);

    public static RpcException? Format(string format) => format == Json
        ? null
        : RpcErrors.InvalidArgument("format must be json; other formats are not supported.", Reasons.FormatUnsupported);

    public static RpcException? Target(string bucket, string prefix) =>
        (ObjectNames.BucketProblem(bucket) ?? ObjectNames.PrefixProblem(prefix)) is { } problem
            ? RpcErrors.InvalidArgument(problem, Reasons.BucketInvalid)
            : null;

    /// <summary>The length of a window that was checked before.</summary>
    public static TimeSpan WindowLength(string window) => Windows[window];

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,100}\z")]
    private static partial Regex NamePattern();
}
