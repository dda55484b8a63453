using System.Text.RegularExpressions;
using Grpc.Core;
using Platform.Contracts;
using Platform.Export.Files;
using Platform.Export.Objects;
using Platform.Export.Scheduling;

namespace Platform.Export.Jobs;

/// <summary>The rules of the contract for what a job or a one-off run is asked to do. Each answers null when the value is fine, else the error to throw.</summary>
internal static partial class JobValidation
{
    public static RpcException? Check(JobSettings settings) =>
        Name(settings.Name) ?? Cron(settings.Cron) ?? Window(settings.Window) ?? Format(settings.Format) ?? Target(settings.Bucket, settings.Prefix);

    public static RpcException? Name(string name) => NamePattern().IsMatch(name)
        ? null
        : RpcErrors.InvalidArgument("name must be 1 to 100 letters, digits, '-' and '_'.");

    public static RpcException? Cron(string cron) => Schedule.TryParse(cron, out _, out var problem)
        ? null
        : RpcErrors.InvalidArgument(problem, Reasons.CronInvalid);

    public static RpcException? Window(string window) => JobWindow.Names.Contains(window)
        ? null
        : RpcErrors.InvalidArgument($"window must be one of {string.Join(", ", JobWindow.Names)}.", Reasons.WindowInvalid);

    /// <summary>When a job's first run is made, after its settings were checked; windows that leave time out lose spend in silence, so there are none.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT (CRON_INVALID: never due; WINDOW_INVALID: gaps, or several runs a month).</exception>
    public static DateTimeOffset FirstDue(JobSettings settings, DateTimeOffset now, TimeZoneInfo zone)
    {
        if (!Schedule.TryParse(settings.Cron, out var expression, out _)
            || Schedule.NextReadyAfter(expression, now, due => JobWindow.ReadyAt(settings.Window, due, zone)) is not { } first)
        {
            throw RpcErrors.InvalidArgument($"cron '{settings.Cron}' is never due: no such day exists.", Reasons.CronInvalid);
        }

        var coverage = JobWindow.CoverageOf(settings.Window, expression, now, zone);
        return settings.Window == JobWindow.Month && coverage != WindowCoverage.Whole
            ? throw RpcErrors.InvalidArgument($"cron '{settings.Cron}' must be due once in every month for window month, for example '0 6 2 * *'.", Reasons.WindowInvalid)
            : coverage == WindowCoverage.Gaps
                ? throw RpcErrors.InvalidArgument(JobWindow.WarningOf(coverage, settings), Reasons.WindowInvalid)
                : first;
    }

    /// <param name="format">As <see cref="FileFormats.WordOf"/> has it.</param>
    public static RpcException? Format(string format) => FileFormats.Words.Contains(format)
        ? null
        : RpcErrors.InvalidArgument(
            "format must be json, csv, parquet, focus or focus-parquet; focus_version goes with the latter two alone and is 1.4 (when absent) or 1.2.", Reasons.FormatUnsupported);

    public static RpcException? Target(string bucket, string prefix) =>
        (ObjectNames.BucketProblem(bucket) ?? ObjectNames.PrefixProblem(prefix)) is { } problem
            ? RpcErrors.InvalidArgument(problem, Reasons.BucketInvalid)
            : null;

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,100}\z")]
    private static partial Regex NamePattern();
}
