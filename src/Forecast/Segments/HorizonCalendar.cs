using Platform.Forecast.Series;

namespace Platform.Forecast.Segments;

/// <summary>
/// The days that are looked ahead, from today to the end of the twelfth month after this one, and the pieces that figures are kept by: today, the rest of this month, and each
/// of the twelve months. Every calendar period up to a year is a sum of pieces.
/// </summary>
internal sealed record HorizonCalendar(BillingCalendar Calendar, DateOnly Today)
{
    public const int MonthsAhead = 12;

    /// <summary>Today, the rest of this month, twelve months.</summary>
    public const int Pieces = MonthsAhead + 2;

    public DateOnly Month => new(Today.Year, Today.Month, 1);

    /// <summary>Days ahead, today included.</summary>
    public int Days => Month.AddMonths(MonthsAhead + 1).DayNumber - Today.DayNumber;

    /// <summary>The piece that a day ahead is in; 0 is today.</summary>
    public int PieceOf(int day)
    {
        var date = Today.AddDays(day);
        return day == 0 ? 0 : 1 + ((date.Year - Today.Year) * 12) + date.Month - Today.Month;
    }

    /// <summary>By day ahead.</summary>
    public int[] PiecesOfDays() => [.. Enumerable.Range(0, Days).Select(PieceOf)];

    /// <summary>How many days each piece has.</summary>
    public int[] DaysOfPieces()
    {
        var days = new int[Pieces];
        foreach (var piece in PiecesOfDays())
        {
            days[piece]++;
        }

        return days;
    }

    /// <summary>Share of today that is still to come, 0 to 1.</summary>
    public double RestOfToday(DateTimeOffset now)
    {
        var (start, end) = (Calendar.StartOf(Today), Calendar.StartOf(Today.AddDays(1)));
        return Math.Clamp((end - now) / (end - start), 0, 1);
    }
}
