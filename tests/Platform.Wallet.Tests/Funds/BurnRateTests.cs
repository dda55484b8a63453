using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Allocations;
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
        var rate = BurnRateEstimate.Of(available, inDay, in7Days, in30Days, TimeSpan.FromDays(ageDays), Now, []);

        var end = rate.DepletesAt is { } at ? $" {at.ToDateTime():yyyy-MM-ddTHH}" : "";
        Assert.Equal(expected, $"{rate.DailyNanos} {rate.Outlook}{end}");
        Assert.Equal((inDay, in7Days, in30Days), (rate.LastDayNanos, rate.Last7DaysNanos, rate.Last30DaysNanos));
    }

    // What is left of each period's money, the days to its end and what happens then (return, stay), at 100 a day; the last is without an end.
    [Theory]
    [InlineData("1000 2 return", "2026-06-17T12")]
    [InlineData("1000 2 stay", "2026-06-25T12")]
    [InlineData("150 2 return", "2026-06-17T00")]
    [InlineData("1000 2 return, 300", "2026-06-20T12")]
    [InlineData("150 2 return, 300", "2026-06-20T00")]
    [InlineData("1000 2 stay, 400 5 return, 300", "2026-07-01T12")]
    [InlineData("100 0 return, 300", "2026-06-18T12")]
    [InlineData("9000000000000000000 2 return", "2026-06-17T12")]
    public void What_is_unspent_at_the_end_of_its_period_lasts_no_longer_where_it_returns(string money, string expected)
    {
        var periods = money.Split(", ").Select(line => line.Split(' ')).Select(words => (
            new PeriodRow(
                Guid.CreateVersion7(), null, "wal_a", null, 0, 0, 0, Now, words.Length == 1 ? null : Now.AddDays(int.Parse(words[1])),
                words.Length == 1 ? PeriodEnd.Unspecified : words[2] == "return" ? PeriodEnd.Return : PeriodEnd.RollOver, PeriodState.Running),
            long.Parse(words[0]))).ToList();

        var rate = BurnRateEstimate.Of(periods.Sum(period => period.Item2), 100, 700, 900, TimeSpan.FromDays(365), Now, periods);

        Assert.Equal(expected, $"{rate.DepletesAt.ToDateTime():yyyy-MM-ddTHH}");
    }

    // Of 1,000 that end in an hour 900 are in suspense, and 100 return then; of 1,000 that end in twenty days 900 are, and 100 last a day.
    [Theory]
    [InlineData(1, "2026-06-15T13")]
    [InlineData(480, "2026-06-16T12")]
    public void What_is_not_there_is_missed_of_what_ends_first(int hours, string expected)
    {
        var period = new PeriodRow(Guid.CreateVersion7(), null, "wal_a", null, 0, 0, 0, Now, Now.AddHours(hours), PeriodEnd.Return, PeriodState.Running);

        var rate = BurnRateEstimate.Of(100, 100, 700, 900, TimeSpan.FromDays(365), Now, [(period, 1_000)]);

        Assert.Equal(expected, $"{rate.DepletesAt.ToDateTime():yyyy-MM-ddTHH}");
    }
}
