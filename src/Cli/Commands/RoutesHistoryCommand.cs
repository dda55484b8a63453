using System.CommandLine;
using System.Globalization;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt routes history</c>.</summary>
internal static class RoutesHistoryCommand
{
    private static readonly string[] Columns = [">version", "applied", "by", ">changes", "why"];

    public static Command Create(KtEnvironment environment)
    {
        var limit = NumberOption.Optional("--limit", "At most so many, 1 to 500; 50 when absent.", 1, 500);
        var before = NumberOption.Count("--before", "Only versions below this one.", 1);
        var output = CommonOptions.Output();
        return new Command("history", "The policy's versions, newest first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await environment.GetNamedAsync(
                    api, parsed.GetValue(output),
                    Query.Path(
                        "v1/routes/versions", ("limit", parsed.GetValue(limit)?.ToString(CultureInfo.InvariantCulture)),
                        ("before", parsed.GetValue(before)?.ToString(CultureInfo.InvariantCulture))),
                    cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Rows(answer.RootElement, Columns, "versions", version =>
                    [version.Text("version"), version.Time("applied_at"), version.Text("actor"), $"{version.GetProperty("changes").GetArrayLength()}", version.Text("description")]);
                environment.TellOfOlder(printer, answer);
                return ExitCodes.Ok;
            },
            limit, before, output);
    }
}
