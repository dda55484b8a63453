using System.Diagnostics;
using Platform.Forecasting;

namespace Platform.Benchmarks.Forecasting;

/// <summary>
/// The forecasting engine: how long a thousand series take, and, where the development data are at hand, how near its forecasts come, beside naive
/// baselines of the same run.
/// </summary>
internal static class ForecastBenchmark
{
    /// <summary>Names the folder with the data files, which are not part of the repository.</summary>
    public const string DataVariable = "KEEPTRUSTS_FORECAST_DATA";

    private const int Series = 1000;
    private const int Points = 400;
    private const int Horizon = 28;

    public static Task<IReadOnlyList<Figure>> RunAsync(CancellationToken cancellationToken)
    {
        var figures = new List<Figure> { Thousand(cancellationToken) };
        var company = GeneratedScore.Company(cancellationToken);
        figures.AddRange(company.Figures("company"));
        figures.AddRange(GeneratedScore.OfKinds(cancellationToken));
        figures.AddRange(PeriodScore.Measure("company", GeneratedScore.Segments(PeriodScore.Companies, PeriodScore.CompanyDays), PeriodScore.CompanyStride, cancellationToken));
        figures.AddRange(LongTotalScore.Measure("company_service", 0, cancellationToken));
        figures.AddRange(GeneratedScore.OfHeldOut(cancellationToken));
        figures.AddRange(LongTotalScore.Measure("heldout_company_service", GeneratedScore.FirstHeldOutSeed, cancellationToken));
        var folder = Environment.GetEnvironmentVariable(DataVariable);
        if (folder is null)
        {
            Console.Error.WriteLine($"The accuracy figures are left out: {DataVariable} does not name the folder with the data files (unique_id,ds,y).");
            return Task.FromResult<IReadOnlyList<Figure>>(figures);
        }

        figures.AddRange(CompetitionScore.Measure(folder, "weekly", 13, [52], 1, cancellationToken));
        figures.AddRange(CompetitionScore.Measure(folder, "hourly", 48, [24, 168], 24, cancellationToken));
        var traces = Coverage.None;
        foreach (var task in TraceTask.All)
        {
            var (measured, coverage) = TraceScore.Measure(folder, task, cancellationToken);
            figures.AddRange(measured);
            traces += coverage;
        }

        figures.AddRange(traces.Figures("traces"));
        figures.AddRange((traces + company).Figures("traces_and_company"));
        figures.AddRange(PeriodScore.Measure("conversation", [[DataFile.Read(folder, "burstgpt-daily.csv").Values.Single()]], 1, cancellationToken));
        return Task.FromResult<IReadOnlyList<Figure>>(figures);
    }

    /// <summary>All series at once on all cores, as kt forecast csv does.</summary>
    public static SeriesForecast[] ForecastAll(IReadOnlyList<double[]> histories, SeriesForecastOptions options, CancellationToken cancellationToken)
    {
        var forecasts = new SeriesForecast[histories.Count];
        Parallel.For(0, histories.Count, new ParallelOptions { CancellationToken = cancellationToken }, i =>
            forecasts[i] = ForecastEngine.Forecast(histories[i], options with { Seed = options.Seed + (ulong)i }));
        return forecasts;
    }

    private static Figure Thousand(CancellationToken cancellationToken)
    {
        var histories = Enumerable.Range(0, Series).Select(Generated).ToArray();
        var started = Stopwatch.GetTimestamp();
        ForecastAll(histories, new SeriesForecastOptions(Horizon, Horizon), cancellationToken);
        return new Figure("engine_1000", Stopwatch.GetElapsedTime(started).TotalSeconds, "s", 20, "the most allowed on two cores");
    }

    /// <summary>Days of spend that grow, swing by the week and wander.</summary>
    private static double[] Generated(int seed)
    {
        var random = new Random(seed);
        var (level, growth, swing) = (50 + 500 * random.NextDouble(), 0.002 * random.NextDouble(), random.NextDouble());
        return [.. Enumerable.Range(0, Points).Select(day =>
        {
            level *= 1 + growth + 0.03 * (random.NextDouble() - 0.5);
            return level * (day % 7 < 5 ? 1 : 1 - 0.8 * swing) * (0.7 + 0.6 * random.NextDouble());
        })];
    }
}
