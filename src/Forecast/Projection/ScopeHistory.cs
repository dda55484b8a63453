using Platform.Forecast.Segments;
using Platform.Forecasting;

namespace Platform.Forecast.Projection;

/// <summary>The past of a team or of the organisation: the days of its segments that are over, added.</summary>
/// <param name="Days">Oldest first, from the first with usage on; empty where there was none.</param>
internal sealed record ScopeHistory(DateOnly Today, IReadOnlyList<SegmentDay> Days)
{
    /// <summary>Full days with usage that a projection needs.</summary>
    public const int LeastDays = ForecastEngine.LeastHistory;

    private const int RunRateDays = 7;

    public DateOnly FirstDay => Today.AddDays(-Days.Count);

    public int DaysWithUsage { get; } = Days.Count(day => day.Calls > 0);

    public bool IsLongEnough => DaysWithUsage >= LeastDays;

    /// <summary>Mean of the last seven full days, or of all when there are fewer; half a nano-unit rounds to even. 0 without a full day.</summary>
    public long DailyRunRateNanos
    {
        get
        {
            var days = Days.TakeLast(RunRateDays).ToArray();
            return days.Length == 0 ? 0 : (long)Math.Round(days.Sum(day => (decimal)day.CostNanos) / days.Length, MidpointRounding.ToEven);
        }
    }

    public static ScopeHistory Of(IReadOnlyList<TeamForecast> teams, DateOnly today)
    {
        SegmentSeries[] series = [.. teams.SelectMany(team => team.Segments).Select(segment => segment.Forecast.Series)];
        return new ScopeHistory(today, series.Length == 0 ? [] : SegmentSeries.Add(default, series).Days);
    }
}
