using System.CommandLine;
using System.Globalization;
using Platform.Cli.Output;
using Platform.Cli.SeriesFiles;
using Platform.Forecasting;
using Platform.Forecasting.Sampling;

namespace Platform.Cli.Commands;

/// <summary><c>kt forecast csv</c>: forecasts any file of series with the platform's engine. Needs no server.</summary>
internal static class ForecastCsvCommand
{
    private const int MostHorizon = 10_000;
    private const int FindingsShown = 20;

    public static Command Create(KtEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = "CSV with the columns unique_id, ds (date, time or counter) and y." };
        var frequency = CommonOptions.Required("--frequency", "How far apart observations are: H, D, W or M.");
        var horizon = new Option<int>("--horizon") { Description = "Steps to forecast.", Required = true };
        var season = CommonOptions.Text("--season", "Observations of each season, for example 24,168. Default: H 24,168; D 7; W 52; M 12. 1 for none.");
        var levels = CommonOptions.Text("--levels", "Bands in percent, for example 80,95. p10, p50 and p90 are always there. Default: 80.");
        var calendar = CommonOptions.Text("--calendar", "Effects to learn and forecast: month-end (H, D), working-days (M), with commas between.");
        var holidays = CommonOptions.Text("--holidays", "File with a date a line, past and to come, on which amounts may be otherwise (H, D), or that are no working days (M).");
        var borrow = new Option<bool>("--borrow-shape") { Description = "Series too short to show a season take its shape from the file's other series." };
        var output = CommonOptions.Text("--output", "File to write. Default: stdout.");
        return new Command("csv", "Forecast every series of a CSV file; needs no server.").Does(
            (parsed, cancellation) =>
            {
                var step = FrequencyExtensions.Parse(parsed.GetValue(frequency)!) ?? throw Usage("--frequency must be H, D, W or M.");
                var steps = parsed.GetValue(horizon) is > 0 and <= MostHorizon and var wanted ? wanted : throw Usage($"--horizon must be 1 to {MostHorizon}.");
                int[] seasons = parsed.GetValue(season) is { } text ? [.. Numbers(text, "--season", 1, 100_000).Select(Whole)] : step.UsualSeasons();
                var probabilities = ForecastFileWriter.Probabilities(Numbers(parsed.GetValue(levels) ?? "80", "--levels", 1, 99.9m));
                var days = CalendarChoice.Parse(parsed.GetValue(calendar), parsed.GetValue(holidays), step);
                var series = SeriesFileReader.Read(parsed.GetValue(file)!, step);
                var options = new SeriesForecastOptions(steps, steps) { Seasons = seasons };
                SeriesForecastOptions[] each = [.. series.Select(one => days.Apply(options, one))];
                using var target = Open(parsed.GetValue(output));
                var forecasts = Run(environment, series, each, parsed.GetValue(borrow), cancellation);
                Write(target ?? environment.Out, series, forecasts, probabilities);
                Tell(environment, series, forecasts);
                return Task.FromResult(ExitCodes.Ok);
            },
            file, frequency, horizon, season, levels, calendar, holidays, borrow, output);
    }

    private static SeriesForecast[] Run(KtEnvironment environment, IReadOnlyList<FileSeries> series, SeriesForecastOptions[] options, bool borrow, CancellationToken cancellation)
    {
        var forecasts = new SeriesForecast[series.Count];
        var progress = new ProgressLine(environment, "series", series.Count);
        var display = new Lock();
        Parallel.For(0, series.Count, new ParallelOptions { CancellationToken = cancellation }, i =>
        {
            var siblings = borrow && options[i].Seasons.Any(season => 2 * season > series[i].Values.Length) ? Siblings.Of(series[i], series) : [];

            // A series of its own name has chances of its own, wherever it stands in the file.
            forecasts[i] = ForecastEngine.Forecast(series[i].Values, options[i] with { Seed = Randomness.SeedOf(series[i].Id), Siblings = siblings });
            lock (display)
            {
                progress.Advance(1);
            }
        });
        progress.End();
        return forecasts;
    }

    /// <summary>Before the work is done rather than after it.</summary>
    private static StreamWriter? Open(string? path)
    {
        try
        {
            return path is null ? null : new StreamWriter(path);
        }
        catch (UnauthorizedAccessException)
        {
            throw new KtError(ExitCodes.Failed, $"{path} cannot be written: permission denied, or it is a folder.");
        }
    }

    private static void Write(TextWriter target, IReadOnlyList<FileSeries> series, SeriesForecast[] forecasts, IReadOnlyList<double> probabilities)
    {
        var writer = new ForecastFileWriter(target, probabilities);
        writer.Header();
        for (var i = 0; i < series.Count; i++)
        {
            writer.Write(series[i].Id, series[i].Axis, forecasts[i].Paths);
        }
    }

    private static void Tell(KtEnvironment environment, IReadOnlyList<FileSeries> series, SeriesForecast[] forecasts)
    {
        var findings = series.Zip(forecasts).SelectMany(pair => pair.Second.Findings.Select(finding => $"{pair.First.Id}: {finding.Sentence}")).ToList();
        foreach (var finding in findings.Take(FindingsShown))
        {
            environment.Error.WriteLine(finding);
        }

        if (findings.Count > FindingsShown)
        {
            environment.Error.WriteLine($"… and {findings.Count - FindingsShown} findings more.");
        }
    }

    private static decimal[] Numbers(string text, string option, decimal least, decimal most) =>
        [.. text.Split(',').Select(part => decimal.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most ? number : throw Usage($"{option} must be numbers from {least} to {most} with commas between, not '{text}'."))];

    private static int Whole(decimal number) => number == decimal.Truncate(number) ? (int)number : throw Usage($"--season {number} is not a whole number.");

    private static KtError Usage(string message) => new(ExitCodes.Usage, message);
}
