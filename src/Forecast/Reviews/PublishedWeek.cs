using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Publishing;
using Platform.Forecast.Series;
using Platform.Forecast.Versions;

namespace Platform.Forecast.Reviews;

/// <summary>What published versions said of a week and of its month.</summary>
internal sealed class PublishedWeek(VersionStore versions, UsageSeriesStore usage)
{
    /// <summary>Holds the week against the last version of the day before it, and what that version said of the month in which the week begins against what is known of it now.</summary>
    public async Task AddAsync(WeeklyReview review, ReviewWeek week, CancellationToken cancellationToken)
    {
        if ((await versions.ListAsync(0, PublicationReason.Unspecified, 1, cancellationToken)).SingleOrDefault() is not { } newest)
        {
            return;
        }

        review.NewestVersion = newest.Version;
        if (await versions.FindOfDayAsync(week.Monday.AddDays(-1), cancellationToken) is not { } before)
        {
            return;
        }

        review.ForecastVersion = before.Version;
        var to = DateOnly.FromDateTime(review.WeekEnd.ToDateTime());
        var said = await versions.ReadFiguresAsync([before.Version], null, VersionTargets.Days, week.Monday, cancellationToken);
        review.Forecasts.AddRange(Forecasts(said.Select(row => row.Figure).Where(figure => figure.To == to && !before.TooShort.Contains(figure.TeamId)), review.Variance));
        await AddMonthAsync(review, new DateOnly(week.Monday.Year, week.Monday.Month, 1), before, newest, cancellationToken);
    }

    /// <summary>Of a month that is over the newest version, which is of a later one, says nothing: then it is what came.</summary>
    private async Task AddMonthAsync(WeeklyReview review, DateOnly month, VersionHead before, VersionHead newest, CancellationToken cancellationToken)
    {
        foreach (var (version, figure) in await versions.ReadFiguresAsync([before.Version, newest.Version], "", VersionTargets.Month, month, cancellationToken))
        {
            if (version == before.Version)
            {
                review.MonthEndBeforeNanos = figure.Total.P50;
            }

            if (version == newest.Version)
            {
                review.MonthEndNanos = figure.Total.P50;
            }
        }

        if (month.AddMonths(1) <= DateOnly.FromDateTime(review.MadeAt.ToDateTime()))
        {
            var days = await usage.ReadDaysAsync("", BillingCalendar.Find("")!, month, month.AddMonths(1), cancellationToken);
            (review.MonthEndNanos, review.MonthIsOver) = (days.Sum(day => day.Usage.CostNanos), true);
        }
    }

    /// <summary>The organisation first, then teams by the size of the difference. Pure.</summary>
    public static IEnumerable<ForecastOfWeek> Forecasts(IEnumerable<VersionFigure> said, VarianceReport variance)
    {
        var actual = variance.Teams.Append(variance.Total).ToDictionary(sum => sum.TeamId, sum => sum.CurrentNanos, StringComparer.Ordinal);
        return said.Select(figure => (figure, Actual: actual.GetValueOrDefault(figure.TeamId))).Select(pair => new ForecastOfWeek
        {
            TeamId = pair.figure.TeamId, ActualNanos = pair.Actual, P10Nanos = pair.figure.Total.P10, P50Nanos = pair.figure.Total.P50, P90Nanos = pair.figure.Total.P90,
            DifferenceNanos = pair.Actual - pair.figure.Total.P50, Held = pair.Actual >= pair.figure.Total.P10 && pair.Actual <= pair.figure.Total.P90,
        }).OrderByDescending(week => week.TeamId.Length == 0).ThenByDescending(week => Math.Abs(week.DifferenceNanos)).ThenBy(week => week.TeamId, StringComparer.Ordinal);
    }
}
