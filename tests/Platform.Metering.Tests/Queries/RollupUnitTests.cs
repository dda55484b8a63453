using CsCheck;
using Platform.Metering.Queries;

namespace Platform.Metering.Tests.Queries;

public sealed class RollupUnitTests
{
    private static readonly DateTimeOffset Origin = Spend.At("2026-06-01T00:00:00Z");

    [Theory]
    // A month of UTC is its days.
    [InlineData("2026-06-01T00:00Z", "2026-07-01T00:00Z", false, "30d")]
    // A day of Berlin is one of UTC with two hours before it and without the last two.
    [InlineData("2026-05-31T22:00Z", "2026-06-01T22:00Z", false, "1d +2h -2h")]
    // Kathmandu: five hours and three quarters, taken as six hours without a quarter.
    [InlineData("2026-05-31T18:15Z", "2026-06-01T18:15Z", false, "1d +2t -2t +1q -1q")]
    [InlineData("2026-06-01T09:00Z", "2026-06-01T11:00Z", false, "+2h")]
    [InlineData("2026-06-01T09:45Z", "2026-06-01T10:15Z", false, "+2q")]
    // Nearly a day is fewer units as a day without an hour.
    [InlineData("2026-06-01T01:00Z", "2026-06-02T00:00Z", false, "1d -1h")]
    [InlineData("2026-06-01T00:00Z", "2026-06-01T00:00Z", false, "")]
    // Callers are known by day and quarter hour only.
    [InlineData("2026-05-31T22:00Z", "2026-06-01T22:00Z", true, "1c +8u -8u")]
    [InlineData("2026-06-01T09:00Z", "2026-06-01T11:00Z", true, "+8u")]
    public void Range_is_covered_by_the_fewest_units(string from, string to, bool byCaller, string expected)
    {
        var units = RollupUnits.Of([new TimeBucket(Spend.At(from), Spend.At(to), "")], byCaller);

        Assert.Equal(expected, string.Join(' ', new[]
        {
            Shown(RollupGrain.Day, 1, "", "d"), Shown(RollupGrain.CallerDay, 1, "", "c"), Shown(RollupGrain.ThreeHours, 1, "+", "t"), Shown(RollupGrain.ThreeHours, -1, "-", "t"),
            Shown(RollupGrain.Hour, 1, "+", "h"), Shown(RollupGrain.Hour, -1, "-", "h"),
            Shown(RollupGrain.QuarterHour, 1, "+", "q"), Shown(RollupGrain.QuarterHour, -1, "-", "q"),
            Shown(RollupGrain.CallerQuarterHour, 1, "+", "u"), Shown(RollupGrain.CallerQuarterHour, -1, "-", "u"),
        }.Where(text => text.Length > 0)));

        string Shown(RollupGrain grain, int sign, string prefix, string suffix) =>
            units.Count(unit => unit.Grain == grain && unit.Sign == sign) is > 0 and var count ? $"{prefix}{count}{suffix}" : "";
    }

    [Fact]
    public void Every_quarter_hour_of_a_range_counts_once_and_no_other()
    {
        Gen.Select(Gen.Int[0, 3_000], Gen.Int[0, 1_000], Gen.Bool).Sample((first, length, byCaller) =>
        {
            var counted = new Dictionary<DateTimeOffset, int>();
            var bucket = new TimeBucket(Quarter(first), Quarter(first + length), "");
            foreach (var unit in RollupUnits.Of([bucket], byCaller))
            {
                var quarters = unit.Grain switch { RollupGrain.QuarterHour or RollupGrain.CallerQuarterHour => 1, RollupGrain.Hour => 4, RollupGrain.ThreeHours => 12, RollupGrain.Day or RollupGrain.CallerDay => 96 };
                for (var quarter = 0; quarter < quarters; quarter++)
                {
                    var start = unit.Start.AddMinutes(15 * quarter);
                    counted[start] = counted.GetValueOrDefault(start) + unit.Sign;
                }
            }

            Assert.Equal(
                Enumerable.Range(first, length).Select(Quarter),
                counted.Where(pair => pair.Value != 0).Select(pair => pair.Value == 1 ? pair.Key : default).Order());
        });
    }

    private static DateTimeOffset Quarter(int number) => Origin.AddMinutes(15 * number);
}
