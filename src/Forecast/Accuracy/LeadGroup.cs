using Platform.Forecast.Publishing;
using Platform.Forecast.Versions;

namespace Platform.Forecast.Accuracy;

/// <summary>Forecasts that are judged together: of the same kind, made as long before.</summary>
/// <param name="Kind">day, days, month_end, month, quarter or twelve_months.</param>
/// <param name="Lead">Of day and days: days ahead. Of month_end: at most so many days before the end. Of month and quarter: periods ahead, 0 for the running quarter.</param>
internal readonly record struct LeadGroup(string Kind, int Lead) : IComparable<LeadGroup>
{
    public const string MonthEnd = "month_end";

    /// <summary>What maturity is read off: totals of four weeks.</summary>
    public static readonly LeadGroup FourWeeks = new(VersionTargets.Days, 28);

    /// <summary>Days before the month's end, the day of the forecast included.</summary>
    private static readonly int[] MonthEndDays = [3, 7, 14, 21, 31];

    private static readonly string[] Kinds = [VersionTargets.Day, VersionTargets.Days, MonthEnd, VersionTargets.Month, VersionTargets.Quarter, VersionTargets.TwelveMonths];

    /// <param name="asOf">The day on which the version was published.</param>
    public static LeadGroup Of(VersionFigure figure, DateOnly asOf)
    {
        var months = (figure.From.Year - asOf.Year) * 12 + figure.From.Month - asOf.Month;
        return figure.Kind switch
        {
            VersionTargets.Day => new(figure.Kind, figure.From.DayNumber - asOf.DayNumber),
            VersionTargets.Days => new(figure.Kind, figure.To.DayNumber - figure.From.DayNumber),
            VersionTargets.Month when months == 0 => new(MonthEnd, MonthEndDays.First(days => figure.To.DayNumber - asOf.DayNumber <= days)),
            VersionTargets.Month => new(figure.Kind, months),
            VersionTargets.Quarter => new(figure.Kind, figure.From <= asOf ? 0 : 1),
            _ => new(figure.Kind, 0),
        };
    }

    public int CompareTo(LeadGroup other) => (Array.IndexOf(Kinds, Kind), Lead).CompareTo((Array.IndexOf(Kinds, other.Kind), other.Lead));
}
