using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;

namespace Platform.Cli.Commands;

/// <summary><c>kt export-jobs change|pause|resume|remove</c>.</summary>
internal static class ExportJobChangesCommand
{
    public static Command Change(KtEnvironment environment)
    {
        var job = Job();
        var cron = CommonOptions.Text("--cron", "Five fields in UTC: minute hour day month weekday.");
        var window = ExportJobsCommand.Window();
        var format = ExportJobsCommand.Format();
        var version = ExportJobsCommand.FocusVersion();
        var bucket = CommonOptions.Text("--s3-bucket", "The bucket to write to.");
        var prefix = CommonOptions.Text("--s3-prefix", "What the objects' keys begin with.");
        var output = CommonOptions.Output();
        return new Command("change", "Change what is given of a job; its next run begins where the last one ended all the same.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PatchAsync(
                    Path(parsed.GetRequiredValue(job)),
                    body =>
                    {
                        body.WriteOptional("cron", parsed.GetValue(cron));
                        body.WriteOptional("window", parsed.GetValue(window));
                        body.WriteOptional("format", parsed.GetValue(format));
                        body.WriteOptional("s3_bucket", parsed.GetValue(bucket));
                        body.WriteOptional("s3_prefix", parsed.GetValue(prefix));
                        body.WriteOptional("focus_version", parsed.GetValue(version));
                    },
                    cancellation);
                return await ExportJobsCommand.PrintAsync(environment, api, parsed.GetValue(output), answer, cancellation);
            },
            job, cron, window, format, version, bucket, prefix, output).RequireChange("kt export-jobs get JOB", cron, window, format, version, bucket, prefix);
    }

    public static Command Pause(KtEnvironment environment) =>
        Patch(environment, "pause", "Keep a job from running until it is resumed; nothing is lost.", body => body.WriteBoolean("paused", true));

    public static Command Resume(KtEnvironment environment) =>
        Patch(environment, "resume", "Let a paused job run again; of a series its next run covers the time between.", body => body.WriteBoolean("paused", false));

    public static Command Remove(KtEnvironment environment)
    {
        var job = Job();
        var output = CommonOptions.Output();
        return new Command("remove", "End a job; its runs and files stay, and its name is free, for another bucket or prefix where it has had a run.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.DeleteAsync(Path(parsed.GetRequiredValue(job)), cancellation);
                return await ExportJobsCommand.PrintAsync(environment, api, parsed.GetValue(output), answer, cancellation);
            },
            job, output);
    }

    private static Command Patch(KtEnvironment environment, string name, string description, Action<Utf8JsonWriter> write)
    {
        var job = Job();
        var output = CommonOptions.Output();
        return new Command(name, description).Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PatchAsync(Path(parsed.GetRequiredValue(job)), write, cancellation);
                return await ExportJobsCommand.PrintAsync(environment, api, parsed.GetValue(output), answer, cancellation);
            },
            job, output);
    }

    private static Argument<string> Job() => new("job") { Description = "Its name or id." };

    private static string Path(string job) => $"v1/exports/jobs/{Uri.EscapeDataString(job)}";
}
