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
    // By caller, with what is folded.
    [InlineData("2026-05-31T22:00Z", "2026-06-01T22:00Z", true, "1c +1s -1s +4u -4u")]
    [InlineData("2026-06-01T09:00Z", "2026-06-01T11:00Z", true, "+1s -4u")]
    [InlineData("2026-06-01T09:00Z", "2026-06-01T09:45Z", true, "+3u")]
    // Four weeks from Monday on, and what there is of a fifth.
    [InlineData("2026-06-01T00:00Z", "2026-06-30T00:00Z", true, "4w 1c")]
    // What is to come costs nothing: all of this week, without its days, spans and quarter hours to come.
    [InlineData("2026-06-08T00:00Z", "2026-06-29T09:15Z", true, "4w -6c -4s -11u", "2026-06-29T09:20Z")]
    public void Range_is_covered_by_the_fewest_units(string from, string to, bool byCaller, string expected, string now = "2027-01-01T00:00Z")
    {
        var units = RollupUnits.Of([new TimeBucket(Spend.At(from), Spend.At(to), "")], RollupUnits.Grains(byCaller, booked: false), Spend.At(now));

        Assert.Equal(expected, string.Join(' ', new[]
        {
            Shown(RollupGrain.CallerWeek, 1, "", "w"), Shown(RollupGrain.Day, 1, "", "d"), Shown(RollupGrain.CallerDay, 1, "", "c"), Shown(RollupGrain.CallerDay, -1, "-", "c"),
            Shown(RollupGrain.CallerThreeHours, 1, "+", "s"), Shown(RollupGrain.CallerThreeHours, -1, "-", "s"), Shown(RollupGrain.ThreeHours, 1, "+", "t"), Shown(RollupGrain.ThreeHours, -1, "-", "t"),
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
        Gen.Select(Gen.Int[0, 3_000], Gen.Int[0, 3_000], Gen.Int[0, 8_000], Gen.Bool, Gen.Bool, Gen.Int[0, 4]).Sample((first, length, now, byCaller, booked, folded) =>
        {
            var counted = new Dictionary<DateTimeOffset, int>();
            var bucket = new TimeBucket(Quarter(first), Quarter(first + length), "");
            var units = RollupUnits.Of([bucket], RollupUnits.Grains(byCaller, booked), Quarter(now));
            foreach (var unit in RollupUnits.Unfold(units, unit => unit.Start.DayOfYear % 4 < folded))
            {
                Assert.Equal(unit.Start, RollupUnits.StartOf(unit.Grain, unit.Start));
                for (var start = unit.Start; start < unit.Start + RollupUnits.SizeOf(unit.Grain); start = start.AddMinutes(15))
                {
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
