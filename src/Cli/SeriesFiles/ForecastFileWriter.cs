using System.Globalization;
using Platform.Contracts;
using Platform.Forecasting.Sampling;

namespace Platform.Cli.SeriesFiles;

/// <summary>Writes forecasts in long format: a row a step, then one with ds 'total' for the sum over the horizon.</summary>
internal sealed class ForecastFileWriter(TextWriter writer, IReadOnlyList<double> probabilities)
{
    private const double LeastLong = 1e10;
    private const double LongestExact = 1e15;

    /// <summary>The quantiles of the levels, ascending; those of 80 % and the median always.</summary>
    /// <param name="levels">In percent, above 0 and below 100.</param>
    public static IReadOnlyList<double> Probabilities(IEnumerable<decimal> levels) =>
        [.. levels.Append(80).SelectMany(level => new[] { (100 - level) / 200, (100 + level) / 200 }).Append(0.5m).Distinct().Order().Select(p => (double)p)];

    public void Header() => writer.WriteLine(
        $"unique_id,ds,mean,{string.Join(',', probabilities.Select(p => string.Create(CultureInfo.InvariantCulture, $"p{Math.Round(100 * p, 4)}")))}");

    public void Write(string id, TimeAxis axis, SamplePaths paths)
    {
        var total = 0.0;
        for (var step = 0; step < paths.Horizon; step++)
        {
            var at = step;
            total += paths.Mean(at);
            Row(id, axis.Ahead(at), paths.Mean(at), paths.Sorted(path => paths[path, at]));
        }

        Row(id, "total", total, paths.Sorted(path => paths.Sum(path, 0, paths.Horizon)));
    }

    private void Row(string id, string time, double mean, double[] sorted)
    {
        writer.Write($"{CsvCell.Quoted(id)},{time},{Text(mean)}");
        foreach (var probability in probabilities)
        {
            writer.Write(',');
            writer.Write(Text(Band.Quantile(sorted, probability)));
        }

        writer.WriteLine();
    }

    /// <summary>Ten significant digits; whole units however great, as long as a number holds them, since amounts with an exponent are not read as such.</summary>
    private static string Text(double value) => value.ToString(value is >= LeastLong and < LongestExact ? "F0" : "G10", CultureInfo.InvariantCulture);
}
