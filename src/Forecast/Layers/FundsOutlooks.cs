using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>What becomes of money, if nothing is put in.</summary>
internal static class FundsOutlooks
{
    private const double Early = 0.1;
    private const double Half = 0.5;

    /// <param name="available">Nano-units.</param>
    /// <param name="confidence">Share of futures that what is needed is to cover.</param>
    public static FundsOutlook Of(string teamId, long available, DailyTotals totals, HorizonCalendar horizon, double confidence)
    {
        var (monthEnd, nextEnd) = (DaysTo(horizon, 1), DaysTo(horizon, 2));
        var needed = PathTotals.Quantile(totals.Sorted(0, monthEnd), confidence);
        return new FundsOutlook
        {
            TeamId = teamId,
            AvailableNanos = available,
            ExhaustedThisMonth = totals.ShareAbove(available, monthEnd - 1),
            ExhaustedNextMonth = totals.ShareAbove(available, nextEnd - 1),
            Early = EndOf(horizon, totals.DayAbove(available, Early, horizon.Days)),
            Expected = EndOf(horizon, totals.DayAbove(available, Half, horizon.Days)),
            NeededThisMonthNanos = needed,
            NeededNextMonthNanos = PathTotals.Quantile(totals.Sorted(monthEnd, nextEnd), confidence),
            MissingNanos = Math.Max(0, needed - available),
        };
    }

    public static Google.Protobuf.WellKnownTypes.Timestamp? EndOf(HorizonCalendar horizon, int? day) =>
        day is { } ahead ? horizon.Calendar.StartOf(horizon.Today.AddDays(ahead + 1)).ToTimestampUtc() : null;

    private static int DaysTo(HorizonCalendar horizon, int months) => horizon.Month.AddMonths(months).DayNumber - horizon.Today.DayNumber;
}
