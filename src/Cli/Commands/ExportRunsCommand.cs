using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt export-jobs create|run|runs|retry</c>: runs, and those made now rather than on schedule.</summary>
internal static class ExportRunsCommand
{
    private static readonly string[] Columns = ["run", "state", "from", "to", ">rows", ">cost", ">bytes", "data"];

    /// <summary>Runs a job now.</summary>
    public static Command Run(KtEnvironment environment)
    {
        var job = new Argument<string>("job") { Description = "The job's name or id." };
        var month = new ExportPeriodOptions();
        var repeatable = new RepeatableOption();
        var output = CommonOptions.Output();
        return new Command("run", "Run a job now; ends when its manifest is written. Its scheduled runs go on as if it had not been.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await repeatable.PostAsync(
                    environment, api, parsed, $"v1/exports/jobs/{Uri.EscapeDataString(parsed.GetRequiredValue(job))}/run",
                    body =>
                    {
                        body.WriteOptional("period", parsed.GetValue(month.Period));
                        body.WriteOptional("basis", parsed.GetValue(month.Basis));
                    },
                    cancellation);
                return ShowRun(environment, parsed.GetValue(output), answer.RootElement);
            },
            job, month.Period, month.Basis, repeatable.Option, output);
    }

    /// <summary>Exports a window or a month once.</summary>
    public static Command Create(KtEnvironment environment)
    {
        var from = DateOption.Moment("--from", "From this date or time on (UTC). Either this, --window or --period.");
        var to = DateOption.Moment("--to", "Before this date or time (UTC); now when absent.");
        var window = ChoiceOption.Create("--window", "What ends now: 1h, 6h, 24h, 7d or 30d.", ExportJobsCommand.Lengths);
        var name = CommonOptions.Text("--name", "What its files' keys have, and kt export-jobs download finds it by: letters, digits, '-' and '_', no job's name. Default: one-off.");
        var month = new ExportPeriodOptions();
        var format = ExportJobsCommand.NewFormat();
        var version = ExportJobsCommand.FocusVersion();
        var bucket = CommonOptions.Required("--s3-bucket", "The bucket to write to.");
        var prefix = CommonOptions.Text("--s3-prefix", "What the objects' keys begin with.");
        var repeatable = new RepeatableOption();
        var output = CommonOptions.Output();
        var command = new Command("create", "Export a window or a month once, without a schedule.").Does(
            async (parsed, cancellation) =>
            {
                TimeOption.CheckRange(parsed, from, to);

                // A month ends by itself, and a length at the service's now, which a repeat does not move.
                var now = parsed.GetValue(month.Period) is null && parsed.GetValue(window) is null ? environment.Time.GetUtcNow().UtcDateTime.ToString("O", CultureInfo.InvariantCulture) : null;
                var end = parsed.GetValue(to) ?? now;
                using var api = environment.Connect();
                using var answer = await repeatable.PostAsync(
                    environment, api, parsed, "v1/exports/runs",
                    body =>
                    {
                        body.WriteOptional("period", parsed.GetValue(month.Period));
                        body.WriteOptional("from", parsed.GetValue(from));
                        body.WriteOptional("to", end);
                        body.WriteOptional("window", parsed.GetValue(window));
                        body.WriteOptional("basis", parsed.GetValue(month.Basis));
                        body.WriteString("format", parsed.GetRequiredValue(format));
                        body.WriteString("s3_bucket", parsed.GetRequiredValue(bucket));
                        body.WriteOptional("s3_prefix", parsed.GetValue(prefix));
                        body.WriteOptional("focus_version", parsed.GetValue(version));
                        body.WriteOptional("name", parsed.GetValue(name));
                    },
                    cancellation, parsed.GetValue(to) is null && now is not null ? $"--to {now} " : "");
                return ShowRun(environment, parsed.GetValue(output), answer.RootElement);
            },
            from, to, window, name, month.Period, month.Basis, format, version, bucket, prefix, repeatable.Option, output);
        command.Validators.Add(result =>
        {
            if (new Option[] { month.Period, window, from }.Count(option => result.GetResult(option) is not null) != 1)
            {
                result.AddError($"Say what to export: one of {month.Period.Name}, {window.Name} and {from.Name}.");
            }
            else if (result.GetResult(to) is not null && result.GetResult(from) is null)
            {
                result.AddError($"{to.Name} goes with {from.Name}: a month and a window have an end of their own.");
            }
        });
        return command;
    }

    /// <summary>Lists runs.</summary>
    public static Command Runs(KtEnvironment environment)
    {
        var job = CommonOptions.Text("--job", "Only this job's (name or id).");
        var page = new PageOptions(limit: 20);
        var output = CommonOptions.Output();
        return new Command("runs", "Runs, newest first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path("v1/exports/runs", ("job", parsed.GetValue(job)), ("limit", parsed.GetValue(page.Limit).ToString(CultureInfo.InvariantCulture)),
                        ("page_token", parsed.GetValue(page.Page))), cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    printer.Json(answer.RootElement);
                    return ExitCodes.Ok;
                }

                printer.List(Columns.In(answer.RootElement.GetProperty("runs"), "cost"), answer.RootElement.GetProperty("runs").EnumerateArray().Select(run => (IReadOnlyList<string>)
                [
                    run.Text("run_id"), State(run), run.Time("from"), run.Time("to"), run.Count("rows"), run.Exact("cost"), run.Count("bytes"),
                    run.Text("error") is { Length: > 0 } error ? error : Data(run),
                ]));
                foreach (var run in answer.RootElement.GetProperty("runs").EnumerateArray())
                {
                    if (Lacking(run) is { } lacking)
                    {
                        environment.Error.WriteLine($"{run.Text("run_id")} lacks {lacking}");
                    }
                }

                environment.TellOfMore(printer, answer);
                return ExitCodes.Ok;
            },
            job, page.Limit, page.Page, output);
    }

    /// <summary>Tries a failed run again.</summary>
    public static Command Retry(KtEnvironment environment)
    {
        var run = new Argument<string>("run") { Description = "The failed run's id: kt export-jobs runs lists them." };
        var output = CommonOptions.Output();
        return new Command("retry", "Try a failed run again at once, with the same window and watermark.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync($"v1/exports/runs/{Uri.EscapeDataString(parsed.GetRequiredValue(run))}/retry", null, cancellation);
                return ShowRun(environment, parsed.GetValue(output), answer.RootElement);
            },
            run, output);
    }

    /// <summary>With when a failed one is tried again.</summary>
    public static string State(JsonElement run) => run.Text("state") + (run.Text("next_attempt_at").Length > 0 ? $", again at {run.Time("next_attempt_at")}" : "");

    /// <summary>Where it is; of several files how many more there are.</summary>
    private static string Data(JsonElement run) => Location(run, run, "location", "data_key")
        + (FilesOf(run).Count is > 1 and var count ? $" and {count - 1} more" : "");

    /// <summary>As it is told once the run is completed; before that nobody knows which store it will be in.</summary>
    private static string Location(JsonElement run, JsonElement of, string location, string key) =>
        of.TryGetProperty(location, out var told) && told.GetString() is { Length: > 0 } known ? known : $"{run.Text("s3_bucket")}/{of.Text(key)}";

    private static string Period(JsonElement run) => run.Text("period") is { Length: > 0 } period
        ? $" ({period}, {run.Text("time_zone")}, as {run.Text("basis")})"
        : run.Text("basis") == "booked" ? " (as booked)" : "";

    private static IEnumerable<(string, string)> Late(JsonElement run) => run.Text("late_rows") is "" or "0"
        ? []
        : [("of it late", $"{run.Counted("late_rows", "row")}, {run.Exact("late_cost")} {run.Text("currency")}, of before")];

    private static IEnumerable<(string, string)> NotKept(JsonElement run) => Lacking(run) is { } lacking ? [("lacks", lacking)] : [];

    private static string? Lacking(JsonElement run) => run.Text("late_kept_from").Length == 0
        ? null
        : $"what occurred {run.Time("series_from")} to {run.Time("late_kept_from")} and was recorded after {run.Time("recorded_after")}: no longer kept; kt spend has its sums";

    // Never taken for 0; but a price may have come since, as a correction's row.
    private static IEnumerable<(string, string)> Unpriced(JsonElement run) =>
        run.TryGetProperty("unpriced_records", out var count) && count.GetInt64() > 0 ? [("without price", $"{run.Counted("unpriced_records", "record")} when recorded (what still waits: kt prices unpriced)")] : [];

    private static IEnumerable<(string, string)> Files(JsonElement run) => FilesOf(run).SelectMany(file => new[]
    {
        ("data", Location(run, file, "location", "key")), ("sha256", $"{file.Text("sha256")}, {file.Counted("rows", "row")} of {file.Text("billing_period")}"),
    });

    private static List<JsonElement> FilesOf(JsonElement run) => run.TryGetProperty("files", out var files) ? [.. files.EnumerateArray()] : [];

    private static int ShowRun(KtEnvironment environment, OutputFormat format, JsonElement run)
    {
        var printer = environment.Printer(format);
        printer.Show(run, () => printer.Facts(
        [
            ("run", run.Text("run_id")),
            ("state", State(run) + (run.Text("error") is { Length: > 0 } error ? $": {error}" : "")),
            ("covers", $"{run.Time("from")} to {run.Time("to")}{Period(run)}"),
            ("rows", run.Count("rows")),
            ("cost", $"{run.Exact("cost")} {run.Text("currency")}"),
            .. Late(run),
            .. NotKept(run),
            .. Unpriced(run),
            .. Files(run),
            ("manifest", Location(run, run, "manifest_location", "manifest_key")),
        ]));

        return run.Text("state") == "failed" ? ExitCodes.Failed : ExitCodes.Ok;
    }
}
