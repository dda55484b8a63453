using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt usage tail</c>: a line a record as it is recorded, until interrupted.</summary>
internal static class UsageTailCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var filters = new SpendFilterOptions(withMark: true);
        var tag = UsageCommand.Tag();
        var last = NumberOption.Create("--last", "Begin with so many of the newest records, 0 to 100.", 0, 100, 10);
        var output = CommonOptions.Output();
        return new Command("tail", "Usage records as they are recorded; json is one object a line. Ends with Ctrl+C.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                await using var stream = await api.OpenAsync(
                    Query.Path(
                        "v1/usage/tail",
                        [.. filters.Read(parsed), .. UsageCommand.Tags(parsed, tag), ("last", parsed.GetValue(last).ToString(CultureInfo.InvariantCulture))]),
                    cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                await foreach (var item in Ndjson.ReadAsync(stream, cancellation))
                {
                    if (item.TryGetProperty("ended", out var ended))
                    {
                        throw Problem.Read(ended.GetProperty("status").GetInt32(), "application/problem+json", ended.GetRawText());
                    }

                    Print(environment, printer, item);
                }

                return ExitCodes.Ok;
            },
            [.. filters.All, tag, last, output]);
    }

    private static void Print(KtEnvironment environment, Printer printer, JsonElement item)
    {
        if (item.TryGetProperty("left_out", out _))
        {
            environment.Error.WriteLine("… more was recorded than is shown here: filter, or see kt usage list.");
        }
        else if (printer.IsJson)
        {
            printer.Line(item.GetRawText());
        }
        else
        {
            var tokens = item.GetProperty("tokens");
            printer.Line(
                $"{item.Time("occurred_at")}  {item.Text("team_id"),-20}  {Show.OrAll(item.Text("workload"), "–"),-12}  {item.Text("model"),-24}  {item.Text("outcome"),-13}  "
                + $"{tokens.Count("input"),9} in  {tokens.Count("output"),7} out  {UsageCommand.Cost(item),14}  {item.Text("attempt_id")}{Show.Prefixed("  ", item.Text("mark"))}");
        }
    }
}
