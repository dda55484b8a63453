using System.CommandLine;
using Platform.Cli.Api;
using Platform.Cli.Output;
using Platform.Cli.Scenarios;

namespace Platform.Cli.Commands;

/// <summary>Scenarios side by side with the forecast: <c>kt forecast --what-if</c> and <c>kt forecast scenarios compare</c>.</summary>
internal static class ForecastWhatIf
{
    public static Option<string[]> Option() => new("--what-if")
    {
        Description = "A scenario: one change such as \"wallet team=search amount=+500\", or several with ';' between them; \"name: \" before them names it. May be given several times.",
        DefaultValueFactory = _ => [],
    };

    public static async Task<int> AnswerAsync(
        KtEnvironment environment, OutputFormat output, IReadOnlyList<ScenarioText> scenarios, IReadOnlyList<string> saved, string? team, string? timeZone, double? confidence,
        ScenarioScope scope, CancellationToken cancellation)
    {
        using var api = environment.Connect();
        using var answer = await api.PostAsync(
            "v1/forecast/what-if",
            body =>
            {
                body.WriteOptional("team_id", team);
                body.WriteOptional("time_zone", timeZone);
                if (confidence is { } share)
                {
                    body.WriteNumber("confidence", share);
                }

                if (scope.Month is not null)
                {
                    body.WriteBoolean("by_month", true);
                }

                body.WriteStartArray("scenarios");
                foreach (var scenario in scenarios)
                {
                    body.WriteStartObject();
                    scenario.Write(body);
                    body.WriteEndObject();
                }

                body.WriteEndArray();
                body.WriteStartArray("saved");
                foreach (var name in saved)
                {
                    body.WriteStringValue(name);
                }

                body.WriteEndArray();
            },
            cancellation);
        using var shown = scope.Month is { } month ? ScenarioTables.Only(answer.RootElement, month) : null;
        environment.Printer(output).Show((shown ?? answer).RootElement, (printer, whole) => ScenarioTables.Print(printer, whole, scope));
        return ExitCodes.Ok;
    }

    /// <summary>Texts of the command line, then those of a file.</summary>
    public static IReadOnlyList<ScenarioText> Read(IEnumerable<string> texts, string? file) =>
        [.. texts.Select((text, place) => ScenarioText.Read(text, place + 1)), .. file is null ? [] : ScenarioText.ReadFile(file)];
}
