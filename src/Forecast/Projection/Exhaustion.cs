using Platform.Forecast.Series;
using Platform.Forecasting.Sampling;

namespace Platform.Forecast.Projection;

/// <summary>When a wallet's available money runs out. Null: not within the horizon.</summary>
/// <param name="Expected">Half of all paths have spent it by then.</param>
/// <param name="Early">One path in ten has spent it by then; never after <paramref name="Expected"/>.</param>
internal sealed record Exhaustion(DateTimeOffset? Expected, DateTimeOffset? Early)
{
    /// <summary>
    /// Runs the available money against the paths' cumulated spend. Within a day spend is taken as even. Money that has already run out is gone now.
    /// </summary>
    public static Exhaustion Find(SpendAhead ahead, long availableNanos, DateTimeOffset now, DateOnly today, BillingCalendar calendar)
    {
        if (availableNanos <= 0)
        {
            return new Exhaustion(now, now);
        }

        DateTimeOffset? expected = null;
        DateTimeOffset? early = null;
        var before = default(Band);
        var start = now;
        for (var day = 0; day < ahead.Horizon && expected is null; day++)
        {
            var end = calendar.StartOf(today.AddDays(day + 1));
            var through = ahead.Through(day);
            early ??= Within(before.P90, through.P90);
            expected = Within(before.P50, through.P50);
            (before, start) = (through, end);

            DateTimeOffset? Within(double from, double to) =>
                to < availableNanos ? null : start + (end - start) * Math.Clamp((availableNanos - from) / (to - from), 0, 1);
        }

        return new Exhaustion(expected, early);
    }
}
