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

    [Fact]
    public void Lane_without_windows_is_never_open_for_work_that_waits()
    {
        Assert.False(LaneWindows.IsOpen(Lane(), DateTimeOffset.UnixEpoch));
        Assert.Null(LaneWindows.OpensAt(Lane(), DateTimeOffset.UnixEpoch));
    }

    private static RouteLane Lane(params RouteWindow[] windows) => new("scheduled", null, windows);
}
