using System.Globalization;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Alerts;

/// <summary>Alerts of scheduled exports that finance does not have, or not whole. Pure.</summary>
internal static class AlertOfExport
{
    /// <summary>Critical once nobody but people can mend it: what the run holds is in no file until then, so sums of files are too small.</summary>
    public static AlertRow Failed(ExportFailed failed) => new(
        failed.EventId, AlertKind.ExportFailed, failed.IsFinal ? AlertSeverity.Critical : AlertSeverity.Warning, "", failed.RunId.ToString(),
        failed.IsFinal
            ? $"Scheduled export {failed.JobName} of {Moment(failed.DueAt)} has failed and is not tried again"
            : $"Scheduled export {failed.JobName} of {Moment(failed.DueAt)} has failed {Number(failed.Failures)} times and is still tried",
        $"{Sentence(failed.Error)} Usage from {Moment(failed.From)} to {Moment(failed.To)} is in no file of it, and later runs do not carry it. "
            + $"Mend the cause, then kt export-jobs retry {failed.RunId} writes exactly what this run owes.",
        [new("job", failed.JobName), new("due_at", Moment(failed.DueAt)), new("failures", Number(failed.Failures))],
        failed.OccurredAt)
    {
        Period = (failed.From, failed.To),
    };

    /// <summary>A warning: nothing is to be mended, but whoever adds the files up comes to less than was spent.</summary>
    public static AlertRow Incomplete(ExportIncomplete incomplete) => new(
        incomplete.EventId, AlertKind.ExportIncomplete, AlertSeverity.Warning, "", incomplete.RunId.ToString(),
        $"Scheduled export {incomplete.JobName} of {Moment(incomplete.DueAt)} lacks late usage that retention had dropped",
        $"Usage from {Moment(incomplete.From)} to {Moment(incomplete.To)} that was recorded after {Moment(incomplete.RecordedAfter)} is in no file of it, and its records are no longer kept (Retention__RecordMonths). "
            + "Sums of that time with it are in kt spend and kt periods list; the run's manifest says so in not_kept.",
        [new("job", incomplete.JobName), new("due_at", Moment(incomplete.DueAt)), new("recorded_after", Moment(incomplete.RecordedAfter))],
        incomplete.OccurredAt)
    {
        Period = (incomplete.From, incomplete.To),
    };

    private static string Sentence(string error) => error.TrimEnd('.') + ".";

    private static string Moment(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
