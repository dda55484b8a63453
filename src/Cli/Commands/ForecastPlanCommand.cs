using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt forecast plan</c>: demand that is planned.</summary>
internal static class ForecastPlanCommand
{
    private static readonly string[] Columns = ["plan", "team", "workload", "lane", "model", "starts", ">calls a day", ">a day", ">chance", "status", ">planned", ">came"];

    public static Command Create(KtEnvironment environment) => new("plan", "Planned demand: launches, migrations, batch work.")
    {
        Add(environment), List(environment), Remove(environment), ForecastPlanImportCommand.Create(environment),
    };

    /// <summary>A table on stdout, and what is to know of the items' segments beside it.</summary>
    public static void Print(KtEnvironment environment, Printer printer, JsonElement items)
    {
        printer.List(Columns, items.EnumerateArray().Select(Row));
        PrintNotes(environment, items);
    }

    private static Command Add(KtEnvironment environment)
    {
        var id = new Argument<string>("plan") { Description = "An id of your choice: lower-case letters, digits, '_' and '-', beginning with a letter. The item of this id is replaced." };
        (string Field, Option<string?> Option)[] texts =
        [
            ("team_id", CommonOptions.Text("--team", "Whose demand it is.")), ("model", CommonOptions.Text("--model", "As the price book names it.")),
            ("starts_on", DateOption.Day("--starts", "The first day, yyyy-MM-dd.")), ("ends_on", DateOption.Day("--ends", "The day after the last; without it, it stays.")),
            ("name", CommonOptions.Text("--name", "For people.")), ("workload", CommonOptions.Text("--workload", "The class of its calls (any).")),
            ("lane", CommonOptions.Text("--lane", "The lane of its calls (any). In lane scheduled the price of what the policy serves it by counts.")), ("provider", CommonOptions.Text("--provider", "Where several have the model.")),
            ("owner", CommonOptions.Text("--owner", "Who answers for it.")), ("note", CommonOptions.Text("--note", "Why.")),
        ];
        (string Field, Option<long?> Option)[] numbers =
        [
            ("calls_per_day", NumberOption.Count("--calls-per-day", "Calls a day once it has ramped up.", 1)), ("input_tokens", NumberOption.Count("--input-tokens", "Tokens in, a call; this or --output-tokens, or both.")),
            ("output_tokens", NumberOption.Count("--output-tokens", "Tokens out, a call.")), ("ramp_days", NumberOption.Count("--ramp-days", "Days from nothing to all of it. Default: 0.")),
        ];
        (string Field, Option<decimal?> Option)[] shares =
        [
            ("probability", Share("--probability", "That it happens: above 0, at most 1 (1).")), ("spread", Share("--spread", "Within which factor above 1 demand is in eight of ten cases (0.3).")),
        ];
        foreach (var needed in texts.Where(text => text.Field is "team_id" or "model" or "starts_on").Select(text => (Option)text.Option).Append(numbers[0].Option))
        {
            needed.Required = true;
        }

        var output = CommonOptions.Output();
        return new Command("add", "Plan demand, or replace what is planned under an id: what is not given again is not kept, and without --probability it is certain.").Does(
            async (parsed, cancellation) =>
            {
                if (numbers.Where(number => number.Field is "input_tokens" or "output_tokens").All(number => parsed.GetValue(number.Option) is null or 0))
                {
                    throw new KtError(ExitCodes.Usage, "A call has tokens: give --input-tokens, --output-tokens or both.");
                }

                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    "v1/forecast/plan",
                    body =>
                    {
                        body.WriteString("plan_id", parsed.GetRequiredValue(id));
                        foreach (var (field, option) in texts)
                        {
                            body.WriteOptional(field, parsed.GetValue(option));
                        }

                        foreach (var (field, option) in numbers.Where(number => parsed.GetValue(number.Option) is not null))
                        {
                            body.WriteNumber(field, parsed.GetValue(option)!.Value);
                        }

                        foreach (var (field, option) in shares.Where(share => parsed.GetValue(share.Option) is not null))
                        {
                            body.WriteNumber(field, parsed.GetValue(option)!.Value);
                        }
                    },
                    cancellation);
                environment.Answer(parsed.GetValue(output), answer, Sentence(answer.RootElement));
                return ExitCodes.Ok;
            },
            [id, .. texts.Select(text => text.Option), .. numbers.Select(number => number.Option), .. shares.Select(share => share.Option), output]);
    }

    private static Command List(KtEnvironment environment)
    {
        var team = CommonOptions.Team();
        var all = new Option<bool>("--all") { Description = "Ended and removed ones too." };
        var output = CommonOptions.Output();
        return new Command("list", "Plan items by start, with what they cost and what came of them.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(Query.Path("v1/forecast/plan", ("team_id", parsed.GetValue(team)), ("all", parsed.GetValue(all) ? "true" : null)), cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Show(answer.RootElement, () =>
                {
                    Print(environment, printer, answer.RootElement.GetProperty("items"));
                    if (answer.RootElement.Text("record_note") is { Length: > 0 } note)
                    {
                        environment.Error.WriteLine(note);
                    }
                });
                return ExitCodes.Ok;
            },
            team, all, output);
    }

    private static Command Remove(KtEnvironment environment)
    {
        var id = new Argument<string>("plan") { Description = "Its id." };
        var output = CommonOptions.Output();
        return new Command("remove", "Plan it no more.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.DeleteAsync($"v1/forecast/plan/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}", cancellation);
                environment.Answer(parsed.GetValue(output), answer, $"{answer.RootElement.Text("plan_id")} is planned no more.");
                return ExitCodes.Ok;
            },
            id, output);
    }

    private static string Sentence(JsonElement item) => item.Amount("cost_per_day") is null
        ? $"{item.Text("plan_id")} is planned, and in no forecast: {item.Text("price_note")}{Note(item, " ")}"
        : $"{item.Text("plan_id")} is planned from {item.Text("starts_on")} on, at {item.Rough("cost_per_day")} {OrganisationCurrency.Code} a day ({item.Text("price_note")}).{Note(item, " ")}";

    private static string Note(JsonElement item, string before) => item.Text("segment_note") is { Length: > 0 } note ? before + note : "";

    private static void PrintNotes(KtEnvironment environment, JsonElement items)
    {
        foreach (var item in items.EnumerateArray().Where(item => item.Text("segment_note").Length > 0))
        {
            environment.Error.WriteLine(Note(item, $"{item.Text("plan_id")}: "));
        }
    }

    private static IReadOnlyList<string> Row(JsonElement item) =>
    [
        item.Text("plan_id"), item.Text("team_id"), item.Text("workload"), item.Text("lane"), item.Text("model"), item.Text("starts_on"), item.Count("calls_per_day"),
        item.Rough("cost_per_day"), item.GetProperty("probability").GetDecimal().ToString("0 %", CultureInfo.InvariantCulture), item.Text("status"), item.Rough("planned_to_date"),
        item.Rough("actual_to_date"),
    ];

    private static Option<decimal?> Share(string name, string description) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            var text = result.Tokens.Count == 0 ? "" : result.Tokens[0].Value;
            var isNumber = decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var share);
            if ((isNumber ? PlanFile.WrongShare(name.TrimStart('-'), share) : "is no number such as 0.3") is { } problem)
            {
                result.AddError($"{name} '{text}' {problem}.");
            }

            return share;
        },
    };
}
