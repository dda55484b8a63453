using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using CsvHelper;
using CsvHelper.Configuration;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt forecast plan import</c>: a CSV of plan items, all or nothing.</summary>
internal static class ForecastPlanImportCommand
{
    private static readonly string[] Texts = ["plan_id", "name", "team_id", "workload", "lane", "provider", "model", "starts_on", "ends_on", "owner", "note"];
    private static readonly string[] Numbers = ["ramp_days", "calls_per_day", "input_tokens", "output_tokens", "probability", "spread"];

    public static Command Create(KtEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = $"CSV with a header of plan_id, team_id, model, starts_on, calls_per_day and any of {string.Join(", ", Texts.Concat(Numbers).Except(["plan_id", "team_id", "model", "starts_on", "calls_per_day"]))}." };
        var dry = new Option<bool>("--dry-run") { Description = "Say every problem and what it would cost; change nothing." };
        var output = CommonOptions.Output();
        return new Command("import", "Plan all items of a file, or none when anything is wrong with one.").Does(
            async (parsed, cancellation) =>
            {
                var rows = Read(parsed.GetRequiredValue(file));
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    "v1/forecast/plan/import",
                    body =>
                    {
                        body.WriteBoolean("apply", !parsed.GetValue(dry));
                        body.WriteStartArray("items");
                        rows.ForEach(row => Write(body, row.Fields));
                        body.WriteEndArray();
                    },
                    cancellation);
                return Show(environment, parsed.GetValue(output), answer.RootElement, rows);
            },
            file, dry, output);
    }

    private static int Show(KtEnvironment environment, OutputFormat format, JsonElement answer, List<(int Line, Dictionary<string, string> Fields)> rows)
    {
        var printer = environment.Printer(format);
        var problems = answer.GetProperty("problems").EnumerateArray().ToList();
        printer.Show(answer, () =>
        {
            problems.ForEach(problem => environment.Error.WriteLine($"line {rows[problem.GetProperty("position").GetInt32() - 1].Line}, {problem.Text("plan_id")}: {problem.Text("problem")}"));
            ForecastPlanCommand.Print(printer, answer.GetProperty("items"));
            environment.Error.WriteLine(
                problems.Count > 0 ? $"Nothing was changed: {problems.Count} problems." : answer.Text("applied") == "True" ? $"{rows.Count} items are planned." : "Nothing was changed: a dry run.");
        });

        return problems.Count > 0 ? ExitCodes.Failed : ExitCodes.Ok;
    }

    private static List<(int Line, Dictionary<string, string> Fields)> Read(string path)
    {
        using var text = new StreamReader(path);
        using var csv = new CsvReader(text, new CsvConfiguration(CultureInfo.InvariantCulture) { TrimOptions = TrimOptions.Trim, MissingFieldFound = null });
        if (!csv.Read() || !csv.ReadHeader() || csv.HeaderRecord!.Except(Texts).Except(Numbers).ToArray() is not [])
        {
            throw new KtError(ExitCodes.Failed, $"'{path}' needs a header of no other columns than {string.Join(", ", Texts.Concat(Numbers))}.");
        }

        var rows = new List<(int, Dictionary<string, string>)>();
        var problems = new List<string>();
        while (csv.Read())
        {
            var fields = csv.HeaderRecord!.Where(name => !string.IsNullOrEmpty(csv.GetField(name))).ToDictionary(name => name, name => csv.GetField(name)!);
            problems.AddRange(fields.Where(field => Numbers.Contains(field.Key) && !decimal.TryParse(field.Value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _))
                .Select(field => $"line {csv.Parser.RawRow}: {field.Key} '{field.Value}' is no number."));
            rows.Add((csv.Parser.RawRow, fields));
        }

        return problems.Count == 0 ? rows : throw new KtError(ExitCodes.Failed, string.Join(Environment.NewLine, problems));
    }

    private static void Write(Utf8JsonWriter body, Dictionary<string, string> fields)
    {
        body.WriteStartObject();
        foreach (var (name, value) in fields)
        {
            if (Numbers.Contains(name))
            {
                body.WriteNumber(name, decimal.Parse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture));
            }
            else
            {
                body.WriteString(name, value);
            }
        }

        body.WriteEndObject();
    }
}
