using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt export-jobs schedule|list|get</c>, and what else there is under <c>export-jobs</c>.</summary>
internal static class ExportJobsCommand
{
    private const string WindowHelp =
        "What a scheduled run covers: interval (since the previous due time), month (the calendar month that ended), or 1h, 6h, 24h, 7d or 30d (until the due time).";

    private const string FormatHelp = "json, csv or parquet (the same columns), focus (FinOps Open Cost and Usage Specification, as csv) or focus-parquet.";

    /// <summary>Windows that are a length, which needs no schedule to end at.</summary>
    public static readonly string[] Lengths = ["1h", "6h", "24h", "7d", "30d"];

    private static readonly string[] Windows = ["interval", "month", .. Lengths];

    private static readonly string[] Formats = ["json", "csv", "parquet", "focus", "focus-parquet"];

    public static Option<string?> FocusVersion() => ChoiceOption.Create("--focus-version", "Of formats focus and focus-parquet: 1.4 (default) or 1.2.", "1.4", "1.2");

    /// <summary>The window of a job that is: as it was when absent.</summary>
    public static Option<string?> Window() => ChoiceOption.Create("--window", WindowHelp, Windows);

    /// <summary>The format of a job that is: as it was when absent.</summary>
    public static Option<string?> Format() => ChoiceOption.Create("--format", FormatHelp, Formats);

    /// <summary>The format of a job or a run that is to be.</summary>
    public static Option<string> NewFormat() => new Option<string>("--format") { Description = FormatHelp, DefaultValueFactory = _ => "json" }.Among(Formats);

    private static readonly string[] Columns = ["name", "cron (UTC)", "window", "format", "destination", "next due", "last run"];

    public static Command Create(KtEnvironment environment) => new("export-jobs", "Scheduled exports for finance.")
    {
        Schedule(environment),
        ExportRunsCommand.Create(environment),
        List(environment),
        Get(environment),
        ExportJobChangesCommand.Change(environment),
        ExportJobChangesCommand.Pause(environment),
        ExportJobChangesCommand.Resume(environment),
        ExportJobChangesCommand.Remove(environment),
        ExportRunsCommand.Run(environment),
        ExportRunsCommand.Runs(environment),
        ExportRunsCommand.Retry(environment),
        ExportDownloadCommand.Create(environment),
    };

    private static Command Schedule(KtEnvironment environment)
    {
        var name = CommonOptions.Required("--name", "Unique: letters, digits, '-' and '_'.");
        var cron = CommonOptions.Required("--cron", "Five fields in UTC: minute hour day month weekday.");
        var window = CommonOptions.Required("--window", WindowHelp).Among(Windows);
        var format = NewFormat();
        var version = FocusVersion();
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
                        body.WriteOptional("focus_version", parsed.GetValue(version));
                    },
                    cancellation);
                return await PrintAsync(environment, api, parsed.GetValue(output), answer, cancellation);
            },
            name, cron, window, format, version, bucket, prefix, output);
    }

    private static Command List(KtEnvironment environment)
    {
        var output = CommonOptions.Output();
        return new Command("list", "All jobs.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync("v1/exports/jobs", cancellation);
                environment.Printer(parsed.GetValue(output)).Rows(answer.RootElement, Columns, "jobs", job =>
                [
                    job.Text("name"), job.Text("cron"), job.Text("window") + (job.Text("warning").Length > 0 ? " (!)" : ""), Format(job), Destination(job),
                    NextDue(job), LastRun(job),
                ]);
                foreach (var job in answer.RootElement.GetProperty("jobs").EnumerateArray().Where(job => job.Text("warning").Length > 0))
                {
                    environment.Error.WriteLine($"{job.Text("name")}: {job.Text("warning")}");
                }

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
                return await PrintAsync(environment, api, parsed.GetValue(output), answer, cancellation);
            },
            job, output);
    }

    /// <summary>One job as facts, or as the API's JSON; what its windows lose or double on stderr.</summary>
    public static async Task<int> PrintAsync(KtEnvironment environment, ApiClient api, OutputFormat format, JsonDocument answer, CancellationToken cancellation)
    {
        using var named = await environment.NamedAsync(api, format, answer, cancellation);
        var job = named.RootElement;
        if (job.Text("warning") is { Length: > 0 } warning)
        {
            environment.Error.WriteLine($"Note: {warning}");
        }

        environment.Printer(format).Show(job, (printer, _) => printer.Facts(
        [
            ("job", $"{job.Text("name")} ({job.Text("job_id")})"),
            ("schedule", $"{job.Text("cron")} UTC, each run covers {Window(job)}"),
            ("destination", $"{Destination(job)} as {Format(job)}"),
            ("next due", NextDue(job)),
            ("last run", LastRun(job)),
            ("made by", job.Text("created_by")),
            ("changed by", job.Text("changed_by")),
        ]));
        return ExitCodes.Ok;
    }

    private static string Window(JsonElement job) => job.Text("window") switch
    {
        "interval" => "the time since the previous due time",
        "month" => "the calendar month that ended",
        var length => length,
    };

    private static string NextDue(JsonElement job) => job.Text("removed_at").Length > 0 ? $"removed {job.Time("removed_at")}"
        : job.Text("paused_at").Length > 0 ? $"paused {job.Time("paused_at")}"
        : job.Time("next_due_at");

    private static string Format(JsonElement job) => $"{job.Text("format")} {job.Text("focus_version")}".TrimEnd();

    private static string Destination(JsonElement job) => $"{job.Text("s3_bucket")}/{job.Text("s3_prefix")}";

    private static string LastRun(JsonElement job) => job.GetProperty("last_run") is { ValueKind: JsonValueKind.Object } run
        ? $"{run.Text("state")} {run.Time("started_at")}{(run.Text("error") is { Length: > 0 } error ? $": {error}" : "")}"
        : "none yet";
}
