using Platform.Contracts.Forecast.V1;

namespace Platform.Forecast.Segments;

/// <summary>A calendar period as pieces of <see cref="HorizonCalendar"/>.</summary>
/// <param name="From">The first day; in the past where it has begun.</param>
/// <param name="To">The day after the last.</param>
/// <param name="FirstPiece">0 where it is running, so that today is in it.</param>
/// <param name="EndPiece">The piece after the last.</param>
internal sealed record PeriodSpan(DateOnly From, DateOnly To, int FirstPiece, int EndPiece)
{
    public bool IsRunning => FirstPiece == 0;

    /// <param name="kind">Unspecified means the current month.</param>
    public static PeriodSpan Of(PeriodKind kind, HorizonCalendar calendar)
    {
        var month = calendar.Month;
        var quarter = month.AddMonths(-((month.Month - 1) % 3));
        return kind switch
        {
            PeriodKind.Unspecified or PeriodKind.Month => Of(month, month.AddMonths(1), calendar),
            PeriodKind.NextMonth => Of(month.AddMonths(1), month.AddMonths(2), calendar),
            PeriodKind.Quarter => Of(quarter, quarter.AddMonths(3), calendar),
            PeriodKind.NextQuarter => Of(quarter.AddMonths(3), quarter.AddMonths(6), calendar),
            PeriodKind.TwelveMonths => Of(month.AddMonths(1), month.AddMonths(1 + HorizonCalendar.MonthsAhead), calendar),
            PeriodKind.NextYear => Of(new DateOnly(month.Year + 1, 1, 1), month.AddMonths(1 + HorizonCalendar.MonthsAhead), calendar),
            _ => throw Contracts.RpcErrors.InvalidArgument("period must be month, next_month, quarter, next_quarter, twelve_months or next_year."),
        };
    }

    /// <param name="from">First of a month: the current one, one before it with the period still running, or one of the twelve after it.</param>
    /// <param name="to">First of a month after the current one, at most <see cref="HorizonCalendar.MonthsAhead"/> + 1 after it.</param>
    public static PeriodSpan Of(DateOnly from, DateOnly to, HorizonCalendar calendar) => new(
        from, to, from <= calendar.Today ? 0 : PieceOf(from, calendar), PieceOf(to.AddMonths(-1), calendar) + 1);

    /// <summary>A column of <see cref="HorizonCalendar"/> after its pieces: a day or a sum of days that forecasts are judged on.</summary>
    public static PeriodSpan OfJudged(int column, HorizonCalendar calendar)
    {
        var place = column - HorizonCalendar.Pieces;
        var (first, days) = place < HorizonCalendar.JudgedDays.Count
            ? (HorizonCalendar.JudgedDays[place], 1)
            : (1, HorizonCalendar.JudgedTotals[place - HorizonCalendar.JudgedDays.Count]);
        return new PeriodSpan(calendar.Today.AddDays(first), calendar.Today.AddDays(first + days), column, column + 1);
    }

    private static int PieceOf(DateOnly month, HorizonCalendar calendar) => 1 + ((month.Year - calendar.Month.Year) * 12) + month.Month - calendar.Month.Month;
}
