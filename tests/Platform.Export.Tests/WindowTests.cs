using Grpc.Core;
using Platform.Contracts;
using Platform.Export.Jobs;
using Platform.Export.Runs;
using Platform.Export.Scheduling;

namespace Platform.Export.Tests;

/// <summary>What windows cover, and how they lie beside each other at a schedule.</summary>
public class WindowTests
{
    // cron | window | zone | how its windows lie, W whole, O overlapping, G gaps
    [Theory]
    [InlineData("0 6 * * MON | 7d | UTC | W")]
    [InlineData("0 6 * * MON | interval | UTC | W")]
    [InlineData("0 6 * * MON | 24h | UTC | G")]
    [InlineData("0 6 * * MON | 30d | UTC | O")]
    [InlineData("0 6 * * * | 24h | UTC | W")]
    [InlineData("0 6 * * 1-5 | 24h | UTC | G")]
    [InlineData("0 6 * * 1-5 | interval | UTC | W")]
    [InlineData("0 6 * * 1-5 | 7d | UTC | O")]
    [InlineData("0 */6 * * * | 6h | UTC | W")]
    [InlineData("0 */5 * * * | 6h | UTC | O")]
    [InlineData("0 0 1 * * | 30d | UTC | G")]
    [InlineData("0 0 1 * * | month | UTC | W")]
    [InlineData("0 6 1 * * | month | America/Los_Angeles | W")]
    [InlineData("0 0 1 * * | month | America/Los_Angeles | W")]
    [InlineData("0 6,12 1 * * | month | America/Los_Angeles | O")]
    [InlineData("30 23 15 * * | month | Pacific/Kiritimati | W")]
    // The 28th of February's evening is March there.
    [InlineData("30 23 28 * * | month | Pacific/Kiritimati | G")]
    [InlineData("0 0 1,15 * * | month | UTC | O")]
    [InlineData("0 0 1 */3 * | month | UTC | G")]
    [InlineData("0 0 30 * * | month | UTC | G")]
    [InlineData("*/15 * * * * | 1h | UTC | O")]
    public void Windows_are_compared_with_the_schedule(string line)
    {
        var parts = line.Split('|', StringSplitOptions.TrimEntries);
        Assert.True(Schedule.TryParse(parts[0], out var expression, out _));
        Assert.Equal(parts[3], JobWindow.CoverageOf(parts[1], expression, TestExport.Start, TimeZoneInfo.FindSystemTimeZoneById(parts[2])).ToString()[..1]);
    }

    [Theory]
    [InlineData("0 0 1 * *", "30d", Reasons.WindowInvalid)]
    [InlineData("0 6 * * MON", "24h", Reasons.WindowInvalid)]
    [InlineData("0 0 1,15 * *", "month", Reasons.WindowInvalid)]
    [InlineData("0 0 30 2 *", "interval", Reasons.CronInvalid)]
    [InlineData("0 6 * * MON", "30d", null)]
    [InlineData("0 6 2 * *", "month", null)]
    public void New_job_whose_windows_leave_time_out_is_refused(string cron, string window, string? reason)
    {
        var settings = new JobSettings("job", cron, window, "json", "bucket", "");
        if (reason is null)
        {
            JobValidation.FirstDue(settings, TestExport.Start, TimeZoneInfo.Utc);
            return;
        }

        var error = Assert.Throws<RpcException>(() => JobValidation.FirstDue(settings, TestExport.Start, TimeZoneInfo.Utc));
        Assert.Equal(reason, RpcErrors.ReasonOf(error));
    }

    // window | zone | due | from | to of a series' first run
    [Theory]
    [InlineData("interval | UTC | 2026-06-15T06:00 | 2026-06-08T06:00 | 2026-06-15T06:00")]
    [InlineData("7d | UTC | 2026-06-15T06:00 | 2026-06-08T06:00 | 2026-06-15T06:00")]
    [InlineData("month | UTC | 2026-06-15T06:00 | 2026-05-01T00:00 | 2026-06-01T00:00")]
    [InlineData("month | Europe/Berlin | 2026-06-15T06:00 | 2026-04-30T22:00 | 2026-05-31T22:00")]
    [InlineData("month | America/New_York | 2026-11-09T06:00 | 2026-10-01T04:00 | 2026-11-01T04:00")]
    [InlineData("month | America/New_York | 2026-12-07T06:00 | 2026-11-01T04:00 | 2026-12-01T05:00")]
    public void First_run_of_a_series_covers_its_window_and_has_nothing_late(string line)
    {
        var parts = line.Split('|', StringSplitOptions.TrimEntries);
        var span = SpanOf(parts[0], Moment(parts[2]), before: null, parts[1])!;
        Assert.Equal((Moment(parts[3]), Moment(parts[4])), (span.From, span.To));
        Assert.Equal((span.From, null, null), (span.SeriesFrom, span.RecordedAfter, span.Late));
    }

    // window | zone | due | when its run is made
    [Theory]
    [InlineData("month | America/Los_Angeles | 2026-07-01T00:00 | 2026-07-01T07:00")]
    [InlineData("month | America/Los_Angeles | 2026-07-01T06:59 | 2026-07-01T07:00")]
    [InlineData("month | America/Los_Angeles | 2026-07-01T07:00 | 2026-07-01T07:00")]
    [InlineData("month | America/Los_Angeles | 2027-01-01T00:00 | 2027-01-01T08:00")]
    [InlineData("month | America/Los_Angeles | 2026-06-30T23:59 | 2026-06-30T23:59")]
    [InlineData("month | Pacific/Kiritimati | 2026-06-30T12:00 | 2026-06-30T12:00")]
    [InlineData("month | UTC | 2026-07-01T00:00 | 2026-07-01T00:00")]
    [InlineData("interval | America/Los_Angeles | 2026-07-01T00:00 | 2026-07-01T00:00")]
    public void Run_of_a_month_is_made_when_the_month_has_ended_in_the_books_zone(string line)
    {
        var parts = line.Split('|', StringSplitOptions.TrimEntries);
        Assert.Equal(Moment(parts[3]), JobWindow.ReadyAt(parts[0], Moment(parts[2]), TimeZoneInfo.FindSystemTimeZoneById(parts[1])));
    }

    [Fact]
    public void Run_of_a_series_begins_where_the_one_before_ended_whatever_the_zone_became()
    {
        var job = new JobRow(Guid.NewGuid(), Settings("month"), TestExport.Start, null);
        var utc = SpanOf("month", Moment("2026-05-04T06:00"), before: null, "UTC")!;
        var before = NewRun.Scheduled(job, Moment("2026-05-04T06:00"), utc, TimeZoneInfo.Utc, Moment("2026-05-04T06:01"), Moment("2026-05-04T06:00"));

        var next = SpanOf("month", Moment("2026-06-01T06:00"), before, "Europe/Berlin")!;
        Assert.Equal((Moment("2026-05-01T00:00"), Moment("2026-05-31T22:00")), (next.From, next.To));
        Assert.Equal((Moment("2026-04-01T00:00"), Moment("2026-05-04T06:01")), next.Late);
        Assert.Null(SpanOf("month", Moment("2026-05-11T06:00"), before, "UTC"));
        Assert.Equal(before.Watermark, SeriesStep.WatermarkOf(Moment("2026-05-04T06:00"), before));
    }

    private static RunSpan? SpanOf(string window, DateTimeOffset dueAt, RunRow? before, string zone)
    {
        Assert.True(Schedule.TryParse("0 6 * * MON", out var expression, out _));
        return SeriesStep.SpanOf(Settings(window), expression, isSeries: true, dueAt, before, TimeZoneInfo.FindSystemTimeZoneById(zone));
    }

    private static JobSettings Settings(string window) => new("job", "0 6 * * MON", window, "json", "bucket", "");

    private static DateTimeOffset Moment(string text) => DateTimeOffset.Parse(text + "Z");
}
