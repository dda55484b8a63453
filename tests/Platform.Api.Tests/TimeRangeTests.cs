using System.Globalization;
using Grpc.Core;
using Platform.Api.Http;

namespace Platform.Api.Tests;

public sealed class TimeRangeTests
{
    private static readonly DateTimeOffset Now = At("2026-06-15T12:00:00Z");

    [Theory]
    [InlineData(null, null, null, null, "2026-05-16T12:00:00Z", "2026-06-15T12:00:00Z")]
    [InlineData(null, null, "24h", null, "2026-06-14T12:00:00Z", "2026-06-15T12:00:00Z")]
    [InlineData(null, null, "4w", null, "2026-05-18T12:00:00Z", "2026-06-15T12:00:00Z")]
    [InlineData("2026-06-01", "2026-06-02", null, null, "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z")]
    [InlineData("2026-06-01", "2026-06-02", null, "Europe/Paris", "2026-05-31T22:00:00Z", "2026-06-01T22:00:00Z")]
    [InlineData("2026-06-01T10:00:00+02:00", null, null, null, "2026-06-01T08:00:00Z", "2026-06-15T12:00:00Z")]
    // Clocks in Beirut jump from midnight to one o'clock on this day: the day begins where they land.
    [InlineData("2026-03-29", "2026-03-30", null, "Asia/Beirut", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z")]
    // In Havana the hour from midnight on comes twice on this day: the day begins the first time.
    [InlineData("2026-11-01", "2026-11-02", null, "America/Havana", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z")]
    public void Range_is_half_open_in_the_asked_zone(string? from, string? to, string? since, string? zone, string begin, string end)
    {
        var range = TimeRange.Read(from, to, since, zone, Now);

        Assert.Equal((At(begin), At(end)), (range.From, range.To));
    }

    [Theory]
    [InlineData("yesterday", null, null, null, "from 'yesterday'")]
    [InlineData("2026-06-02", "2026-06-01", null, null, "before to")]
    [InlineData("2026-06-01", null, "3d", null, "not both")]
    [InlineData(null, null, "3x", null, "since '3x'")]
    [InlineData(null, null, "-3d", null, "since '-3d'")]
    [InlineData(null, null, null, "Mars/Olympus", "time_zone 'Mars/Olympus'")]
    [InlineData("0001-01-01", null, null, null, "from '0001-01-01' must lie in the years 2000 to 2199")]
    [InlineData("1999-12-31", null, null, null, "from '1999-12-31' must lie")]
    [InlineData(null, "9999-12-31", null, null, "to '9999-12-31' must lie")]
    [InlineData("2026-06-01", "2200-01-01T00:00:00Z", null, null, "to '2200-01-01T00:00:00Z' must lie")]
    [InlineData(null, null, "9999w", null, "since '1834-")]
    public void Range_that_makes_no_sense_is_refused(string? from, string? to, string? since, string? zone, string complaint)
    {
        var error = Assert.Throws<RpcException>(() => TimeRange.Read(from, to, since, zone, Now));

        Assert.Contains(complaint, error.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026", "UTC", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")]
    [InlineData("2026-Q1", "UTC", "2026-01-01T00:00:00Z", "2026-04-01T00:00:00Z")]
    [InlineData("2026-Q4", "UTC", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z")]
    // Clocks go forward in March and back in October and November.
    [InlineData("2026-03", "Europe/Berlin", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z")]
    [InlineData("2026-10", "Europe/Berlin", "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z")]
    [InlineData("2026-11", "America/New_York", "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z")]
    [InlineData("2026-03-08", "America/New_York", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z")]
    public void Period_is_a_calendar_period_of_its_zone(string period, string zone, string begin, string end) =>
        Assert.Equal((At(begin), At(end)), TimeRange.Period(period, TimeRange.Zone(zone)));

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    [Theory]
    [InlineData("2026-06-08T12:00:00Z", "2026-06-15T12:00:00Z", "2026-06-09")] // 7d: seven days with today.
    [InlineData("2026-06-08T00:00:00Z", "2026-06-15T00:00:00Z", "2026-06-09")]
    [InlineData("2026-05-15T12:00:00Z", "2026-06-15T12:00:00Z", "2026-05-16")] // 31d: as many as may be.
    [InlineData("2026-06-14T12:00:00Z", "2026-06-15T12:00:00Z", "2026-06-15")]
    [InlineData("2026-06-15T01:00:00Z", "2026-06-15T13:00:00Z", "2026-06-15")]
    public void Waste_of_a_length_back_from_now_has_today_as_its_last_whole_day(string begin, string now, string first) =>
        Assert.Equal(DateTimeOffset.Parse(first + "T00:00:00Z", CultureInfo.InvariantCulture), Waste.WasteEndpoint.FirstDay(
            DateTimeOffset.Parse(begin, CultureInfo.InvariantCulture), DateTimeOffset.Parse(now, CultureInfo.InvariantCulture)));
}
