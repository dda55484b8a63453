using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;
using Platform.Contracts;

namespace Platform.Cli.Commands;

/// <summary><c>kt forecast allocate</c>: how a total is best given to teams.</summary>
internal static class ForecastAllocateCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var total = AmountOption.Create("--total", "Of all teams together, for the next month.");
        var confidence = ShareOption.Create("--confidence", "Share of futures that a team's money is to cover (0.9).");
        var zone = CommonOptions.Text("--time-zone", "IANA name of the zone whose month it is. Default: UTC.");
        var refused = new Option<bool>("--count-refused") { Description = "What is refused for want of money is needed too; a call that is tried again counts each time." };
        var output = CommonOptions.Output();
        return new Command("allocate", "How a total for the next month is best given to teams, and what it leaves unfunded. Changes nothing.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path(
                        "v1/forecast/allocation", ("total", parsed.GetRequiredValue(total).ToString()),
                        ("confidence", parsed.GetValue(confidence)?.ToString(CultureInfo.InvariantCulture)), ("time_zone", parsed.GetValue(zone)),
                        ("count_refused", parsed.GetValue(refused) ? "true" : null)),
                    cancellation);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, Print);
                return ExitCodes.Ok;
            },
            total, confidence, zone, refused, output);
    }

    private static void Print(Printer printer, JsonElement plan)
    {
        printer.Line($"{plan.Rough("total")} {plan.Text("currency")} for {plan.Time("period_start")} to {plan.Time("period_end")} (exclusive); in reserve {plan.Rough("reserve")}");
        printer.Table(
            ["team", ">needed", ">allocated", ">unfunded", ">covers", ">expected shortfall", ">refused"],
            plan.GetProperty("teams").EnumerateArray().Select(team => (IReadOnlyList<string>)
            [
                team.Text("team_id"), team.Comparable("needed"), team.Comparable("allocated"), team.Comparable("unfunded"),
                team.GetProperty("covered").GetDouble().ToString("0 %", CultureInfo.InvariantCulture), team.Rough("expected_shortfall"),
                team.Rough("refused"),
            ]),
            ["total", plan.Comparable("needed"), plan.Comparable("allocated"), plan.Comparable("unfunded"), "", "", plan.Rough("refused")]);
        foreach (var team in plan.GetProperty("teams").EnumerateArray())
        {
            printer.Line($"{team.Text("team_id")}: {team.Text("reason")}");
        }
    }
}
