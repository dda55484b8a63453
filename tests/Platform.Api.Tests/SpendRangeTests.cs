using System.Globalization;
using Platform.Api.Spend;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Tests;

public sealed class SpendRangeTests
{
    [Theory]
    [InlineData("2026-06-15T17:00:00Z", "2026-06-15T17:44:59Z", null, "2026-06-15T17:00:00Z", "2026-06-15T17:45:00Z")]
    [InlineData("2026-06-15T17:01:00Z", "2026-06-15T17:02:00Z", null, "2026-06-15T17:00:00Z", "2026-06-15T17:15:00Z")]
    [InlineData("2026-06-15T17:00:00Z", "2026-06-15T17:45:00Z", null, "2026-06-15T17:00:00Z", "2026-06-15T17:45:00Z")]
    [InlineData("2026-06-01", "2026-06-02", null, "2026-06-01T00:00:00Z", "2026-06-02T00:00:00Z")]
    // One that ends now has the quarter hour that runs; it is 17:57:24, or just 18:00.
    [InlineData(null, null, "1h", "2026-06-15T16:45:00Z", "2026-06-15T18:00:00Z")]
    [InlineData(null, null, "1h", "2026-06-15T17:00:00Z", "2026-06-15T18:15:00Z", "2026-06-15T18:00:00Z")]
    public void Range_is_the_quarter_hours_that_it_touches(string? from, string? to, string? since, string begin, string end, string now = "2026-06-15T17:57:24Z")
    {
        var range = SpendRange.Read(from, to, since, null, null, At(now)).InQuarterHours();

        Assert.Equal((At(begin), At(end)), (range.From, range.To));
    }

    [Theory]
    [InlineData(SpendDimension.Month, "Europe/Berlin", "2026-04-30T22:00:00Z")]
    [InlineData(SpendDimension.Week, "UTC", "2026-05-11T00:00:00Z")]
    [InlineData(SpendDimension.Day, "Asia/Kolkata", "2026-05-15T18:30:00Z")]
    [InlineData(SpendDimension.Hour, "UTC", "2026-05-16T17:45:00Z")]
    public void First_day_week_or_month_of_a_range_that_nobody_named_is_whole(SpendDimension unit, string zone, string begin)
    {
        var now = At("2026-06-15T17:57:24Z");

        Assert.Equal(At(begin), SpendRange.Read(null, null, null, null, zone, now, SpendDimension.Team, unit).InQuarterHours().From);
        Assert.Equal(At("2026-05-16T17:45:00Z"), SpendRange.Read(null, null, "30d", null, zone, now, SpendDimension.Team, unit).InQuarterHours().From);
    }

    [Theory]
    [InlineData(0, 0, "0")]
    [InlineData(0, 1_000_000, "0")]
    [InlineData(10, 1_000_000, "0.0001")]
    [InlineData(999_999, 1_000_000, "0.9999")]
    [InlineData(1, 3, "0.3333")]
    [InlineData(7, 7, "1")]
    public void A_few_are_neither_none_nor_all(long part, long whole, string share) =>
        Assert.Equal(decimal.Parse(share, CultureInfo.InvariantCulture), SpendBody.Share(part, whole));

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
