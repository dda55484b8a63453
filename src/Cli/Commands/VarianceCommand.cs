using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt variance</c>: what a change of spend between two periods comes from.</summary>
internal static class VarianceCommand
{
    private const string Forecast = "forecast";

    public static Command Create(KtEnvironment environment)
    {
        var team = CommonOptions.Team();
        var period = ChoiceOption.Create(
            "--period", "week or month: against the one before, of one that runs the same days; forecast: this month as expected against the last. Default: month.", "week", "month", Forecast);
        var at = DateOption.Day("--at", "A day of the week or month, yyyy-MM-dd. Default: yesterday.");
        var zone = CommonOptions.Text("--time-zone", "IANA name; periods are calendar periods in it. Default: UTC.");
        var output = CommonOptions.Output();
        var command = new Command("variance", "What a change of spend comes from: growth, waste, planned investment, control, unexplained; adding up, with evidence.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path(
                        "v1/forecast/variance", ("team_id", parsed.GetValue(team)), ("period", parsed.GetValue(period)), ("at", parsed.GetValue(at)), ("time_zone", parsed.GetValue(zone))),
                    cancellation);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, VarianceTables.Print);
                return ExitCodes.Ok;
            },
            team, period, at, zone, output);
        command.Validators.Add(result =>
        {
            if (result.GetValue(period) == Forecast && result.GetResult(at) is not null)
            {
                result.AddError($"{period.Name} {Forecast} is of the month that runs: leave {at.Name} out.");
            }
        });
        return command;
    }
}
