using Platform.Contracts.Events;
using Platform.Forecast.Layers;
using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Publishing;

/// <summary>What is told of one scope: what the total of its layers comes to by ends of days, and later by ends of months.</summary>
internal static class ForecastScopes
{
    /// <summary>Days that are told one by one: a quarter that has just begun is among them.</summary>
    private const int DailyAhead = 100;

    /// <param name="teamId">Empty for the organisation.</param>
    /// <param name="totals">Room for the work, which is filled anew.</param>
    public static ForecastScope Make(ForecastMoment moment, string teamId, DailyTotals totals)
    {
        var (layered, horizon) = (moment.Of(teamId), moment.Current.Horizon);
        var history = ScopeHistory.Of(layered.Teams, horizon.Today);
        if (!history.IsLongEnough)
        {
            return new ForecastScope(teamId, Explanation.OfShortHistory(history), []);
        }

        totals.Of(layered, moment.Current, teamId);
        return new ForecastScope(teamId, Explanation.OfPublication(moment, layered, history), [.. Ends(horizon).Select(day =>
        {
            var sorted = totals.Sorted(0, day + 1);
            return new SpendThrough(
                horizon.Calendar.StartOf(horizon.Today.AddDays(day + 1)), PathTotals.Quantile(sorted, 0.1), PathTotals.Quantile(sorted, 0.5), PathTotals.Quantile(sorted, 0.9));
        })]);
    }

    /// <summary>Days ahead whose ends are told of; 0 is today.</summary>
    private static IEnumerable<int> Ends(HorizonCalendar horizon) =>
        Enumerable.Range(0, horizon.Days).Where(day => day < DailyAhead || horizon.Today.AddDays(day + 1).Day == 1);
}
