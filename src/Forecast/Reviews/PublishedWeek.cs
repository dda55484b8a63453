using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Publishing;
using Platform.Forecast.Versions;

namespace Platform.Forecast.Reviews;

/// <summary>What published versions said of a week and of its month.</summary>
internal sealed class PublishedWeek(VersionStore versions)
{
    private const int MostVersions = 500;

    /// <summary>Holds the week against the last version of the day before it, and that version's month against what the newest one says of the same.</summary>
    public async Task AddAsync(WeeklyReview review, ReviewWeek week, CancellationToken cancellationToken)
    {
        var heads = await versions.ListAsync(0, PublicationReason.Unspecified, MostVersions, cancellationToken);
        if (heads.Count == 0)
        {
            return;
        }

        review.NewestVersion = heads[0].Version;
        if (heads.FirstOrDefault(head => DateOnly.FromDateTime(head.AsOf.UtcDateTime) == week.Monday.AddDays(-1)) is not { } before)
        {
            return;
        }

        review.ForecastVersion = before.Version;
        var to = DateOnly.FromDateTime(review.WeekEnd.ToDateTime());
        var said = await versions.ReadFiguresAsync([before.Version], null, VersionTargets.Days, week.Monday, cancellationToken);
        review.Forecasts.AddRange(Forecasts(said.Select(row => row.Figure).Where(figure => figure.To == to && !before.TooShort.Contains(figure.TeamId)), review.Variance));
        var months = await versions.ReadFiguresAsync([before.Version, heads[0].Version], "", VersionTargets.Month, new DateOnly(week.Monday.Year, week.Monday.Month, 1), cancellationToken);
        foreach (var (version, month) in months)
        {
            review.MonthEndBeforeNanos = version == before.Version ? month.Total.P50 : review.MonthEndBeforeNanos;
            review.MonthEndNanos = version == heads[0].Version ? month.Total.P50 : review.MonthEndNanos;
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
