using System.CommandLine;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt export-jobs download</c>: a run's stored bytes, to a file or to stdout.</summary>
internal static class ExportDownloadCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var run = new Argument<string>("run") { Description = "The run's id: kt export-jobs runs lists them." };
        var period = CommonOptions.Text("--period", "Which of its files, such as 2026-06; needed where it has several.");
        var file = CommonOptions.Text("--file", "Where to write; stdout when absent.");
        return new Command("download", "A run's stored bytes, after their hash was checked.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                await using var stream = await api.OpenAsync(
                    Query.Path($"v1/exports/runs/{Uri.EscapeDataString(parsed.GetRequiredValue(run))}/download", ("billing_period", parsed.GetValue(period))), cancellation);
                if (parsed.GetValue(file) is { } path)
                {
                    // So a broken transfer never looks like a whole file.
                    using var draft = DraftFile.Create(path);
                    await stream.CopyToAsync(draft.Writer.BaseStream, cancellation);
                    draft.Keep();
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
            run, period, file);
    }
}
