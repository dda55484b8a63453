using CsCheck;
using Platform.Contracts;

namespace Platform.Contracts.Tests;

public sealed class CalendarPeriodTests
{
    /// <summary>Each line: unit, zone, a moment → the period's first moment and the next period's, in UTC.</summary>
    [Theory]
    [InlineData("Day", "UTC", "2026-06-15T12:00:00Z", "2026-06-15T00:00:00Z", "2026-06-16T00:00:00Z")]
    [InlineData("Day", "UTC", "2026-06-15T00:00:00Z", "2026-06-15T00:00:00Z", "2026-06-16T00:00:00Z")]
    [InlineData("Day", "UTC", "2026-06-15T23:59:59.999999Z", "2026-06-15T00:00:00Z", "2026-06-16T00:00:00Z")]
    [InlineData("Week", "UTC", "2026-06-15T00:00:00Z", "2026-06-15T00:00:00Z", "2026-06-22T00:00:00Z")]
    [InlineData("Week", "UTC", "2026-06-14T23:59:59Z", "2026-06-08T00:00:00Z", "2026-06-15T00:00:00Z")]
    [InlineData("Week", "UTC", "2027-01-01T00:00:00Z", "2026-12-28T00:00:00Z", "2027-01-04T00:00:00Z")]
    [InlineData("Month", "UTC", "2028-02-29T12:00:00Z", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z")]
    [InlineData("Month", "UTC", "2026-12-31T23:59:59Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z")]
    [InlineData("Quarter", "UTC", "2026-06-30T23:59:59Z", "2026-04-01T00:00:00Z", "2026-07-01T00:00:00Z")]
    [InlineData("Quarter", "UTC", "2026-11-15T00:00:00Z", "2026-10-01T00:00:00Z", "2027-01-01T00:00:00Z")]
    [InlineData("Year", "UTC", "2026-06-15T00:00:00Z", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")]

    // Berlin is two hours ahead in June, one in winter; its days of change have 23 and 25 hours.
    [InlineData("Month", "Europe/Berlin", "2026-05-31T22:00:00Z", "2026-05-31T22:00:00Z", "2026-06-30T22:00:00Z")]
    [InlineData("Month", "Europe/Berlin", "2026-05-31T21:59:59Z", "2026-04-30T22:00:00Z", "2026-05-31T22:00:00Z")]
    [InlineData("Month", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z")]
    [InlineData("Day", "Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")]
    [InlineData("Day", "Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")]
    [InlineData("Week", "America/New_York", "2026-03-08T12:00:00Z", "2026-03-02T05:00:00Z", "2026-03-09T04:00:00Z")]
    [InlineData("Year", "America/New_York", "2026-01-01T04:59:59Z", "2025-01-01T05:00:00Z", "2026-01-01T05:00:00Z")]

    // Clocks are put forward over midnight (the day begins at one o'clock), back over midnight (the day before has 25 hours), and midnight comes twice.
    [InlineData("Day", "America/Asuncion", "2023-10-01T12:00:00Z", "2023-10-01T04:00:00Z", "2023-10-02T03:00:00Z")]
    [InlineData("Day", "America/Asuncion", "2023-03-25T12:00:00Z", "2023-03-25T03:00:00Z", "2023-03-26T04:00:00Z")]
    [InlineData("Day", "America/Havana", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z")]

    // Newfoundland put its clocks back at one minute past midnight: that minute still belongs to the day before.
    [InlineData("Day", "America/St_Johns", "2010-11-07T02:30:30Z", "2010-11-06T02:30:00Z", "2010-11-07T03:30:00Z")]
    [InlineData("Day", "America/St_Johns", "2010-11-07T03:30:00Z", "2010-11-07T03:30:00Z", "2010-11-08T03:30:00Z")]

    // Samoa left out the 30th of December 2011.
    [InlineData("Day", "Pacific/Apia", "2011-12-30T12:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z")]
    public void A_moment_lies_in_the_calendar_period_of_its_zone(string unit, string zone, string moment, string from, string to)
    {
        Assert.True(CalendarPeriod.TryFindZone(zone, out var found));
        var period = CalendarPeriod.Containing(Enum.Parse<CalendarUnit>(unit), found, Moment(moment));
        Assert.Equal((Moment(from), Moment(to)), (period.From, period.To));
    }

    [Fact]
    public void Periods_of_every_zone_contain_their_moment_and_follow_each_other()
    {
        var zones = TimeZoneInfo.GetSystemTimeZones().Where(zone => zone.HasIanaId).ToArray();
        var first = new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Gen.Select(Gen.Int[1, 5], Gen.Int[0, zones.Length - 1], Gen.Long[0, 40L * 366 * 86_400]).Sample((unit, zone, seconds) =>
        {
            var moment = first.AddSeconds(seconds);
            var period = CalendarPeriod.Containing((CalendarUnit)unit, zones[zone], moment);
            Assert.True(period.Contains(moment), $"{zones[zone].Id} {(CalendarUnit)unit} {moment:O} is not in {period}");
            Assert.Equal(period.To, CalendarPeriod.Containing((CalendarUnit)unit, zones[zone], period.To).From);
        });
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("UTC", true)]
    [InlineData("Europe/Berlin", true)]
    [InlineData("Mars/Olympus", false)]
    [InlineData("+02:00", false)]
    public void Only_names_that_every_service_reads_alike_are_zones(string name, bool expected) =>
        Assert.Equal(expected, CalendarPeriod.TryFindZone(name, out _));

    private static DateTimeOffset Moment(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    [Fact]
    public void A_stored_zone_that_this_machine_does_not_know_says_what_to_do()
    {
        Assert.Equal("Europe/Berlin", CalendarPeriod.StoredZone("Europe/Berlin").Id);
        Assert.Equal(TimeZoneInfo.Utc, CalendarPeriod.StoredZone(""));
        var lost = Assert.Throws<TimeZoneNotFoundException>(() => CalendarPeriod.StoredZone("Europe/Atlantis"));
        Assert.Equal("This machine does not know the time zone 'Europe/Atlantis': install its time zone data (tzdata).", lost.Message);
    }
}
