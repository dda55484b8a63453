using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt export-jobs create|run|runs|download</c>: runs, made now rather than on schedule.</summary>
internal static class ExportRunsCommand
{
    private static readonly string[] Columns = ["run", "state", "from", "to", ">rows", ">cost", ">bytes", "data"];

    /// <summary>Runs a job now.</summary>
    public static Command Run(KtEnvironment environment)
    {
        var job = new Argument<string>("job") { Description = "The job's name or id." };
        var repeatable = new RepeatableOption();
        var output = CommonOptions.Output();
        return new Command("run", "Run a job now; ends when its manifest is written.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await repeatable.PostAsync(
                    environment, api, parsed, $"v1/exports/jobs/{Uri.EscapeDataString(parsed.GetRequiredValue(job))}/run", null, cancellation);
                return ShowRun(environment, parsed.GetValue(output), answer.RootElement);
            },
            job, repeatable.Option, output);
    }

    /// <summary>Exports a window once.</summary>
    public static Command Create(KtEnvironment environment)
    {
        var from = CommonOptions.Required("--from", "From this date or time on (UTC).");
        var to = CommonOptions.Text("--to", "Before this date or time (UTC); now when absent.");
        var format = new Option<string>("--format") { Description = "json.", DefaultValueFactory = _ => "json" };
        var bucket = CommonOptions.Required("--s3-bucket", "The bucket to write to.");
        var prefix = CommonOptions.Text("--s3-prefix", "What the objects' keys begin with.");
        var repeatable = new RepeatableOption();
        var output = CommonOptions.Output();
        return new Command("create", "Export a window once, without a schedule.").Does(
            async (parsed, cancellation) =>
            {
                var end = parsed.GetValue(to) ?? environment.Time.GetUtcNow().UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
                using var api = environment.Connect();
                using var answer = await repeatable.PostAsync(
                    environment, api, parsed, "v1/exports/runs",
                    body =>
                    {
                        body.WriteString("from", parsed.GetRequiredValue(from));
                        body.WriteString("to", end);
                        body.WriteString("format", parsed.GetRequiredValue(format));
                        body.WriteString("s3_bucket", parsed.GetRequiredValue(bucket));
                        body.WriteOptional("s3_prefix", parsed.GetValue(prefix));
                    },
                    cancellation, parsed.GetValue(to) is null ? $"--to {end} " : "");
                return ShowRun(environment, parsed.GetValue(output), answer.RootElement);
            },
            from, to, format, bucket, prefix, repeatable.Option, output);
    }

    /// <summary>Lists runs.</summary>
    public static Command Runs(KtEnvironment environment)
    {
        var job = CommonOptions.Text("--job", "Only this job's (name or id).");
        var limit = NumberOption.Create("--limit", "How many, 1 to 1,000.", 1, 1000, 20);
        var output = CommonOptions.Output();
        return new Command("runs", "Runs, newest first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path("v1/exports/runs", ("job", parsed.GetValue(job)), ("limit", parsed.GetValue(limit).ToString(CultureInfo.InvariantCulture))), cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    printer.Json(answer.RootElement);
                    return ExitCodes.Ok;
                }

                printer.Table(Columns, answer.RootElement.GetProperty("runs").EnumerateArray().Select(run => (IReadOnlyList<string>)
                [
                    run.Text("run_id"), State(run), run.Time("from"), run.Time("to"), run.Count("rows"), run.Exact("cost"), run.Count("bytes"),
                    run.Text("error") is { Length: > 0 } error ? error : $"{run.Text("s3_bucket")}/{run.Text("data_key")}",
                ]));
                return ExitCodes.Ok;
            },
            job, limit, output);
    }

    /// <summary>Writes a run's stored bytes to a file or to stdout.</summary>
    public static Command Download(KtEnvironment environment)
    {
        var run = new Argument<string>("run") { Description = "The run's id: kt export-jobs runs lists them." };
        var file = CommonOptions.Text("--file", "Where to write; stdout when absent.");
        return new Command("download", "A run's stored bytes, after their hash was checked.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                await using var stream = await api.OpenAsync($"v1/exports/runs/{Uri.EscapeDataString(parsed.GetRequiredValue(run))}/download", cancellation);
                if (parsed.GetValue(file) is { } path)
                {
                    // Written beside and moved, so that a broken transfer never looks like a whole file.
                    await using (var target = File.Create(path + ".part"))
                    {
                        await stream.CopyToAsync(target, cancellation);
                    }

                    File.Move(path + ".part", path, overwrite: true);
                    environment.Error.WriteLine($"Wrote {path}.");
                }
                else
                {
                    using var reader = new StreamReader(stream);
                    var block = new char[32 * 1024];
                    for (var read = await reader.ReadAsync(block, cancellation); read > 0; read = await reader.ReadAsync(block, cancellation))
                    {
                        await environment.Out.WriteAsync(block.AsMemory(0, read), cancellation);
                    }
                }

                return ExitCodes.Ok;
            },
            run, file);
    }

    /// <summary>With when a failed one is tried again.</summary>
    public static string State(JsonElement run) => run.Text("state") + (run.Text("next_attempt_at").Length > 0 ? $", again at {run.Time("next_attempt_at")}" : "");

    private static int ShowRun(KtEnvironment environment, OutputFormat format, JsonElement run)
    {
        var printer = environment.Printer(format);
        printer.Show(run, () => printer.Facts(
        [
            ("run", run.Text("run_id")),
            ("state", State(run) + (run.Text("error") is { Length: > 0 } error ? $": {error}" : "")),
            ("covers", $"{run.Time("from")} to {run.Time("to")}"),
            ("rows", run.Count("rows")),
            ("cost", $"{run.Exact("cost")} {run.Text("currency")}"),
            ("data", $"{run.Text("s3_bucket")}/{run.Text("data_key")}"),
            ("manifest", $"{run.Text("s3_bucket")}/{run.Text("manifest_key")}"),
            ("sha256", run.Text("sha256")),
        ]));

        return run.Text("state") == "failed" ? ExitCodes.Failed : ExitCodes.Ok;
    }
}
