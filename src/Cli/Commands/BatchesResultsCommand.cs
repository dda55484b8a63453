using System.CommandLine;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt batches results BATCH</c>.</summary>
internal static class BatchesResultsCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var id = BatchesCommand.Id();
        var file = CommonOptions.Text("--output-file", "Into this file instead of stdout.");
        return new Command("results", "The answers of what has ended, as JSON Lines, in the file's order.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.ConnectToGateway();
                await using var results = await api.OpenAsync($"v1/batches/{parsed.GetValue(id)}/results", cancellation);
                if (parsed.GetValue(file) is { } path)
                {
                    // So what broke off never looks like all there is.
                    using var draft = DraftFile.Create(path);
                    await results.CopyToAsync(draft.Writer.BaseStream, cancellation);
                    draft.Keep();
                }
                else
                {
                    using var reader = new StreamReader(results);
                    while (await reader.ReadLineAsync(cancellation) is { } line)
                    {
                        environment.Out.WriteLine(line);
                    }
                }

                return ExitCodes.Ok;
            },
            id, file);
    }
}
