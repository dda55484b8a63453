using System.Collections.Concurrent;
using System.Globalization;
using Platform.Forecasting;

namespace Platform.Cli.SeriesFiles;

/// <summary>The forecast of one series as it is written, and what was found about its history. The paths behind it are not kept: they are its greatest part by far.</summary>
internal sealed record ForecastText(string Rows, IReadOnlyList<string> Findings);

/// <summary>Forecasts many series, as many at once as there are cores.</summary>
internal static class ForecastRun
{
    /// <summary>In the order given, each as soon as it and those before it are done; how many wait at once does not grow with their number.</summary>
    /// <param name="forecast">By position; called from several threads.</param>
    public static IEnumerable<ForecastText> Of(int count, Func<int, ForecastText> forecast, CancellationToken cancellation)
    {
        var ordered = Partitioner.Create(Enumerable.Range(0, count), EnumerablePartitionerOptions.NoBuffering)
            .AsParallel().AsOrdered().WithCancellation(cancellation).WithMergeOptions(ParallelMergeOptions.NotBuffered)
            .Select(forecast);
        foreach (var text in ordered)
        {
            // The query itself does not look once the last one is begun.
            cancellation.ThrowIfCancellationRequested();
            yield return text;
        }
    }

    public static ForecastText Text(FileSeries series, SeriesForecast forecast, IReadOnlyList<double> probabilities)
    {
        using var rows = new StringWriter(CultureInfo.InvariantCulture);
        new ForecastFileWriter(rows, probabilities).Write(series.Id, series.Axis, forecast.Paths);
        return new ForecastText(rows.ToString(), [.. forecast.Findings.Select(finding => $"{series.Id}: {finding.Sentence}")]);
    }
}
