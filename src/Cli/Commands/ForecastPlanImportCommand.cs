using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt forecast plan import</c>: a CSV of plan items, all or nothing.</summary>
internal static class ForecastPlanImportCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = $"CSV with a header of plan_id, team_id, model, starts_on, calls_per_day and any of {string.Join(", ", PlanFile.Columns.Except(["plan_id", "team_id", "model", "starts_on", "calls_per_day"]))}." };
        var dry = new Option<bool>("--dry-run") { Description = "Say every problem and what it would cost; change nothing." };
        var output = CommonOptions.Output();
        return new Command("import", "Plan all items of a file, or none when anything is wrong with one.").Does(
            async (parsed, cancellation) =>
            {
                var rows = PlanFile.Read(parsed.GetRequiredValue(file));
                var isReadable = rows.TrueForAll(row => row.Problems.Count == 0);
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    "v1/forecast/plan/import",
                    body =>
                    {
                        body.WriteBoolean("apply", isReadable && !parsed.GetValue(dry));
                        body.WriteStartArray("items");
                        rows.ForEach(row => row.WriteTo(body));
                        body.WriteEndArray();
                    },
                    cancellation);
                return Show(environment, parsed.GetValue(output), answer.RootElement, rows);
            },
            file, dry, output);
    }

    private static int Show(KtEnvironment environment, OutputFormat format, JsonElement answer, List<PlanFileRow> rows)
    {
        var printer = environment.Printer(format);
        var problems = Problems(answer, rows).OrderBy(problem => problem.Line).ToList();
        if (printer.IsJson)
        {
            // The API's answer knows nothing of what was not sent to it.
            rows.ForEach(row => row.Problems.ForEach(problem => environment.Error.WriteLine($"line {row.Line}, {row.PlanId}: {problem.Text}")));
        }

        printer.Show(answer, () =>
        {
            problems.ForEach(problem => environment.Error.WriteLine($"line {problem.Line}, {problem.PlanId}: {problem.Text}"));

            // What the file makes unreadable was not sent: an item without its probability would be shown as certain.
            if (answer.GetProperty("items").GetArrayLength() > 0 && rows.TrueForAll(row => row.Problems.Count == 0))
            {
                ForecastPlanCommand.Print(environment, printer, answer.GetProperty("items"));
            }

            environment.Error.WriteLine(
                problems.Count > 0 ? $"Nothing was changed: {problems.Count} {(problems.Count == 1 ? "problem" : "problems")}." : answer.Text("applied") == "True" ? $"{rows.Count} {(rows.Count == 1 ? "item is" : "items are")} planned." : "Nothing was changed: a dry run.");
        });

        return problems.Count > 0 ? ExitCodes.Failed : ExitCodes.Ok;
    }

    // What the file itself makes unreadable is not sent, so what the API says of those fields is no news.
    private static IEnumerable<(int Line, string PlanId, string Text)> Problems(JsonElement answer, List<PlanFileRow> rows) =>
    [
        .. rows.SelectMany(row => row.Problems.Select(problem => (row.Line, row.PlanId, problem.Text))),
        .. answer.GetProperty("problems").EnumerateArray()
            .Select(problem => (Row: rows[problem.GetProperty("position").GetInt32() - 1], PlanId: problem.Text("plan_id"), Text: problem.Text("problem")))
            .Where(problem => !problem.Row.Problems.Exists(known => problem.Text.Contains(known.Field, StringComparison.Ordinal)))
            .Select(problem => (problem.Row.Line, problem.PlanId, problem.Text)),
    ];
}
