using Platform.Forecast.Series;

namespace Platform.Forecast.Segments;

/// <summary>
/// The days that are looked ahead, from today to the end of the twelfth month after this one, and the pieces that figures are kept by: today, the rest of this month, and each
/// of the twelve months. Every calendar period up to a year is a sum of pieces. Days and totals that forecasts are judged on are columns beside them.
/// </summary>
internal sealed record HorizonCalendar(BillingCalendar Calendar, DateOnly Today)
{
    public const int MonthsAhead = 12;

    /// <summary>Today, the rest of this month, twelve months.</summary>
    public const int Pieces = MonthsAhead + 2;

    /// <summary>Pieces, and beside them the days and the sums of days that forecasts are judged on.</summary>
    public const int Columns = Pieces + 7;

    /// <summary>Single days so many days ahead that forecasts are judged on.</summary>
    public static readonly IReadOnlyList<int> JudgedDays = [1, 3, 7, 14, 28];

    /// <summary>Totals of so many days, beginning tomorrow, that forecasts are judged on.</summary>
    public static readonly IReadOnlyList<int> JudgedTotals = [7, 28];

    /// <summary>The last day ahead that is in a judged column.</summary>
    public const int LastJudged = 28;

    public DateOnly Month => new(Today.Year, Today.Month, 1);

    /// <summary>Days of a day's month from that day on.</summary>
    public static int DaysLeftOfMonth(DateOnly day) => DateTime.DaysInMonth(day.Year, day.Month) - day.Day + 1;

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

    /// <summary>By day ahead, its piece and the judged columns that it is in.</summary>
    public int[][] ColumnsOfDays() => [.. Enumerable.Range(0, Days).Select(day => (int[])[PieceOf(day), .. JudgedColumnsOf(day)])];

    /// <summary>The columns of single days, then of totals, that a day ahead is in.</summary>
    public static IEnumerable<int> JudgedColumnsOf(int day) => JudgedDays.Index().Where(judged => judged.Item == day).Select(judged => Pieces + judged.Index)
        .Concat(JudgedTotals.Index().Where(judged => day >= 1 && day <= judged.Item).Select(judged => Pieces + JudgedDays.Count + judged.Index));

    /// <summary>How many days each column has.</summary>
    public int[] DaysOfColumns()
    {
        var days = new int[Columns];
        foreach (var column in ColumnsOfDays().SelectMany(columns => columns))
        {
            days[column]++;
        }

        return days;
    }

    /// <summary>The days ahead that each column is of, which follow each other; none of a piece without a day.</summary>
    public Range[] RangesOfColumns()
    {
        var ranges = new Range[Columns];
        foreach (var (day, columns) in ColumnsOfDays().Index())
        {
            foreach (var column in columns)
            {
                ranges[column] = (ranges[column].End.Value == 0 ? day : ranges[column].Start)..(day + 1);
            }
        }

        return ranges;
    }

    /// <summary>Share of today that is still to come, 0 to 1.</summary>
    public double RestOfToday(DateTimeOffset now)
    {
        var (start, end) = (Calendar.StartOf(Today), Calendar.StartOf(Today.AddDays(1)));
        return Math.Clamp((end - now) / (end - start), 0, 1);
    }
}
