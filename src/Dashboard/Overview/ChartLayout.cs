using Platform.Contracts;
using Platform.Dashboard.Figures;
using Platform.Dashboard.Text;

namespace Platform.Dashboard.Overview;

internal sealed record ChartSegment(string Workload, Money Cost, double Y, double Height);

/// <param name="X">Left edge of the day's slot, which is as wide as <see cref="ChartLayout.Slot"/>.</param>
internal sealed record ChartDay(DateOnly Day, Money Total, double X, IReadOnlyList<ChartSegment> Segments);

internal sealed record ChartBandDay(BandDay Band, double X, double Low, double Middle, double High);

/// <param name="X">Left edge of the day's slot.</param>
/// <param name="LabelX">Middle of its date, which stays within the width.</param>
internal sealed record ChartTick(DateOnly Day, double X, double LabelX);

/// <summary>
/// Where everything of the spend chart is drawn: past days as stacked bars, then the forecast as a band, which begins over today's bar. Units of the view box.
/// </summary>
/// <param name="Left">Where the days begin: what is before has room for the axis's figures.</param>
/// <param name="Ticks">Days whose dates stand below the axis, past and to come; a last one that the edge pushes onto the one before is left out.</param>
internal sealed record ChartLayout(
    ChartScale Scale, double Left, double Slot, IReadOnlyList<ChartDay> Days, IReadOnlyList<ChartBandDay> Band, IReadOnlyList<ChartTick> Ticks)
{
    public const double Width = 1200;
    public const double Height = 280;
    public const double Top = 10;
    public const double Bottom = Height - 22;

    /// <summary>Between the axis's figures and the days.</summary>
    public const double LabelGap = 8;

    /// <summary>Half of the widest date, in the largest letters that the style sheet gives it.</summary>
    private const double HalfDate = 28;

    /// <summary>A digit of a wide font, in the largest letters that the style sheet gives it.</summary>
    private const double Digit = 10.5;

    private const double LeastLeft = 60;

    /// <summary>Where today ends and only forecast is left.</summary>
    public double Now => Left + Days.Count * Slot;

    /// <param name="forecast">Null, or not ready: there is no band.</param>
    public static ChartLayout Of(SpendHistory history, ForecastLine? forecast)
    {
        var band = forecast is { Ready: true } ? forecast.Days.Where(day => day.Day >= history.Today).OrderBy(day => day.Day).ToList() : [];
        var days = history.Days.ToLookup(day => day.Day);
        var past = history.Today.DayNumber - history.From.DayNumber + 1;
        var dates = Enumerable.Range(0, past).Select(history.From.AddDays).ToList();
        var totals = dates.ToDictionary(date => date, date => new Money(days[date].Sum(day => day.Cost.Nanos)));
        var scale = ChartScale.For(totals.Values.Concat(band.Select(day => day.P90)).Max().ToDecimal());
        var last = band.Count > 0 ? band[^1].Day : history.Today;
        var left = LeftOf(scale, history.Currency);
        var slot = (Width - left) / (past + last.DayNumber - history.Today.DayNumber);
        return new ChartLayout(
            scale,
            left,
            slot,
            [.. dates.Select((date, index) => new ChartDay(date, totals[date], left + index * slot, Stack(days[date], scale)))],
            [.. band.Select(day => new ChartBandDay(day, X(day.Day) + 0.5 * slot, Y(day.P10, scale), Y(day.P50, scale), Y(day.P90, scale)))],
            [.. Enumerable.Range(history.From.DayNumber, last.DayNumber - history.From.DayNumber + 1).Select(DateOnly.FromDayNumber)
                .Where(day => day.Day is 1 or 8 or 15 or 22)
                .Select(day => new ChartTick(day, X(day), Math.Min(X(day) + 0.5 * slot, Width - HalfDate)))
                .Where(tick => tick.Day.Day == 1 || tick.LabelX - (X(tick.Day.AddDays(-7)) + 0.5 * slot) >= 2 * HalfDate)]);

        double X(DateOnly day) => left + (day.DayNumber - history.From.DayNumber) * slot;
    }

    public double Y(decimal value) => Y(value, Scale);

    private static double LeftOf(ChartScale scale, string currency) => Math.Max(
        LeastLeft, LabelGap + Digit * Enumerable.Range(0, scale.Steps + 1).Max(step => MoneyText.Axis(scale.Step * step, currency).Length));

    /// <summary>A day of today's forecast on which more was given back than spent stands on the ground, as its bar does.</summary>
    private static double Y(Money amount, ChartScale scale) => Y(Math.Max(0, amount.ToDecimal()), scale);

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
