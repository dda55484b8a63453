using System.Globalization;
using Platform.Contracts.Forecast.V1;

namespace Platform.Forecast.Accuracy;

/// <summary>
/// The maturity that an accuracy means by the FinOps Foundation's table of key performance indicators: forecasts off by at most 20 % crawl, 15 % walk, 12 % run; below 5 % at best.
/// It is read off totals of four weeks, which are as long as the month that the table means and end every day.
/// </summary>
internal static class MaturityOf
{
    /// <summary>Fewer say little.</summary>
    public const int LeastTargets = 14;

    private static readonly (double Most, string Band, string Words)[] Bands =
        [(0.05, "run_best", "run, at its best (below 5 %)"), (0.12, "run", "run (at most 12 %)"), (0.15, "walk", "walk (at most 15 %)"), (0.20, "crawl", "crawl (at most 20 %)")];

    /// <param name="fourWeeks">Of the total; null where none was judged.</param>
    public static Maturity Of(ScoreSum? fourWeeks)
    {
        var targets = fourWeeks?.Targets ?? 0;
        if (targets < LeastTargets || fourWeeks!.Wape is not { } variance)
        {
            return new Maturity
            {
                Band = "not_enough",
                Targets = targets,
                Sentence = $"Not enough yet: {Number(targets)} totals of four weeks could be judged, and {LeastTargets} are needed. One counts {ActualStore.WaitDays} days after its last day.",
            };
        }

        var (band, words) = Bands.Where(band => variance <= band.Most).Select(band => (band.Band, band.Words)).FirstOrDefault(("beyond_crawl", "beyond crawl (more than 20 %)"));
        return new Maturity
        {
            Band = band,
            Variance = variance,
            Targets = targets,
            Sentence = $"Totals of four weeks were off by {(100 * variance).ToString("0.0", CultureInfo.InvariantCulture)} % in {Number(targets)} forecasts: {words}.",
        };
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
