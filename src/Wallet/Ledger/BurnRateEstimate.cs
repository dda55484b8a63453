using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Ledger;

/// <summary>How fast a wallet is spent and when its money ends at that pace. Pure.</summary>
internal static class BurnRateEstimate
{
    private static readonly TimeSpan Window = TimeSpan.FromDays(7);
    private static readonly TimeSpan ShortestWindow = TimeSpan.FromDays(1);
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(3_653);

    /// <param name="available">What can still be spent, in nano-units.</param>
    /// <param name="spentInDay">Net of refunds, as the other two: may be below 0.</param>
    /// <param name="age">Since the wallet was made: a younger wallet's pace is not thinned by days on which it did not exist.</param>
    public static BurnRate Of(long available, long spentInDay, long spentIn7Days, long spentIn30Days, TimeSpan age, DateTimeOffset now)
    {
        var window = age < ShortestWindow ? ShortestWindow : age > Window ? Window : age;
        var rate = new BurnRate
        {
            LastDayNanos = spentInDay,
            Last7DaysNanos = spentIn7Days,
            Last30DaysNanos = spentIn30Days,
            DailyNanos = RoundHalfToEven((Int128)spentIn7Days * TimeSpan.TicksPerDay, window.Ticks),
        };
        if (available <= 0)
        {
            rate.Outlook = DepletionOutlook.Depleted;
        }
        else if (spentIn7Days <= 0)
        {
            rate.Outlook = DepletionOutlook.NotAtThisRate;
        }
        else if ((Int128)available * window.Ticks / spentIn7Days is var ticks && ticks > Horizon.Ticks)
        {
            rate.Outlook = DepletionOutlook.BeyondTenYears;
        }
        else
        {
            rate.Outlook = DepletionOutlook.Projected;
            rate.DepletesAt = now.AddTicks((long)ticks).TruncateToMicroseconds().ToTimestampUtc();
        }

        return rate;
    }

    private static long RoundHalfToEven(Int128 dividend, long divisor)
    {
        var (quotient, rest) = Int128.DivRem(dividend, divisor);
        var twice = Int128.Abs(rest) * 2;
        var away = twice > divisor || (twice == divisor && Int128.IsOddInteger(quotient));
        return (long)(away ? quotient + Int128.Sign(dividend) : quotient);
    }
}
