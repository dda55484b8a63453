using Platform.Forecast.Series;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

public sealed class BillingCalendarTests
{
    [Theory]
    [InlineData("", "2026-06-10", "2026-06-10T00:00:00")]
    [InlineData("Europe/Berlin", "2026-06-10", "2026-06-09T22:00:00")]
    [InlineData("Asia/Kathmandu", "2026-06-10", "2026-06-09T18:15:00")]
    [InlineData("Europe/Berlin", "2026-03-30", "2026-03-29T22:00:00")] // The day after clocks went forward.
    [InlineData("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00")] // Clocks go from 00:00 to 01:00, so the day begins at 01:00.
    [InlineData("America/Havana", "2026-11-01", "2026-11-01T04:00:00")] // Clocks go from 01:00 back to 00:00: the first midnight of the two.
    [InlineData("America/Asuncion", "2024-10-06", "2024-10-06T04:00:00")] // As Cairo's, in a past year in which .NET's own offset of that local time is another.
    public void Day_starts_at_its_first_moment(string zone, string day, string start) =>
        Assert.Equal(Utc(start), BillingCalendar.Find(zone)!.StartOf(DateOnly.Parse(day)));

    [Theory]
    [InlineData("Europe/Atlantis")]
    [InlineData("../../etc/passwd")]
    [InlineData(" ")]
    [InlineData("UTC+25")]
    public void Unknown_zone_is_none(string zone) => Assert.Null(BillingCalendar.Find(zone));
}
