using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt variance</c>: what a change of spend between two periods comes from.</summary>
internal static class VarianceCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var team = CommonOptions.Team();
        var period = CommonOptions.Text("--period", "week or month: against the one before, of one that runs the same days; forecast: this month as expected against the last. Default: month.");
        var at = DateOption.Day("--at", "A day of the period, yyyy-MM-dd. Default: yesterday.");
        var zone = CommonOptions.Text("--time-zone", "IANA name; periods are calendar periods in it. Default: UTC.");
        var output = CommonOptions.Output();
        return new Command("variance", "What a change of spend comes from: growth, waste, planned investment, control, unexplained; adding up, with evidence.").Does(
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
    }
}
