using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt export-jobs schedule|create|list|get|run|runs|download</c>.</summary>
internal static class ExportJobsCommand
{
    private static readonly string[] Columns = ["name", "cron (UTC)", "window", "format", "destination", "next due", "last run"];

    public static Command Create(KtEnvironment environment) => new("export-jobs", "Scheduled exports for finance.")
    {
        Schedule(environment),
        ExportRunsCommand.Create(environment),
        List(environment),
        Get(environment),
        ExportRunsCommand.Run(environment),
        ExportRunsCommand.Runs(environment),
        ExportRunsCommand.Download(environment),
    };

    private static Command Schedule(KtEnvironment environment)
    {
        var name = CommonOptions.Required("--name", "Unique: letters, digits, '-' and '_'.");
        var cron = CommonOptions.Required("--cron", "Five fields in UTC: minute hour day month weekday.");
        var window = CommonOptions.Required("--window", "What a run covers: 1h, 6h, 24h, 7d or 30d.");
        var format = new Option<string>("--format") { Description = "json.", DefaultValueFactory = _ => "json" };
        var bucket = CommonOptions.Required("--s3-bucket", "The bucket to write to.");
        var prefix = CommonOptions.Text("--s3-prefix", "What the objects' keys begin with.");
        var output = CommonOptions.Output();
        return new Command("schedule", "Make a job with a schedule.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    "v1/exports/jobs",
                    body =>
                    {
                        body.WriteString("name", parsed.GetRequiredValue(name));
                        body.WriteString("cron", parsed.GetRequiredValue(cron));
                        body.WriteString("window", parsed.GetRequiredValue(window));
                        body.WriteString("format", parsed.GetRequiredValue(format));
                        body.WriteString("s3_bucket", parsed.GetRequiredValue(bucket));
                        body.WriteOptional("s3_prefix", parsed.GetValue(prefix));
                    },
                    cancellation);
                ShowJob(environment.Printer(parsed.GetValue(output)), answer.RootElement);
                return ExitCodes.Ok;
            },
            name, cron, window, format, bucket, prefix, output);
    }

    private static Command List(KtEnvironment environment)
    {
        var output = CommonOptions.Output();
        return new Command("list", "All jobs.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync("v1/exports/jobs", cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    printer.Json(answer.RootElement);
                    return ExitCodes.Ok;
                }

                printer.Table(Columns, answer.RootElement.GetProperty("jobs").EnumerateArray().Select(job => (IReadOnlyList<string>)
                    [job.Text("name"), job.Text("cron"), job.Text("window"), job.Text("format"), Destination(job), job.Time("next_due_at"), LastRun(job)]));
                return ExitCodes.Ok;
            },
            output);
    }

    private static Command Get(KtEnvironment environment)
    {
        var job = new Argument<string>("job") { Description = "Its name or id." };
        var output = CommonOptions.Output();
        return new Command("get", "One job.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync($"v1/exports/jobs/{Uri.EscapeDataString(parsed.GetRequiredValue(job))}", cancellation);
                ShowJob(environment.Printer(parsed.GetValue(output)), answer.RootElement);
                return ExitCodes.Ok;
            },
            job, output);
    }

    private static void ShowJob(Printer printer, JsonElement job)
    {
        if (printer.IsJson)
        {
            printer.Json(job);
            return;
        }

        printer.Facts(
        [
            ("job", $"{job.Text("name")} ({job.Text("job_id")})"),
            ("schedule", $"{job.Text("cron")} UTC, each run covers {job.Text("window")}"),
            ("destination", $"{Destination(job)} as {job.Text("format")}"),
            ("next due", job.Time("next_due_at")),
            ("last run", LastRun(job)),
        ]);
    }

    private static string Destination(JsonElement job) => $"{job.Text("s3_bucket")}/{job.Text("s3_prefix")}";

    private static string LastRun(JsonElement job) => job.GetProperty("last_run") is { ValueKind: JsonValueKind.Object } run
        ? $"{run.Text("state")} {run.Time("started_at")}{(run.Text("error") is { Length: > 0 } error ? $": {error}" : "")}"
        : "none yet";
}
