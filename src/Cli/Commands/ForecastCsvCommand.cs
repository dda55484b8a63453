using System.CommandLine;
using System.Globalization;
using Platform.Cli.Output;
using Platform.Cli.SeriesFiles;
using Platform.Cli.TextFiles;
using Platform.Forecasting;
using Platform.Forecasting.Preparation;
using Platform.Forecasting.Sampling;

namespace Platform.Cli.Commands;

/// <summary><c>kt forecast csv</c>: forecasts any file of series with the platform's engine. Needs no server.</summary>
internal static class ForecastCsvCommand
{
    private const int MostHorizon = 10_000;
    private const int FindingsShown = 20;

    public static Command Create(KtEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = "CSV with the columns unique_id, ds (date, time or counter; docs/cli.md has the forms) and y." };
        var frequency = CommonOptions.Required("--frequency", "How far apart observations are: H, D, W or M.");
        var horizon = new Option<int>("--horizon") { Description = string.Create(CultureInfo.InvariantCulture, $"Steps to forecast, 1 to {MostHorizon:#,##0}."), Required = true };
        var season = CommonOptions.Text("--season", "Observations of each season, for example 24,168. Default: H 24,168; D 7; W 52; M 12. 1 for none.");
        var levels = CommonOptions.Text("--levels", "Bands in percent, for example 80,95. p10, p50 and p90 are always there. Default: 80.");
        var calendar = CommonOptions.Text("--calendar", "Effects to learn and forecast: month-end (H, D), working-days (M), with commas between.");
        var holidays = CommonOptions.Text("--holidays", "File with a date a line, past and to come, on which amounts may be otherwise (H, D), or that are no working days (M).");
        var borrow = new Option<bool>("--borrow-shape") { Description = "Series too short to show a season take its shape from the file's other series." };
        var output = CommonOptions.Text("--output", "File to write; it takes its name when all is done. Default: stdout.");
        return new Command("csv", "Forecast every series of a CSV file; needs no server.").Does(
            (parsed, cancellation) =>
            {
                var step = FrequencyExtensions.Parse(parsed.GetValue(frequency)!) ?? throw Usage("--frequency must be H, D, W or M.");
                var steps = parsed.GetValue(horizon) is > 0 and <= MostHorizon and var wanted ? wanted : throw Usage($"--horizon must be 1 to {MostHorizon}.");
                int[] seasons = parsed.GetValue(season) is { } text ? [.. Numbers(text, "--season", 1, 100_000).Select(Whole).Distinct()] : step.UsualSeasons();
                var probabilities = ForecastFileWriter.Probabilities(Numbers(parsed.GetValue(levels) ?? "80", "--levels", 1, 99.9m).Select(Level));
                var days = CalendarChoice.Parse(parsed.GetValue(calendar), parsed.GetValue(holidays), step);
                TextFile.RequireApart("--output", parsed.GetValue(output), parsed.GetValue(file), parsed.GetValue(holidays));
                var series = SeriesFileReader.Read(parsed.GetValue(file)!, step);
                var options = new SeriesForecastOptions(steps, steps) { Seasons = seasons };
                SeriesForecastOptions[] each = [.. series.Select(one => days.Apply(options, one))];
                var forecasts = ForecastRun.Of(series.Count, i => Forecast(series, i, each[i], parsed.GetValue(borrow), probabilities), cancellation);
                using var draft = parsed.GetValue(output) is { } path ? DraftFile.Create(path) : null;
                var findings = Write(environment, draft, forecasts, series.Count, probabilities);
                Tell(environment, [.. SeriesNotes.Of(series, seasons), .. findings]);
                return Task.FromResult(ExitCodes.Ok);
            },
            file, frequency, horizon, season, levels, calendar, holidays, borrow, output);
    }

    private static ForecastText Forecast(IReadOnlyList<FileSeries> all, int at, SeriesForecastOptions options, bool borrow, IReadOnlyList<double> probabilities)
    {
        var series = all[at];
        var siblings = borrow && SeasonSight.Hidden(series.Values.Length, options.Seasons).Any() ? Siblings.Of(series, all) : [];

        // A series of its own name has chances of its own, wherever it stands in the file.
        var forecast = ForecastEngine.Forecast(series.Values, options with { Seed = Randomness.SeedOf(series.Id), Siblings = siblings });
        return ForecastRun.Text(series, forecast, probabilities);
    }

    private static List<string> Write(KtEnvironment environment, DraftFile? draft, IEnumerable<ForecastText> forecasts, int count, IReadOnlyList<double> probabilities)
    {
        if (draft is not null)
        {
            var found = Write(environment, draft.Writer, forecasts, count, probabilities);
            draft.Keep();
            return found;
        }

        if (environment.Width is null)
        {
            return Write(environment, environment.Out, forecasts, count, probabilities);
        }

        // On a terminal rows would come between the drawings of the bar; those for a person to read are few enough to be held until it is full.
        using var rows = new StringWriter(CultureInfo.InvariantCulture);
        var findings = Write(environment, rows, forecasts, count, probabilities);
        environment.Out.Write(rows.ToString());
        return findings;
    }

    private static List<string> Write(KtEnvironment environment, TextWriter target, IEnumerable<ForecastText> forecasts, int count, IReadOnlyList<double> probabilities)
    {
        var findings = new List<string>();
        using var progress = new ProgressLine(environment, "series", count);
        new ForecastFileWriter(target, probabilities).Header();
        foreach (var forecast in forecasts)
        {
            target.Write(forecast.Rows);
            findings.AddRange(forecast.Findings);
            progress.Advance(1);
        }

        return findings;
    }

    private static void Tell(KtEnvironment environment, IReadOnlyList<string> findings)
    {
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
        [.. text.Split(',', StringSplitOptions.TrimEntries).Select(part => decimal.TryParse(part, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most ? number : throw Usage($"{option} must be numbers from {least} to {most} with commas between, not '{text}'."))];

    /// <summary>Columns are named by the level, to that many places.</summary>
    private static decimal Level(decimal number) =>
        1000 * number == decimal.Truncate(1000 * number) ? number : throw Usage($"--levels {number} has more than three decimal places.");

    private static int Whole(decimal number) => number == decimal.Truncate(number) ? (int)number : throw Usage($"--season {number} is not a whole number.");

    private static KtError Usage(string message) => new(ExitCodes.Usage, message);
}
