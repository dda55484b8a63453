using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;

namespace Platform.Metering.Tests.Queries;

public sealed class PeriodTests
{
    [Theory]
    [InlineData("2026-06-01", "2026-07-01", "UTC", "2026-05-01T00:00Z", "2026-06-01T00:00Z")]
    [InlineData("2026-04-01", "2026-07-01", "UTC", "2026-01-01T00:00Z", "2026-04-01T00:00Z")]
    [InlineData("2026-01-01", "2027-01-01", "UTC", "2025-01-01T00:00Z", "2026-01-01T00:00Z")]
    // Month to date, with the time of day; a day that the month before does not have is all of that month.
    [InlineData("2026-06-01", "2026-06-15T10:30Z", "UTC", "2026-05-01T00:00Z", "2026-05-15T10:30Z")]
    [InlineData("2026-03-01", "2026-03-30T10:30Z", "UTC", "2026-02-01T00:00Z", "2026-03-01T00:00Z")]
    [InlineData("2026-03-01", "2026-03-31", "UTC", "2026-02-01T00:00Z", "2026-03-01T00:00Z")]
    // Up to now, with room for clocks that are ahead: in the last minutes of a month and in the first of the next.
    [InlineData("2026-07-01", "2026-08-01T00:15Z", "UTC", "2026-06-01T00:00Z", "2026-07-01T00:00Z")]
    [InlineData("2026-07-01", "2026-08-01T00:30Z", "UTC", "2026-05-01T00:00Z", "2026-06-01T00:30Z")]
    [InlineData("2026-08-01", "2026-08-01T00:15Z", "UTC", "2026-07-01T00:00Z", "2026-07-01T00:15Z")]
    [InlineData("2026-06-30T22:00Z", "2026-07-31T22:15Z", "Europe/Berlin", "2026-05-31T22:00Z", "2026-06-30T22:00Z")]
    // Summer time begins in Berlin on 29 March: March is an hour short, February is not.
    [InlineData("2026-02-28T23:00Z", "2026-03-31T22:00Z", "Europe/Berlin", "2026-01-31T23:00Z", "2026-02-28T23:00Z")]
    // Whole days go back by days: the week before the one with the change has its full length.
    [InlineData("2026-03-22T23:00Z", "2026-03-29T22:00Z", "Europe/Berlin", "2026-03-15T23:00Z", "2026-03-22T23:00Z")]
    [InlineData("2026-06-09", "2026-06-16", "UTC", "2026-06-02T00:00Z", "2026-06-09T00:00Z")]
    // Anything else by its length.
    [InlineData("2026-06-15T09:15Z", "2026-06-15T12:00Z", "UTC", "2026-06-15T06:30Z", "2026-06-15T09:15Z")]
    [InlineData("2026-06-14", "2026-06-15T12:00Z", "UTC", "2026-06-12T12:00Z", "2026-06-14T00:00Z")]
    public void Period_before_follows_the_calendar(string from, string to, string zone, string previousFrom, string previousTo)
    {
        var previous = PreviousPeriod.Of(Spend.At(from), Spend.At(to), Spend.At(to), TimeZoneInfo.FindSystemTimeZoneById(zone));

        Assert.Equal((Spend.At(previousFrom), Spend.At(previousTo)), previous);
    }

    [Theory]
    [InlineData("2026-06-01", "2026-07-01", "2026-06-15T10:30Z", "UTC", "2026-05-01T00:00Z", "2026-05-15T10:30Z")]
    [InlineData("2026-06-01", "2026-07-01", "2026-06-15", "UTC", "2026-05-01T00:00Z", "2026-05-15T00:00Z")]
    [InlineData("2026-03-01", "2026-04-01", "2026-03-30T10:30Z", "UTC", "2026-02-01T00:00Z", "2026-03-01T00:00Z")]
    [InlineData("2026-03-01", "2026-04-01", "2026-03-29T10:30Z", "UTC", "2026-02-01T00:00Z", "2026-03-01T00:00Z")]
    // A quarter goes back by a quarter, a year by a year, a week by a week.
    [InlineData("2026-10-01", "2027-01-01", "2026-11-26T12:15Z", "UTC", "2026-07-01T00:00Z", "2026-08-26T12:15Z")]
    [InlineData("2026-01-01", "2027-01-01", "2026-02-28T12:15Z", "UTC", "2025-01-01T00:00Z", "2025-02-28T12:15Z")]
    [InlineData("2026-06-08", "2026-06-15", "2026-06-10T12:00Z", "UTC", "2026-06-01T00:00Z", "2026-06-03T12:00Z")]
    [InlineData("2026-03-28T23:00Z", "2026-03-29T22:00Z", "2026-03-29T10:00Z", "Europe/Berlin", "2026-03-27T23:00Z", "2026-03-28T11:00Z")]
    [InlineData("2026-06-15T09:00Z", "2026-06-15T15:00Z", "2026-06-15T10:15Z", "UTC", "2026-06-15T03:00Z", "2026-06-15T04:15Z")]
    // Noon of the day after the clocks have changed is compared with noon of that day, and so is noon of the same day of the month after.
    [InlineData("2026-03-29T22:00Z", "2026-03-30T22:00Z", "2026-03-30T10:00Z", "Europe/Berlin", "2026-03-28T23:00Z", "2026-03-29T10:00Z")]
    [InlineData("2026-10-25T23:00Z", "2026-10-26T23:00Z", "2026-10-26T11:00Z", "Europe/Berlin", "2026-10-24T22:00Z", "2026-10-25T11:00Z")]
    [InlineData("2026-03-09T04:00Z", "2026-03-10T04:00Z", "2026-03-09T16:00Z", "America/New_York", "2026-03-08T05:00Z", "2026-03-08T16:00Z")]
    [InlineData("2026-11-02T05:00Z", "2026-11-03T05:00Z", "2026-11-02T17:00Z", "America/New_York", "2026-11-01T04:00Z", "2026-11-01T17:00Z")]
    [InlineData("2026-03-31T22:00Z", "2026-04-30T22:00Z", "2026-04-29T10:00Z", "Europe/Berlin", "2026-02-28T23:00Z", "2026-03-29T10:00Z")]
    [InlineData("2026-04-24T21:00Z", "2026-04-25T21:00Z", "2026-04-25T09:00Z", "Africa/Cairo", "2026-04-23T22:00Z", "2026-04-24T09:00Z")]    // The 24th began at 01:00.
    // 02:30 was not on the 29th of March; of the two of the 25th of October the first counts.
    [InlineData("2026-03-29T22:00Z", "2026-03-30T22:00Z", "2026-03-30T00:30Z", "Europe/Berlin", "2026-03-28T23:00Z", "2026-03-29T01:30Z")]
    [InlineData("2026-10-25T23:00Z", "2026-10-26T23:00Z", "2026-10-26T01:30Z", "Europe/Berlin", "2026-10-24T22:00Z", "2026-10-25T00:30Z")]
    public void Of_a_range_that_is_not_over_the_same_time_of_the_period_before_is_taken(string from, string to, string until, string zone, string previousFrom, string previousTo)
    {
        var previous = PreviousPeriod.Of(Spend.At(from), Spend.At(to), Spend.At(until), TimeZoneInfo.FindSystemTimeZoneById(zone));

        Assert.Equal((Spend.At(previousFrom), Spend.At(previousTo)), previous);
    }

    [Theory]
    // Clocks go back in Berlin on 25 October at 01:00 UTC: two o'clock comes twice.
    [InlineData(SpendDimension.Hour, "Europe/Berlin", "2026-10-24T23:30Z", "2026-10-25T02:00Z", "01:00+02:00 0:30, 02:00+02:00 1:00, 02:00+01:00 1:00")]
    // And forward on 29 March: two o'clock does not come.
    [InlineData(SpendDimension.Hour, "Europe/Berlin", "2026-03-29T00:00Z", "2026-03-29T02:00Z", "01:00+01:00 1:00, 03:00+02:00 1:00")]
    // Lord Howe's clocks change by half an hour.
    [InlineData(SpendDimension.Hour, "Australia/Lord_Howe", "2026-04-04T14:00Z", "2026-04-04T17:00Z", "01:00+11:00 1:00, 01:00+10:30 0:30, 02:00+10:30 1:00, 03:00+10:30 0:30")]
    [InlineData(SpendDimension.Day, "Europe/Berlin", "2026-10-23T22:00Z", "2026-10-26T23:00Z", "10-24 1.00:00, 10-25 1.01:00, 10-26 1.00:00")]
    [InlineData(SpendDimension.Day, "Asia/Beirut", "2026-03-27T22:00Z", "2026-03-30T21:00Z", "03-28 1.00:00, 03-29 23:00, 03-30 1.00:00")]
    [InlineData(SpendDimension.Week, "UTC", "2026-06-03T00:00Z", "2026-06-16T00:00Z", "06-01 5.00:00, 06-08 7.00:00, 06-15 1.00:00")]
    public void Buckets_are_those_of_the_zones_clocks(SpendDimension unit, string zone, string from, string to, string expected)
    {
        var buckets = TimeBuckets.Of(unit, TimeZoneInfo.FindSystemTimeZoneById(zone), Spend.At(from), Spend.At(to))!;

        Assert.Equal(expected, string.Join(", ", buckets.Select(bucket => $"{Short(bucket.Key)} {Length(bucket.To - bucket.From)}")));
        Assert.Equal(buckets[..^1].Select(bucket => bucket.To), buckets[1..].Select(bucket => bucket.From));
    }

    [Fact]
    public void Range_of_too_many_buckets_is_none()
    {
        Assert.Null(TimeBuckets.Of(SpendDimension.QuarterHour, TimeZoneInfo.Utc, Spend.At("2026-01-01"), Spend.At("2027-01-01")));
        Assert.Equal(365, TimeBuckets.Of(SpendDimension.Day, TimeZoneInfo.Utc, Spend.At("2026-01-01"), Spend.At("2027-01-01"))!.Count);
    }

    private static string Short(string key) => key.Length > 10 ? key[11..] : key[5..];

    private static string Length(TimeSpan length) => length.Days > 0 ? length.ToString(@"d\.hh\:mm") : length.ToString(length.Hours > 9 ? @"hh\:mm" : @"h\:mm");
}
