using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests.Funds;

public sealed class BurnRateTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 15, 12, 0, 0, TimeSpan.Zero);

    // available, spent in 1, 7 and 30 days, age in days: nanos a day, outlook and the day that it ends.
    [Theory]
    [InlineData(700, 100, 700, 900, 365, "100 Projected 2026-06-22T12")]
    [InlineData(50, 0, 700, 900, 365, "100 Projected 2026-06-16T00")]
    [InlineData(700, 100, 700, 700, 3.5, "200 Projected 2026-06-19T00")]
    [InlineData(700, 100, 100, 100, 0.01, "100 Projected 2026-06-22T12")]
    [InlineData(0, 100, 700, 900, 365, "100 Depleted")]
    [InlineData(700, 0, 0, 900, 365, "0 NotAtThisRate")]
    [InlineData(700, -5, -7, 900, 365, "-1 NotAtThisRate")]
    [InlineData(long.MaxValue, 1, 7, 30, 365, "1 BeyondTenYears")]
    [InlineData(1, 0, long.MaxValue, long.MaxValue, 365, "1317624576693539401 Projected 2026-06-15T12")]
    // Half a nano a day is rounded to the even one.
    [InlineData(0, 0, 5, 5, 2, "2 Depleted")]
    [InlineData(0, 0, 7, 7, 2, "4 Depleted")]
    public void A_wallet_lasts_as_long_as_the_last_seven_days_say(
        long available, long inDay, long in7Days, long in30Days, double ageDays, string expected)
    {
        var rate = BurnRateEstimate.Of(available, inDay, in7Days, in30Days, TimeSpan.FromDays(ageDays), Now);

        var end = rate.DepletesAt is { } at ? $" {at.ToDateTime():yyyy-MM-ddTHH}" : "";
        Assert.Equal(expected, $"{rate.DailyNanos} {rate.Outlook}{end}");
        Assert.Equal((inDay, in7Days, in30Days), (rate.LastDayNanos, rate.Last7DaysNanos, rate.Last30DaysNanos));
    }
}
