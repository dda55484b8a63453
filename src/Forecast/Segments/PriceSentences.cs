using System.Globalization;

namespace Platform.Forecast.Segments;

/// <summary>What prices that changed, or are to change, made of a forecast, in sentences for people.</summary>
internal static class PriceSentences
{
    private const int MostShown = 5;

    public static IEnumerable<string> Of(IReadOnlyList<TeamForecast> teams, PricesNow prices)
    {
        var changes = Of(teams.SelectMany(team => team.Segments).Where(segment => segment.Forecast.Outlook is not null).Select(segment => segment.Forecast.Series), prices.Now);
        return prices.Versions.IsKnown
            ? changes
            : changes.Prepend("The Metering service, which has the price book, does not answer: the past counts as it was paid, and no price that is to change is in the days ahead.");
    }

    public static IEnumerable<string> Of(IEnumerable<SegmentSeries> series, DateTimeOffset now)
    {
        var steps = series.SelectMany(segment => segment.Prices?.Steps ?? []).GroupBy(step => (step.From, step.Provider, step.Model))
            .OrderByDescending(step => step.Sum(one => one.Nanos)).ThenBy(step => step.Key).ToArray();
        foreach (var step in steps.Take(MostShown))
        {
            yield return Of(step.First(), Ratio([.. step]), now);
        }

        if (steps.Length > MostShown)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"So it is with {steps.Length - MostShown} more changes of prices.");
        }
    }

    private static string Of(PriceStep step, double ratio, DateTimeOffset now)
    {
        var (day, price) = (step.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), Change(ratio));
        return step.From <= now
            ? $"By the price book {step.Provider}/{step.Model} costs {price} since {day}: days before count as they would have cost at the price of today."
            : $"By the price book {step.Provider}/{step.Model} is to cost {price} from {day} on: days from then on count at that price.";
    }

    /// <summary>50 % less.</summary>
    public static string Change(double ratio) => ratio > 0 ? $"{Percent(Math.Abs(ratio - 1))} {(ratio < 1 ? "less" : "more")}" : "nothing";

    /// <summary>Segments' calls are of different sizes, and tokens of input and output may change by different shares.</summary>
    public static double Ratio(IReadOnlyList<PriceStep> steps) =>
        steps.Sum(step => step.Nanos) is > 0 and var nanos ? steps.Sum(step => step.Ratio * step.Nanos) / nanos : steps.Average(step => step.Ratio);

    private static string Percent(double share) => (100 * share).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}
