using Google.Protobuf.WellKnownTypes;
using Platform.Contracts;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>In how many futures more than an amount is spent before a moment, and by when: how budgets are crossed and caps are reached. Pure.</summary>
/// <param name="Share">Of futures.</param>
/// <param name="Early">By when one future in ten has spent more; null: not before the moment.</param>
/// <param name="Expected">Likewise half of them.</param>
/// <param name="Late">Likewise nine in ten.</param>
internal readonly record struct AmountPassed(double Share, Timestamp? Early, Timestamp? Expected, Timestamp? Late)
{
    /// <param name="left">Below zero: more is spent already, in every future.</param>
    /// <param name="ends">Within its day spend counts as if it were even.</param>
    public static AmountPassed Of(long left, DateTimeOffset ends, DailyTotals totals, CurrentForecast current)
    {
        var days = DaysTo(ends, current.Horizon);
        var share = left < 0 ? 1 : totals.Until(ends, current).Count(spent => spent > left) / (double)JointPaths.Paths;
        return new AmountPassed(share, Within(FundsOutlooks.Early), Within(FundsOutlooks.Half), Within(FundsOutlooks.Late));

        Timestamp? Within(double futures) => totals.MomentAbove(left, futures, current, days) is { } moment && (left < 0 || moment < ends) ? moment.ToTimestampUtc() : null;
    }

    /// <summary>Days from today to the one in which a moment's last instant is, both included, as far as there are any; below one for a moment before today.</summary>
    public static int DaysTo(DateTimeOffset ends, HorizonCalendar horizon) => Math.Min(horizon.Days, horizon.Calendar.DayOf(ends.AddTicks(-1)).DayNumber - horizon.Today.DayNumber + 1);
}
