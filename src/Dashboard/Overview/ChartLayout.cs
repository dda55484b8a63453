using Platform.Contracts;
using Platform.Dashboard.Figures;

namespace Platform.Dashboard.Overview;

internal sealed record ChartSegment(string Workload, Money Cost, double Y, double Height);

/// <param name="X">Left edge of the day's slot, which is as wide as <see cref="ChartLayout.Slot"/>.</param>
internal sealed record ChartDay(DateOnly Day, Money Total, double X, IReadOnlyList<ChartSegment> Segments);

internal sealed record ChartBandDay(BandDay Band, double X, double Low, double Middle, double High);

/// <summary>
/// Where everything of the spend chart is drawn: past days as stacked bars, then the forecast of the rest of the month as a band. Units of the view box.
/// </summary>
internal sealed record ChartLayout(ChartScale Scale, double Slot, IReadOnlyList<ChartDay> Days, IReadOnlyList<ChartBandDay> Band)
{
    public const double Width = 1200;
    public const double Height = 280;
    public const double Left = 52;
    public const double Top = 10;
    public const double Bottom = Height - 22;

    /// <param name="forecast">Null, or not ready: there is no band.</param>
    public static ChartLayout Of(SpendHistory history, ForecastLine? forecast)
    {
        var band = forecast is { Ready: true } ? forecast.Days.Where(day => day.Day > history.Today).OrderBy(day => day.Day).ToList() : [];
        var days = history.Days.ToLookup(day => day.Day);
        var past = history.Today.DayNumber - history.From.DayNumber + 1;
        var dates = Enumerable.Range(0, past).Select(history.From.AddDays).ToList();
        var totals = dates.ToDictionary(date => date, date => new Money(days[date].Sum(day => day.Cost.Nanos)));
        var scale = ChartScale.For(totals.Values.Concat(band.Select(day => day.P90)).Max().ToDecimal());
        var slot = (Width - Left) / (past + band.Count);
        return new ChartLayout(
            scale,
            slot,
            [.. dates.Select((date, index) => new ChartDay(date, totals[date], Left + index * slot, Stack(days[date], scale)))],
            [.. band.Select((day, index) => new ChartBandDay(
                day, Left + (past + index + 0.5) * slot, Y(day.P10, scale), Y(day.P50, scale), Y(day.P90, scale)))]);
    }

    public double Y(decimal value) => Y(value, Scale);

    private static double Y(Money amount, ChartScale scale) => Y(amount.ToDecimal(), scale);

    private static double Y(decimal value, ChartScale scale) => Bottom - (double)(value / scale.Top) * (Bottom - Top);

    private static List<ChartSegment> Stack(IEnumerable<DaySpend> day, ChartScale scale)
    {
        var costs = day.GroupBy(spend => spend.Workload).ToDictionary(group => group.Key, group => new Money(group.Sum(spend => spend.Cost.Nanos)));
        var segments = new List<ChartSegment>(costs.Count);
        var below = Money.Zero;

        // A correction can leave a workload below zero for a day; it has no height, and the day's total says it.
        foreach (var workload in Palette.Order(costs.Keys).Where(workload => costs[workload] > Money.Zero))
        {
            var above = below + costs[workload];
            segments.Add(new ChartSegment(workload, costs[workload], Y(above, scale), Y(below, scale) - Y(above, scale)));
            below = above;
        }

        return segments;
    }
}
