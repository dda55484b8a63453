using System.Globalization;
using Platform.Contracts;
using Platform.Forecast.Layers;
using Platform.Forecast.Segments;
using Platform.Forecast.SpecialDays;
using PeriodKind = Platform.Contracts.Forecast.V1.PeriodKind;

namespace Platform.Forecast.Projection;

/// <summary>What was done, or what is missing and until when, in sentences for people.</summary>
internal static class Explanation
{
    /// <param name="adjusted">The sentence on money without tokens; null: there is none.</param>
    public static string OfShortHistory(ScopeHistory history, string? adjusted = null)
    {
        var missing = ScopeHistory.LeastDays - history.DaysWithUsage;
        return Join(
            $"There are {Number(history.DaysWithUsage)} full days with usage; a forecast needs {ScopeHistory.LeastDays}. With usage on every day from today on there will be one from {Date(history.Today.AddDays(missing))}.",
            "What little is known, and what is planned, kt forecast --layers shows.",
            adjusted,
            Unpriced(history));
    }

    /// <param name="imported">What of the history's spend was imported, in nano-units.</param>
    /// <param name="adjusted">The sentence on money without tokens; null: there is none.</param>
    public static string OfForecast(ForecastMoment moment, LayeredForecasts layered, ScopeHistory history, long imported, string? adjusted) => Join(
        Segments(layered.Teams, $"from up to {Number(history.Days.Count)} full days, {Date(history.FirstDay)} to {Date(history.Today.AddDays(-1))}"),
        Borrowed(layered.Teams),
        Planned(moment, layered),
        CalendarEvidences.Of(layered.Teams, moment.Current.Forecast.Special, layered.Horizon) is { } special ? CalendarEvidences.Sentence(special) : null,
        PriceSentences.Of(layered.Teams, moment.Current.Forecast.Prices).ToArray() is { Length: > 0 } prices ? string.Join(' ', prices) : null,
        "kt forecast explain says how each was made.",
        $"Of today's forecast the {Percent(moment.Current.RestOfToday)} of the day still to come are counted, on top of what today has spent.",
        adjusted,
        Imported(history, imported),
        Unpriced(history));

    /// <summary>Short: it stands beside figures of budgets.</summary>
    public static string OfPublication(ForecastMoment moment, LayeredForecasts layered, ScopeHistory history) =>
        Join($"{Model(layered.Teams)}, {Number(history.Days.Count)} full days.", Planned(moment, layered));

    /// <summary>Says of periods how much of what they have cost is money without tokens; of those that have none nothing.</summary>
    public static IEnumerable<string> Adjusted(IEnumerable<(PeriodKind Kind, PeriodLayers Layers)> periods, string currency) => periods.Where(period => period.Layers.AdjustmentNanos != 0).Select(period =>
        $"Of what this {(period.Kind == PeriodKind.Month ? "month" : "quarter")} has cost {new Money(period.Layers.AdjustmentNanos).ToRoundedString(currency)} {currency} are money without tokens (credit notes, charges): a fixed amount, which no pace rests on.");

    /// <summary>The one segment's model, or that there are several.</summary>
    public static string Model(IReadOnlyList<TeamForecast> teams)
    {
        SegmentForecast[] forecast = [.. Forecast(teams)];
        return forecast.Length switch
        {
            0 => "nothing has been used for weeks",
            1 => forecast[0].Outlook!.Model,
            _ => $"{Number(forecast.Length)} segments drawn jointly",
        };
    }

    private static string Segments(IReadOnlyList<TeamForecast> teams, string days) => Forecast(teams).Count() switch
    {
        0 => "Nothing has been used for weeks, and nothing is expected of it.",
        1 => $"Its one segment (team × workload × lane) is forecast {days}, in {JointPaths.Paths} futures.",
        var count => $"Each of {Number(count)} segments (team × workload × lane) is forecast by itself {days}; all are drawn jointly, in {JointPaths.Paths} futures.",
    };

    private static string? Borrowed(IReadOnlyList<TeamForecast> teams) => Forecast(teams).Count(segment => segment.Basis == SegmentBasis.Borrowed) is > 0 and var young
        ? $"{Number(young)} of them have fewer than {ScopeHistory.LeastDays} days, and borrow the shape of their siblings."
        : null;

    private static IEnumerable<SegmentForecast> Forecast(IReadOnlyList<TeamForecast> teams) =>
        teams.SelectMany(team => team.Segments).Select(segment => segment.Forecast).Where(segment => segment.Outlook is not null);

    private static string? Planned(ForecastMoment moment, LayeredForecasts layered)
    {
        var items = layered.Planned.Keys.Sum(team => moment.Plan[team].Count());
        return items == 0 ? null : items == 1 ? "One plan item is in it." : $"{Number(items)} plan items are in it.";
    }

    private static string? Imported(ScopeHistory history, long imported)
    {
        var all = history.Days.Sum(day => (double)day.CostNanos);
        return imported > 0 && all > 0 ? $"{Percent(Math.Min(1, imported / all))} of the spend seen is imported history, which shows demand and never touched the wallet." : null;
    }

    private static string? Unpriced(ScopeHistory history)
    {
        var calls = history.Days.Sum(day => day.UnpricedCalls);
        return calls > 0 ? $"{calls.ToString(CultureInfo.InvariantCulture)} calls without a price are in no figure here." : null;
    }

    private static string Join(params string?[] sentences) => string.Join(" ", sentences.Where(sentence => sentence is not null));

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    private static string Date(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
