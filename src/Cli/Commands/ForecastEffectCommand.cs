using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt forecast effect</c>: what spend did after a change.</summary>
internal static class ForecastEffectCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var change = new Argument<string?>("change") { Description = "Id of a change (kt forecast controls).", Arity = ArgumentArity.ZeroOrOne };
        var since = DateOption.Day("--since", "Instead of a change: the first day to judge, yyyy-MM-dd.");
        var team = CommonOptions.Team();
        var workload = CommonOptions.Text("--workload", "Only this class of calls.");
        var lane = CommonOptions.Text("--lane", "Only this lane.");
        var days = NumberOption.Optional("--days", "Days after the change that are judged at most, 3 to 90 (28).", 3, 90);
        var zone = CommonOptions.Text("--time-zone", "IANA name of the zone whose days they are. Default: UTC.");
        var output = CommonOptions.Output();
        var command = new Command("effect", "What spend did after a change, beside what its past alone made likely.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await environment.GetNamedAsync(
                    api, parsed.GetValue(output),
                    Query.Path(
                        "v1/forecast/effect", ("event_id", parsed.GetValue(change)), ("since", parsed.GetValue(since)), ("team_id", parsed.GetValue(team)),
                        ("workload", parsed.GetValue(workload)), ("lane", parsed.GetValue(lane)), ("days", parsed.GetValue(days)?.ToString(CultureInfo.InvariantCulture)),
                        ("time_zone", parsed.GetValue(zone))),
                    cancellation);
                environment.Printer(parsed.GetValue(output)).Show(answer.RootElement, Print);
                return ExitCodes.Ok;
            },
            change, since, team, workload, lane, days, zone, output);
        command.Validators.Add(result =>
        {
            if (result.GetValue(change) is null == result.GetResult(since) is null)
            {
                result.AddError("Say what to judge: a CHANGE (kt forecast controls shows their ids), or --since with a day such as 2026-06-01.");
            }
        });
        return command;
    }

    private static void Print(Printer printer, JsonElement effect)
    {
        if (effect.TryGetProperty("change", out var change) && change.ValueKind == JsonValueKind.Object)
        {
            printer.Line($"{change.Time("occurred_at")}: {change.Text("summary")}, by {change.Text("actor")}");
        }

        printer.Line(effect.Text("sentence"));
        printer.Facts(
        [
            ("spent", $"{effect.Rough("actual")} {effect.Text("currency")} in {effect.Text("days")} days from {effect.Text("first_day")} on"),
            ("likely without it", $"P10 {effect.Rough("expected_p10")}   P50 {effect.Rough("expected_p50")}   P90 {effect.Rough("expected_p90")}, from {effect.Text("days_before")} days before"),
            ("difference", $"P10 {effect.Rough("difference_p10")}   P50 {effect.Rough("difference_p50")}   P90 {effect.Rough("difference_p90")}"),
        ]);
        foreach (var other in effect.GetProperty("others").EnumerateArray())
        {
            printer.Line($"Cannot be told apart from: {other.Time("occurred_at")} {other.Text("summary")}, by {other.Text("actor")}");
        }

        if (effect.GetProperty("others_total").GetInt32() - effect.GetProperty("others").GetArrayLength() is > 0 and var more)
        {
            printer.Line($"Nor from {more} more: kt forecast controls shows them.");
        }
    }
}
