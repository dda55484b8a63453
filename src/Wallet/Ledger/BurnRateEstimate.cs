using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Allocations;

namespace Platform.Wallet.Ledger;

/// <summary>How fast a wallet is spent and when its money ends at that pace. Pure.</summary>
internal static class BurnRateEstimate
{
    private static readonly TimeSpan Window = TimeSpan.FromDays(7);
    private static readonly TimeSpan ShortestWindow = TimeSpan.FromDays(1);
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(3_653);

    /// <param name="available">What can still be spent, in nano-units.</param>
    /// <param name="spentInDay">Net of refunds and without money that no tokens were of, as the other two: may be below 0.</param>
    /// <param name="periods">What is left of it by the end of its period, in the order in which it is spent; empty: all of it is without an end.</param>
    /// <param name="age">Since the wallet was made: a younger wallet's pace is not thinned by days on which it did not exist.</param>
    /// <param name="week">What <paramref name="spentIn7Days"/> was spent in, where that is not seven days to the moment.</param>
    public static BurnRate Of(
        long available, long spentInDay, long spentIn7Days, long spentIn30Days, TimeSpan age, DateTimeOffset now,
        IReadOnlyCollection<(PeriodRow Period, long Remaining)> periods, TimeSpan? week = null)
    {
        var longest = week ?? Window;
        var window = age < ShortestWindow ? ShortestWindow : age > longest ? longest : age;
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
        else if (TicksOf(available, periods, spentIn7Days, window.Ticks, now) is var ticks && ticks > Horizon.Ticks)
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

    /// <summary>How long the money lasts at a pace: what is unspent at the end of its period returns, or is spent after all that ends.</summary>
    private static Int128 TicksOf(
        long available, IReadOnlyCollection<(PeriodRow Period, long Remaining)> periods, long spent, long inTicks, DateTimeOffset now)
    {
        var ending = periods.Where(one => one.Period.EndsAt is not null).ToList();
        var (ticks, endless) = (Int128.Zero, available - ending.Sum(one => one.Remaining));
        foreach (var (period, whole) in ending)
        {
            // What is in suspense or drawn for good goes out of what ends first.
            var gone = Math.Clamp(-endless, 0, whole);
            var remaining = whole - gone;
            endless += gone;
            var end = Int128.Max(ticks, (period.EndsAt!.Value - now).Ticks);
            var unspent = Int128.Max(0, remaining - ((end - ticks) * spent / inTicks));
            ticks = unspent > 0 ? end : ticks + ((Int128)remaining * inTicks / spent);
            endless += period.AtEnd == PeriodEnd.RollOver ? (long)unspent : 0;
        }

        return ticks + ((Int128)endless * inTicks / spent);
    }

    private static long RoundHalfToEven(Int128 dividend, long divisor)
    {
        var (quotient, rest) = Int128.DivRem(dividend, divisor);
        var twice = Int128.Abs(rest) * 2;
        var away = twice > divisor || (twice == divisor && Int128.IsOddInteger(quotient));
        return (long)(away ? quotient + Int128.Sign(dividend) : quotient);
    }
}
