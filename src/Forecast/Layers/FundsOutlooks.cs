using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>What becomes of money, if nothing is put in.</summary>
internal static class FundsOutlooks
{
    private const double Early = 0.1;
    private const double Half = 0.5;
    private const double Late = 0.9;

    /// <param name="available">Nano-units.</param>
    /// <param name="confidence">Share of futures that what is needed is to cover.</param>
    public static FundsOutlook Of(string teamId, long available, DailyTotals totals, CurrentForecast current, double confidence)
    {
        var horizon = current.Horizon;
        var (monthEnd, nextEnd) = (DaysTo(horizon, 1), DaysTo(horizon, 2));
        var needed = PathTotals.Quantile(totals.Sorted(0, monthEnd), confidence);
        return new FundsOutlook
        {
            TeamId = teamId,
            AvailableNanos = available,
            ExhaustedThisMonth = totals.ShareAbove(available, monthEnd - 1),
            ExhaustedNextMonth = totals.ShareAbove(available, nextEnd - 1),
            Early = totals.MomentAbove(available, Early, current, horizon.Days)?.ToTimestampUtc(),
            Expected = totals.MomentAbove(available, Half, current, horizon.Days)?.ToTimestampUtc(),
            Late = totals.MomentAbove(available, Late, current, horizon.Days)?.ToTimestampUtc(),
            NeededThisMonthNanos = needed,
            NeededNextMonthNanos = PathTotals.Quantile(totals.Sorted(monthEnd, nextEnd), confidence),
            MissingNanos = Math.Max(0, needed - available),
        };
    }

    /// <summary>With what is refused beside what is needed. Of a team or the organisation: which of a team's wallets was out of money is not known.</summary>
    /// <param name="teams">In whatever scope; those of the outlook are looked at.</param>
    public static FundsOutlook WithRefused(FundsOutlook outlook, IEnumerable<TeamForecast> teams, CurrentForecast current)
    {
        TeamForecast[] own = [.. teams.Where(team => outlook.TeamId.Length == 0 || team.TeamId == outlook.TeamId)];
        long Refused(PeriodKind kind) => UnfundedDemand.Expected(UnfundedDemand.Of(own, PeriodSpan.Of(kind, current.Horizon), current));
        (outlook.RefusedThisMonthNanos, outlook.RefusedNextMonthNanos) = (Refused(PeriodKind.Month), Refused(PeriodKind.NextMonth));
        return outlook;
    }

    private static int DaysTo(HorizonCalendar horizon, int months) => horizon.Month.AddMonths(months).DayNumber - horizon.Today.DayNumber;
}
