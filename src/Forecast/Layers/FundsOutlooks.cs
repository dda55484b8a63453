using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>What becomes of money, if nothing is put in beyond what is planned.</summary>
internal static class FundsOutlooks
{
    public const double Early = 0.1;
    public const double Half = 0.5;
    public const double Late = 0.9;

    /// <param name="confidence">Share of futures that what is needed is to cover.</param>
    /// <param name="below">What wallets below take from it and give back; null: nothing.</param>
    public static FundsOutlook Of(string teamId, SpendableFunds funds, DailyTotals totals, CurrentForecast current, double confidence, FundsBelow? below = null)
    {
        var horizon = current.Horizon;
        var (monthEnd, nextEnd) = (DaysTo(horizon, 1), DaysTo(horizon, 2));
        var course = new FundsCourse(funds, totals, current, below);
        return new FundsOutlook
        {
            TeamId = teamId,
            AvailableNanos = funds.AvailableNanos,
            OverageNanos = funds.OverageNanos,
            ExhaustedThisMonth = course.ExhaustedBefore(monthEnd),
            ExhaustedNextMonth = course.ExhaustedBefore(nextEnd),
            Early = course.ExhaustedIn(Early)?.ToTimestampUtc(),
            Expected = course.ExhaustedIn(Half)?.ToTimestampUtc(),
            Late = course.ExhaustedIn(Late)?.ToTimestampUtc(),
            NeededThisMonthNanos = PathTotals.Quantile(totals.Sorted(0, monthEnd), confidence),
            NeededNextMonthNanos = PathTotals.Quantile(totals.Sorted(monthEnd, nextEnd), confidence),
            MissingNanos = course.Missing(confidence, monthEnd),
            CalendarNote = funds.Sentence(horizon.Calendar, horizon.Month.AddMonths(2)),
            Wallets = funds.Wallets ?? 0,
            ObservingWallets = funds.Observing ?? 0,
            ObservingNote = funds.ObservingNote,
            Soon = DaysAtRisk.IsWithinMonth(horizon.Today) ? null : Soon(course, totals, current, confidence),
        };
    }

    private static FundsSoon Soon(FundsCourse course, DailyTotals totals, CurrentForecast current, double confidence)
    {
        var days = DaysAtRisk.To(current.Horizon.Today).DayNumber - current.Horizon.Today.DayNumber;
        return new FundsSoon
        {
            To = DailyTotals.SpanOf(days, current).Start.ToTimestampUtc(),
            Exhausted = course.ExhaustedBefore(days),
            NeededNanos = PathTotals.Quantile(totals.Sorted(0, days), confidence),
            MissingNanos = course.Missing(confidence, days),
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

    public static int DaysTo(HorizonCalendar horizon, int months) => horizon.Month.AddMonths(months).DayNumber - horizon.Today.DayNumber;
}
