using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;
using Platform.Cli.Scenarios;

namespace Platform.Cli.Commands;

/// <summary><c>kt forecast scenarios</c>: what-if scenarios that are kept.</summary>
internal static class ForecastScenariosCommand
{
    public static Command Create(KtEnvironment environment) => new("scenarios", "What-if scenarios that are kept, by name.")
    {
        Save(environment), List(environment), Show(environment), Compare(environment), Remove(environment), Promote(environment),
    };

    private static Command Save(KtEnvironment environment)
    {
        var name = new Argument<string>("name") { Description = "Of your choice: lower-case letters, digits, '_' and '-', beginning with a letter. Your scenario of this name is replaced." };
        var changes = new Option<string[]>("--change") { Description = "One change, such as \"route team=search model=gpt-4o to=openai/gpt-4o-mini share=30%\", or several with ';' between them. Given several times, they act in this order.", DefaultValueFactory = _ => [] };
        var file = CommonOptions.Text("--file", "Instead: a YAML or JSON file that has the scenario of this name.");
        var note = CommonOptions.Text("--note", "Why, for people.");
        var shared = new Option<bool>("--shared") { Description = "Everybody in the organisation may read it; else you and billing admins." };
        var output = CommonOptions.Output();
        return new Command("save", "Keeps a scenario, or replaces yours of this name.").Does(
            async (parsed, cancellation) =>
            {
                var scenario = Read(parsed.GetRequiredValue(name), parsed.GetValue(changes)!, parsed.GetValue(file));
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    "v1/forecast/scenarios",
                    body =>
                    {
                        scenario.Write(body);
                        body.WriteOptional("note", parsed.GetValue(note));
                        body.WriteBoolean("shared", parsed.GetValue(shared));
                    },
                    cancellation);
                environment.Answer(parsed.GetValue(output), answer, $"{scenario.Name} is kept. kt forecast scenarios compare {scenario.Name} sets it beside the forecast.");
                return ExitCodes.Ok;
            },
            name, changes, file, note, shared, output);
    }

    private static ScenarioText Read(string name, string[] changes, string? file)
    {
        if (changes.Length > 0 == file is not null)
        {
            throw new KtError(ExitCodes.Usage, "Say what is to be otherwise: --change, once or several times, or --file.");
        }

        return file is null
            ? new ScenarioText(name, [.. changes.SelectMany(change => ScenarioText.ReadChanges("--change", change))])
            : ScenarioText.ReadFile(file).FirstOrDefault(scenario => scenario.Name == name) ?? throw new KtError(ExitCodes.Usage, $"{file} has no scenario of the name {name}.");
    }

    private static Command List(KtEnvironment environment)
    {
        var output = CommonOptions.Output();
        return new Command("list", "Shared scenarios and your own; billing admins see all.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await environment.GetNamedAsync(api, parsed.GetValue(output), "v1/forecast/scenarios", cancellation);
                environment.Printer(parsed.GetValue(output)).Rows(
                    answer.RootElement, ["scenario", "shared", "owner", "changed", ">changes", "first change", "note"], "scenarios",
                    row =>
                    [
                        row.Text("name"), row.GetProperty("shared").GetBoolean() ? "yes" : "no", row.Text("owner"), row.Time("changed_at"),
                        row.GetProperty("changes").GetArrayLength().ToString(System.Globalization.CultureInfo.InvariantCulture), row.GetProperty("changes")[0].GetString()!, row.Text("note"),
                    ]);
                return ExitCodes.Ok;
            },
            output);
    }

    private static Command Show(KtEnvironment environment)
    {
        var name = new Argument<string>("name") { Description = "Its name." };
        var output = CommonOptions.Output();
        return new Command("show", "A scenario's changes, in the order in which they act.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await environment.GetNamedAsync(api, parsed.GetValue(output), Path(parsed.GetRequiredValue(name)), cancellation);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, Print);
                return ExitCodes.Ok;
            },
            name, output);
    }

    private static Command Compare(KtEnvironment environment)
    {
        var names = new Argument<string[]>("names") { Description = "Of kept scenarios, ten at most.", Arity = ArgumentArity.OneOrMore };
        var team = CommonOptions.Team();
        var zone = CommonOptions.Text("--time-zone", "IANA name; months are calendar months in it. Default: UTC.");
        var layers = new Option<bool>("--layers") { Description = "Layers of every period, else of the next month." };
        var month = DateOption.Month("--month", "One calendar month alone, yyyy-MM, of the thirteen that are forecast.");
        var confidence = ShareOption.Create("--confidence", "Share of futures that the money needed is to cover (0.9).");
        var output = CommonOptions.Output();
        return new Command("compare", "Kept scenarios side by side with the forecast. Changes nothing.").Does(
            (parsed, cancellation) => ForecastWhatIf.AnswerAsync(
                environment, parsed.GetValue(output), [], parsed.GetRequiredValue(names), parsed.GetValue(team), parsed.GetValue(zone), parsed.GetValue(confidence),
                new ScenarioScope(parsed.GetValue(layers), parsed.GetValue(month)), cancellation),
            names, team, zone, layers, month, confidence, output);
    }

    private static Command Remove(KtEnvironment environment)
    {
        var name = new Argument<string>("name") { Description = "Its name." };
        var output = CommonOptions.Output();
        return new Command("remove", "Removes a scenario for good.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.DeleteAsync(Path(parsed.GetRequiredValue(name)), cancellation);
                environment.Answer(parsed.GetValue(output), answer, $"{answer.RootElement.Text("name")} is removed.");
                return ExitCodes.Ok;
            },
            name, output);
    }

    private static Command Promote(KtEnvironment environment)
    {
        var name = new Argument<string>("name") { Description = "Its name." };
        var description = CommonOptions.Text("--description", "Why; it stands in the published version.");
        var output = CommonOptions.Output();
        return new Command("promote", "Makes its plan changes and publishes the forecast with them; says the commands that would do the rest.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    Path(parsed.GetRequiredValue(name)) + "/promote", body => body.WriteOptional("description", parsed.GetValue(description)), cancellation);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, PrintPromoted);
                return ExitCodes.Ok;
            },
            name, description, output);
    }

    private static void PrintPromoted(Printer printer, JsonElement promoted)
    {
        printer.Line(promoted.Text("version").Length > 0
            ? $"The plan is changed, and the forecast is published as version {promoted.Text("version")}."
            : "Nothing was changed: the scenario has no plan changes. What is not the forecast's own:");
        foreach (var deed in promoted.GetProperty("deeds").EnumerateArray())
        {
            printer.Line($"{deed.Text("change")}{(deed.GetProperty("done").GetBoolean() ? ": done" : "")}");
            foreach (var command in deed.GetProperty("commands").EnumerateArray())
            {
                printer.Line($"  {command.GetString()}");
            }
        }
    }

    private static string Path(string name) => $"v1/forecast/scenarios/{Uri.EscapeDataString(name)}";

    private static void Print(Printer printer, JsonElement scenario)
    {
        printer.Facts(
        [
            ("scenario", scenario.Text("name")), ("owner", scenario.Text("owner")), ("shared", scenario.GetProperty("shared").GetBoolean() ? "yes" : "no"),
            ("changed", scenario.Time("changed_at")), ("note", scenario.Text("note")),
            .. scenario.GetProperty("changes").EnumerateArray().Select((change, place) => ($"change {place + 1}", change.GetString()!)),
        ]);
    }
}
