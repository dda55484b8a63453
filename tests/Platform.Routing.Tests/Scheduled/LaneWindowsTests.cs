using Platform.Routing.Policies;
using Platform.Routing.Scheduled;

namespace Platform.Routing.Tests.Scheduled;

public sealed class LaneWindowsTests
{
    [Theory]
    // Nights in Berlin, 22:00 for eight hours; in November one hour before UTC, in July two.
    [InlineData("2026-11-26T20:59:59Z", false, "2026-11-26T21:00:00Z")]
    [InlineData("2026-11-26T21:00:00Z", true, "2026-11-26T21:00:00Z")]
    [InlineData("2026-11-27T04:59:59Z", true, "2026-11-27T04:59:59Z")]
    [InlineData("2026-11-27T05:00:00Z", false, "2026-11-27T21:00:00Z")]
    [InlineData("2026-07-01T20:00:00Z", true, "2026-07-01T20:00:00Z")]
    [InlineData("2026-07-01T19:59:59Z", false, "2026-07-01T20:00:00Z")]
    public void Window_is_open_from_its_cron_on_in_its_zone(string now, bool open, string opens)
    {
        var lane = Lane(new RouteWindow("0 22 * * *", TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), TimeSpan.FromHours(8)));
        Assert.Equal((open, DateTimeOffset.Parse(opens)), (LaneWindows.IsOpen(lane, DateTimeOffset.Parse(now)), LaneWindows.OpensAt(lane, DateTimeOffset.Parse(now))));
    }

    [Fact]
    public void Any_of_several_windows_opens_the_lane()
    {
        var lane = Lane(
            new RouteWindow("0 1 * * *", TimeZoneInfo.Utc, TimeSpan.FromMinutes(30)), new RouteWindow("0 13 * * 6", TimeZoneInfo.Utc, TimeSpan.FromMinutes(30)));
        Assert.True(LaneWindows.IsOpen(lane, DateTimeOffset.Parse("2026-11-28T13:10:00Z")));
        Assert.False(LaneWindows.IsOpen(lane, DateTimeOffset.Parse("2026-11-27T13:10:00Z")));
        Assert.Equal(DateTimeOffset.Parse("2026-11-28T01:00:00Z"), LaneWindows.OpensAt(lane, DateTimeOffset.Parse("2026-11-27T13:10:00Z")));
    }

    [Theory]
    // Nights of eight hours from 22:00; and a Saturday's hour in the middle of one.
    [InlineData("2026-11-26T23:00:00Z", 1, "2026-11-27T06:00:00Z")]
    [InlineData("2026-11-26T22:00:00Z", 1, "2026-11-27T06:00:00Z")]
    [InlineData("2026-11-26T23:00:00Z", 2, "2026-11-28T06:30:00Z")]
    [InlineData("2026-11-26T23:00:00Z", 3, "2026-11-29T06:00:00Z")]
    [InlineData("2026-11-26T12:00:00Z", 1, "2026-11-26T12:00:00Z")]
    [InlineData("2026-11-26T12:00:00Z", 2, "2026-11-27T06:00:00Z")]
    [InlineData("2026-11-27T23:00:00Z", 1, "2026-11-28T06:30:00Z")]
    [InlineData("2026-11-28T05:45:00Z", 1, "2026-11-28T06:30:00Z")]
    [InlineData("2026-11-28T06:15:00Z", 1, "2026-11-28T06:30:00Z")]
    public void Windows_close_when_the_last_that_is_open_does(string now, int windows, string closes)
    {
        var lane = Lane(new RouteWindow("0 22 * * *", TimeZoneInfo.Utc, TimeSpan.FromHours(8)), new RouteWindow("30 5 * * 6", TimeZoneInfo.Utc, TimeSpan.FromHours(1)));
        Assert.Equal(DateTimeOffset.Parse(closes), LaneWindows.ClosesAt(lane, DateTimeOffset.Parse(now), windows));
    }

    [Theory]
    // Each opens in the last half hour of the one before it; the last one when another closes, which is the next window.
    [InlineData("2026-11-26T01:10:00Z", 1, "2026-11-26T04:00:00Z")]
    [InlineData("2026-11-26T03:40:00Z", 1, "2026-11-26T04:00:00Z")]
    [InlineData("2026-11-26T04:00:00Z", 1, "2026-11-26T05:00:00Z")]
    [InlineData("2026-11-26T01:10:00Z", 2, "2026-11-26T05:00:00Z")]
    [InlineData("2026-11-26T01:10:00Z", 3, "2026-11-27T04:00:00Z")]
    public void Windows_that_open_before_the_one_before_closes_are_one(string now, int windows, string closes)
    {
        RouteWindow Window(string cron, int minutes) => new(cron, TimeZoneInfo.Utc, TimeSpan.FromMinutes(minutes));
        var lane = Lane(Window("30 2 * * *", 90), Window("0 4 * * *", 60), Window("0 1 * * *", 60), Window("30 1 * * *", 90));
        Assert.Equal(DateTimeOffset.Parse(closes), LaneWindows.ClosesAt(lane, DateTimeOffset.Parse(now), windows));
    }

    [Theory]
    // Nights and days that overlap at both ends: it never closes, so each window counts once.
    [InlineData("2026-11-26T23:00:00Z", 1, "2026-11-27T23:00:00Z")]
    [InlineData("2026-11-26T12:00:00Z", 1, "2026-11-27T06:00:00Z")]
    [InlineData("2026-11-26T12:00:00Z", 2, "2026-11-28T06:00:00Z")]
    public void Lane_whose_windows_overlap_for_ever_closes_when_each_was_open_once(string now, int windows, string closes)
    {
        var lane = Lane(new RouteWindow("0 22 * * *", TimeZoneInfo.Utc, TimeSpan.FromHours(8)), new RouteWindow("0 5 * * *", TimeZoneInfo.Utc, TimeSpan.FromHours(18)));
        Assert.Equal(DateTimeOffset.Parse(closes), LaneWindows.ClosesAt(lane, DateTimeOffset.Parse(now), windows));
    }

    [Fact]
    public void Lane_that_is_always_open_closes_each_time_that_a_window_does()
    {
        var lane = Lane(new RouteWindow("0 0 * * *", TimeZoneInfo.Utc, TimeSpan.FromDays(1)));
        Assert.Equal(DateTimeOffset.Parse("2026-11-27T00:00:00Z"), LaneWindows.ClosesAt(lane, DateTimeOffset.Parse("2026-11-26T00:00:00Z"), 1));
        Assert.Equal(DateTimeOffset.Parse("2026-11-28T00:00:00Z"), LaneWindows.ClosesAt(lane, DateTimeOffset.Parse("2026-11-26T12:00:00Z"), 2));
    }

    [Theory]
    // Opens each hour for eight hours: of what is open the opening of the last hour closes last.
    [InlineData("0 * * * *", 480, "2026-11-26T10:30:00Z", 1, "2026-11-26T18:00:00Z")]
    [InlineData("0 * * * *", 480, "2026-11-26T11:00:00Z", 1, "2026-11-26T19:00:00Z")]
    [InlineData("0 * * * *", 480, "2026-11-26T10:30:00Z", 2, "2026-11-27T02:00:00Z")]
    [InlineData("* * * * *", 10_080, "2026-11-26T10:30:30Z", 1, "2026-12-03T10:30:00Z")]
    [InlineData("0 20,22 * * *", 180, "2026-11-26T21:00:00Z", 1, "2026-11-26T23:00:00Z")]
    [InlineData("0 20,22 * * *", 180, "2026-11-26T22:30:00Z", 1, "2026-11-27T01:00:00Z")]
    public void Window_that_opens_again_while_it_is_open_closes_when_its_last_opening_does(string cron, int minutes, string now, int windows, string closes)
    {
        var lane = Lane(new RouteWindow(cron, TimeZoneInfo.Utc, TimeSpan.FromMinutes(minutes)));
        Assert.True(LaneWindows.IsOpen(lane, DateTimeOffset.Parse(now)));
        Assert.Equal(DateTimeOffset.Parse(closes), LaneWindows.ClosesAt(lane, DateTimeOffset.Parse(now), windows));
    }

    [Theory]
    // A window stays open as long as it says, whatever the clocks do meanwhile: nights from 22:00 of eight hours end at 07:00 when they go forward, at 05:00 when they go back.
    [InlineData("Europe/Berlin", "0 22 * * *", 480, "2026-03-28T20:59:59Z", "2026-03-28T21:00:00Z", "2026-03-29T05:00:00Z")]
    [InlineData("Europe/Berlin", "0 22 * * *", 480, "2026-03-29T05:00:00Z", "2026-03-29T20:00:00Z", "2026-03-30T04:00:00Z")]
    [InlineData("Europe/Berlin", "0 22 * * *", 480, "2026-10-24T19:59:59Z", "2026-10-24T20:00:00Z", "2026-10-25T04:00:00Z")]
    [InlineData("Europe/Berlin", "0 22 * * *", 480, "2026-10-25T04:00:00Z", "2026-10-25T21:00:00Z", "2026-10-26T05:00:00Z")]
    [InlineData("America/New_York", "0 22 * * *", 480, "2026-03-08T02:59:59Z", "2026-03-08T03:00:00Z", "2026-03-08T11:00:00Z")]
    [InlineData("America/New_York", "0 22 * * *", 480, "2026-11-01T01:59:59Z", "2026-11-01T02:00:00Z", "2026-11-01T10:00:00Z")]
    // One that opens at a time that the day does not have opens when the clocks go forward.
    [InlineData("Europe/Berlin", "30 2 * * *", 60, "2026-03-28T02:30:00Z", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z")]
    [InlineData("America/New_York", "0 2 * * *", 120, "2026-03-07T09:00:00Z", "2026-03-08T07:00:00Z", "2026-03-08T09:00:00Z")]
    // At a time that it has twice, the first time alone.
    [InlineData("Europe/Berlin", "30 2 * * *", 60, "2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z")]
    [InlineData("Europe/Berlin", "30 2 * * *", 60, "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z", "2026-10-26T02:30:00Z")]
    [InlineData("America/New_York", "30 1 * * *", 45, "2026-10-31T23:00:00Z", "2026-11-01T05:30:00Z", "2026-11-01T06:15:00Z")]
    [InlineData("America/New_York", "30 1 * * *", 45, "2026-11-01T06:30:00Z", "2026-11-02T06:30:00Z", "2026-11-02T07:15:00Z")]
    // Of one that opens each hour, each.
    [InlineData("Europe/Berlin", "0 * * * *", 15, "2026-10-25T00:15:00Z", "2026-10-25T01:00:00Z", "2026-10-25T01:15:00Z")]
    [InlineData("America/New_York", "0 * * * *", 15, "2026-03-08T06:15:00Z", "2026-03-08T07:00:00Z", "2026-03-08T07:15:00Z")]
    public void Window_opens_once_and_for_as_long_as_it_says_when_the_clocks_change(string zone, string cron, int minutes, string now, string opens, string closes)
    {
        var (lane, at) = (Lane(new RouteWindow(cron, TimeZoneInfo.FindSystemTimeZoneById(zone), TimeSpan.FromMinutes(minutes))), DateTimeOffset.Parse(opens));
        Assert.False(LaneWindows.IsOpen(lane, DateTimeOffset.Parse(now)));
        Assert.Equal(at, LaneWindows.OpensAt(lane, DateTimeOffset.Parse(now)));
        Assert.True(LaneWindows.IsOpen(lane, at));
        Assert.Equal(DateTimeOffset.Parse(closes), LaneWindows.ClosesAt(lane, at, windows: 1));
        Assert.True(LaneWindows.IsOpen(lane, DateTimeOffset.Parse(closes).AddTicks(-1)));
        Assert.False(LaneWindows.IsOpen(lane, DateTimeOffset.Parse(closes)));
    }

    [Fact]
    public void Lane_without_windows_is_never_open_for_work_that_waits()
    {
        Assert.False(LaneWindows.IsOpen(Lane(), DateTimeOffset.UnixEpoch));
        Assert.Null(LaneWindows.OpensAt(Lane(), DateTimeOffset.UnixEpoch));
    }

    private static RouteLane Lane(params RouteWindow[] windows) => new("scheduled", null, windows);
}
