using Platform.Export.Scheduling;

namespace Platform.Export.Tests;

public class ScheduleTests
{
    [Theory]
    [InlineData("0 6 * * MON", true)]
    [InlineData("*/15 * * * *", true)]
    [InlineData("0 0 1 JAN,JUL *", true)]
    [InlineData("  0 6  * * 1-5 ", true)]
    [InlineData("", false)]
    [InlineData("0 6 * *", false)]
    [InlineData("0 0 6 * * MON", false)]
    [InlineData("@daily", false)]
    [InlineData("60 6 * * MON", false)]
    [InlineData("0 6 * * FUNDAY", false)]
    [InlineData("0 6 32 * *", false)]
    public void Cron_is_five_fields_with_names(string cron, bool valid)
    {
        Assert.Equal(valid, Schedule.TryParse(cron, out var expression, out var problem));
        Assert.Equal(valid, expression is not null);
        Assert.Equal(valid, problem is null);
    }

    // One decision a line: cron | due time waited for | now | due times that passed, oldest first, at most three | due time to wait for next.
    [Theory]
    [InlineData("0 6 * * MON | 2026-06-15T06:00 | 2026-06-15T06:00 | 2026-06-15T06:00 | 2026-06-22T06:00")]
    [InlineData("0 6 * * MON | 2026-06-15T06:00 | 2026-06-17T01:00 | 2026-06-15T06:00 | 2026-06-22T06:00")]
    [InlineData("0 6 * * MON | 2026-06-01T06:00 | 2026-06-17T01:00 | 2026-06-01T06:00 2026-06-08T06:00 2026-06-15T06:00 | 2026-06-22T06:00")]
    [InlineData("0 6 * * MON | 2026-05-18T06:00 | 2026-06-17T01:00 | 2026-06-01T06:00 2026-06-08T06:00 2026-06-15T06:00 | 2026-06-22T06:00")]
    [InlineData("* * * * * | 2025-06-01T06:00 | 2026-06-17T01:00:30 | 2026-06-17T00:58 2026-06-17T00:59 2026-06-17T01:00 | 2026-06-17T01:01")]
    [InlineData("0 0 29 2 * | 2024-02-29T00:00 | 2027-01-01T00:00 | 2024-02-29T00:00 | 2028-02-29T00:00")]
    // Clocks change in Berlin at 01:00 UTC and in New York at 07:00 UTC on these days: in UTC every hour is due once.
    [InlineData("0 * * * * | 2026-03-29T01:00 | 2026-03-29T01:00 | 2026-03-29T01:00 | 2026-03-29T02:00")]
    [InlineData("30 2 * * * | 2026-03-29T02:30 | 2026-03-29T02:30 | 2026-03-29T02:30 | 2026-03-30T02:30")]
    [InlineData("30 1 * * * | 2026-10-25T01:30 | 2026-10-25T02:30 | 2026-10-25T01:30 | 2026-10-26T01:30")]
    // A due time of a schedule that has changed since.
    [InlineData("0 6 * * MON | 2026-06-16T12:00 | 2026-06-17T01:00 | 2026-06-16T12:00 | 2026-06-22T06:00")]
    public void Due_times_that_passed_are_decided_by_the_schedule_alone(string line)
    {
        var parts = line.Split('|', StringSplitOptions.TrimEntries);
        Assert.True(Schedule.TryParse(parts[0], out var expression, out _));
        var now = Moment(parts[2])!.Value;
        Assert.Equal(parts[3].Split(' ').Select(text => Moment(text)!.Value), Schedule.Passed(expression, Moment(parts[1])!.Value, now, atMost: 3, due => due));
        Assert.Equal(Moment(parts[4]), Schedule.NextAfter(expression, now));
    }

    // One decision a line: cron | window | due time waited for | end of the last run's window, - for none | now | due times that get a run, oldest first, at most four.
    [Theory]
    // Nothing or little was missed: the latest alone.
    [InlineData("0 6 * * * | 30d | 2026-06-15T06:00 | 2026-06-14T06:00 | 2026-06-15T06:00 | 2026-06-15T06:00")]
    [InlineData("0 6 * * * | 30d | 2026-06-15T06:00 | 2026-06-14T06:00 | 2026-07-14T07:00 | 2026-07-14T06:00")]
    // Two months: the picture of today, and the one that ends where it begins.
    [InlineData("0 6 * * * | 30d | 2026-06-15T06:00 | 2026-06-14T06:00 | 2026-07-15T07:00 | 2026-06-15T06:00 2026-07-15T06:00")]
    [InlineData("0 6 * * * | 30d | 2026-06-15T06:00 | 2026-06-14T06:00 | 2026-08-12T07:00 | 2026-07-13T06:00 2026-08-12T06:00")]
    // Its first run was missed too: what that would have held.
    [InlineData("0 6 * * * | 30d | 2026-06-15T06:00 | - | 2026-06-16T07:00 | 2026-06-15T06:00 2026-06-16T06:00")]
    [InlineData("0 6 * * 1-5 | 7d | 2026-06-15T06:00 | 2026-06-12T06:00 | 2026-06-30T07:00 | 2026-06-16T06:00 2026-06-23T06:00 2026-06-30T06:00")]
    // No due time at which a window begins: the next one, which reaches into it.
    [InlineData("0 6 * * MON,THU | 6h | 2026-06-15T06:00 | 2026-06-11T06:00 | 2026-06-22T07:00 | 2026-06-15T06:00 2026-06-18T06:00 2026-06-22T06:00")]
    [InlineData("0 6 * * 1-5 | 24h | 2026-06-19T06:00 | 2026-06-18T06:00 | 2026-06-23T07:00 | 2026-06-19T06:00 2026-06-22T06:00 2026-06-23T06:00")]
    // More than the bound: the latest of them.
    [InlineData("* * * * * | 1h | 2025-06-01T06:00 | 2025-06-01T05:59 | 2026-06-17T01:00:30 | 2026-06-16T22:00 2026-06-16T23:00 2026-06-17T00:00 2026-06-17T01:00")]
    // A due time of a schedule that has changed since.
    [InlineData("0 6 * * MON | 30d | 2026-06-16T12:00 | 2026-06-08T06:00 | 2026-06-17T01:00 | 2026-06-16T12:00")]
    public void As_few_due_times_as_hold_all_that_was_missed_get_a_run(string line)
    {
        var parts = line.Split('|', StringSplitOptions.TrimEntries);
        Assert.True(Schedule.TryParse(parts[0], out var expression, out _));
        Assert.Equal(
            parts[5].Split(' ').Select(text => Moment(text)!.Value),
            Schedule.PassedThatHoldAll(expression, Moment(parts[2])!.Value, Moment(parts[4])!.Value, Moment(parts[3]), JobWindow.LengthOf(parts[1])!.Value, atMost: 4));
    }

    private static DateTimeOffset? Moment(string text) => text == "-" ? null : DateTimeOffset.Parse(text + "Z");
}
