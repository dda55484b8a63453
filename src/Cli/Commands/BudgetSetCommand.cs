using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;

namespace Platform.Cli.Commands;

/// <summary><c>kt budgets set BUDGET</c>.</summary>
internal static class BudgetSetCommand
{
    private const string TagOption = "--tag";

    // Options of the scope and the fields that they fill; the tag fills two.
    private static readonly (string Option, string Field, string Description)[] Dimensions =
    [
        ("--team", "team_id", "Watch this team's spend."), ("--user", "user_id", "Watch this user's spend."), ("--key", "key_id", "Watch this API key's spend (key_…), and that of the keys that replace it."),
        ("--provider", "provider", "Watch spend at this provider."), ("--model", "model", "Watch spend on this model, as the provider serves it."),
        ("--workload", "workload", "Watch this workload class."), ("--lane", "lane", "Watch this lane."),
    ];

    public static Command Create(KtEnvironment environment)
    {
        var id = new Argument<string>("budget") { Description = "An id of your choice: lower-case letters, digits, '_' and '-', beginning with a letter." };
        var scope = Dimensions.Select(dimension => (dimension.Field, Option: CommonOptions.Text(dimension.Option, dimension.Description))).ToList();
        var tag = CommonOptions.Text(TagOption, "Watch usage with this tag: KEY=VALUE.");
        var period = ChoiceOption.Create("--period", "day, week (from Monday), month, quarter or year. A new budget needs it.", ChoiceOption.CalendarPeriods);
        var zone = CommonOptions.Text("--time-zone", "IANA name of the zone whose calendar the periods are of (UTC).");
        var amount = AmountOption.Optional("--amount", "Of each period, for example 500.00. A new budget needs it.");
        var currency = CurrencyOption.Create();
        var name = CommonOptions.Text("--name", "For people.");
        var thresholds = PercentsOption.Create("--thresholds", "Percentages of the amount to be told at, comma-separated; 'none' for none. A new budget has 50,80,100.");
        var forecast = PercentsOption.Create("--forecast-thresholds", "Percentages that the projected spend of the whole period is told at, comma-separated; 'none' for none. A new budget of all spend or of a team has 100.");
        var rates = SwitchOption.Create("--rate-alerts", "on: tell when spend of an hour or a day leaves its own expected band.");
        var hard = SwitchOption.Create("--hard-limit", "on: calls beyond the amount are refused. For all spend, a team, a user or a key.");
        var output = CommonOptions.Output();
        return new Command("set", "Make a budget, or change what is given of one. Whose spend, period and time zone never change.").Does(
            async (parsed, cancellation) =>
            {
                var whose = ReadScope([.. scope.Select(part => (part.Field, parsed.GetValue(part.Option)))], parsed.GetValue(tag));
                using var api = environment.Connect();
                var inCurrency = parsed.GetValue(amount) is null ? "" : await CurrencyOption.ReadAsync(parsed, currency, api, cancellation);
                using var answer = await api.PostAsync(
                    "v1/budgets",
                    body =>
                    {
                        body.WriteString("budget_id", parsed.GetRequiredValue(id));
                        body.WriteOptional("name", parsed.GetValue(name));
                        WriteScope(body, whose);
                        body.WriteOptional("period", parsed.GetValue(period));
                        body.WriteOptional("time_zone", parsed.GetValue(zone));
                        if (parsed.GetValue(amount) is { } given)
                        {
                            body.WriteAmount("amount", given);
                            body.WriteString("currency", inCurrency);
                        }

                        body.WritePercents("actual_percents", parsed, thresholds);
                        body.WritePercents("forecast_percents", parsed, forecast);
                        body.WriteSwitch("rate_alerts", parsed.GetValue(rates));
                        body.WriteSwitch("hard_limit", parsed.GetValue(hard));
                    },
                    cancellation);
                return BudgetsCommand.Print(environment, parsed.GetValue(output), answer.RootElement);
            },
            [id, .. scope.Select(part => part.Option), tag, period, zone, amount, currency, name, thresholds, forecast, rates, hard, output])
            .RequireChange("kt budgets show BUDGET", name, amount, thresholds, forecast, rates, hard);
    }

    /// <summary>The fields of the scope that are given.</summary>
    /// <exception cref="KtError">The tag is not KEY=VALUE.</exception>
    private static List<(string Field, string Value)> ReadScope(IReadOnlyList<(string Field, string? Value)> parts, string? tag)
    {
        var given = parts.Where(part => !string.IsNullOrEmpty(part.Value)).Select(part => (part.Field, Value: part.Value!)).ToList();
        if (tag is not null)
        {
            var equals = tag.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1 || equals == tag.Length - 1)
            {
                throw new KtError(ExitCodes.Usage, $"{TagOption} '{tag}' is not KEY=VALUE, for example project=apollo.");
            }

            given.Add(("tag_key", tag[..equals]));
            given.Add(("tag_value", tag[(equals + 1)..]));
        }

        return given;
    }

    /// <summary>Leaves the scope out when no part of it is given: a new budget then watches all spend, and an existing one keeps what it watches.</summary>
    private static void WriteScope(Utf8JsonWriter body, List<(string Field, string Value)> parts)
    {
        if (parts.Count == 0)
        {
            return;
        }

        body.WriteStartObject("scope");
        foreach (var (field, value) in parts)
        {
            body.WriteString(field, value);
        }

        body.WriteEndObject();
    }
}
