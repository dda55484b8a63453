using System.CommandLine;
using System.Text;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt export-jobs download</c>: the stored bytes of a job's newest completed run, or of a run, to a file or to stdout.</summary>
internal static class ExportDownloadCommand
{
    /// <summary>What every Parquet file begins with. All other formats are text, of which the first letters are ASCII.</summary>
    private static readonly byte[] Parquet = "PAR1"u8.ToArray();

    public static Command Create(KtEnvironment environment)
    {
        var job = new Argument<string>("job")
        {
            Description = "A job's name or id, or the name that an export was created with: its newest completed run. Or a run's id: kt export-jobs runs lists them.",
        };
        var period = DateOption.Month("--period", "Which of its files, such as 2026-06; needed where it has several.");
        var file = CommonOptions.Text("--file", "Where to write; stdout when absent, which takes no Parquet.");
        return new Command("download", "The stored bytes of a job's newest completed run, after their hash was checked.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                await using var stream = await api.OpenAsync(
                    Query.Path($"v1/exports/jobs/{Uri.EscapeDataString(parsed.GetRequiredValue(job))}/download", ("billing_period", parsed.GetValue(period))), cancellation);
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
                    var start = new byte[Parquet.Length];
                    var length = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellation);
                    if (start.AsSpan().SequenceEqual(Parquet))
                    {
                        throw new KtError(ExitCodes.Usage, "This is Parquet, which is no text: add --file PATH.");
                    }

                    await environment.Out.WriteAsync(Encoding.UTF8.GetString(start, 0, length));
                    using var reader = new StreamReader(stream);
                    var block = new char[32 * 1024];
                    for (var read = await reader.ReadAsync(block, cancellation); read > 0; read = await reader.ReadAsync(block, cancellation))
                    {
                        await environment.Out.WriteAsync(block.AsMemory(0, read), cancellation);
                    }
                }

                return ExitCodes.Ok;
            },
            job, period, file);
    }
}
