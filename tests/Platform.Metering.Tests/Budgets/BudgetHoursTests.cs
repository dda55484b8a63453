using Platform.Contracts;
using Platform.Metering.Budgets;

namespace Platform.Metering.Tests.Budgets;

public sealed class BudgetHoursTests
{
    [Theory]
    [InlineData("UTC")]
    [InlineData("America/New_York")]
    [InlineData("Europe/Berlin")]
    [InlineData("Asia/Kolkata")]
    [InlineData("Asia/Kathmandu")]
    [InlineData("Australia/Lord_Howe")]
    [InlineData("America/Santiago")]
    [InlineData("Pacific/Apia")]
    public void Every_day_of_a_zone_is_a_sum_of_whole_hours(string name)
    {
        Assert.True(CalendarPeriod.TryFindZone(name, out var zone));
        var quarter = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        for (var before = default(DateTimeOffset); quarter.Year == 2026; quarter = quarter.AddMinutes(15))
        {
            var hour = BudgetHours.Containing(zone, quarter);
            var day = CalendarPeriod.Containing(CalendarUnit.Day, zone, quarter);
            Assert.InRange(quarter - hour, TimeSpan.Zero, TimeSpan.FromMinutes(45));
            Assert.True(hour >= day.From, $"{quarter:O} is kept under {hour:O}, which lies in the day before.");
            Assert.True(hour >= before, $"{quarter:O} is kept before what came before it.");
            Assert.Equal(hour, BudgetHours.Containing(zone, hour));
            before = hour;
        }
    }
}
