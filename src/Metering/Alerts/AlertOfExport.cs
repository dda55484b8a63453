using System.Globalization;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Alerts;

/// <summary>The alert of a scheduled export that finance does not have. Pure.</summary>
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

    private static string Sentence(string error) => error.TrimEnd('.') + ".";

    private static string Moment(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
