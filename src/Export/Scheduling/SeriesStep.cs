using Cronos;
using Platform.Export.Jobs;
using Platform.Export.Runs;

namespace Platform.Export.Scheduling;

/// <summary>
/// What the run of a due time covers. Pure. Runs of a series are differences: with S where it began, a run at watermark W and to `to` has all that occurred in
/// [S, to) and was recorded by W, less what the run before it has by the same rule. So their files sum to everything recorded, each record in one of them,
/// whatever is late, failed or tried again (docs/decisions/0108).
/// </summary>
internal static class SeriesStep
{
    /// <param name="before">The last run of the job's series; null when there is none.</param>
    /// <returns>Null when the run before reaches as far already.</returns>
    public static RunSpan? SpanOf(JobSettings settings, CronExpression expression, bool isSeries, DateTimeOffset dueAt, RunRow? before, TimeZoneInfo zone)
    {
        var end = JobWindow.EndOf(settings.Window, dueAt, zone);
        if (!isSeries || before is null)
        {
            var start = JobWindow.StartOf(settings.Window, expression, dueAt, zone);
            return new RunSpan(start, end) { SeriesFrom = isSeries ? start : null };
        }

        return before.To < end ? new RunSpan(before.To, end) { SeriesFrom = before.Span.SeriesFrom, RecordedAfter = before.Watermark } : null;
    }

    /// <summary>Not before the run before's, whatever replicas' clocks say: between the two watermarks lies what comes late.</summary>
    public static DateTimeOffset WatermarkOf(DateTimeOffset now, RunRow? before) => before is not null && before.Watermark > now ? before.Watermark : now;
}
