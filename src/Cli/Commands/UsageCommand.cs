using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt usage list|show|tail|correct|adjust|republish</c>: single records, and what Wallet is told of them; <c>kt events list|tail</c> by the name that people know.</summary>
internal static class UsageCommand
{
    private static readonly string[] Columns =
        ["occurred", "team", "workload", "model", "funding", "mark", "outcome", ">input", ">cached", ">output", ">cost", ">ms", "attempt"];

    public static Command Create(KtEnvironment environment) =>
        new("usage", "Single usage records.")
        {
            List(environment), UsageShowCommand.Create(environment), UsageTailCommand.Create(environment), UsageCorrectCommand.Create(environment), UsageAdjustCommand.Create(environment),
            UsageRepublishCommand.Create(environment),
        };

    public static Command CreateEvents(KtEnvironment environment) =>
        new("events", "Usage records, as kt usage list and kt usage tail.") { List(environment), UsageTailCommand.Create(environment) };

    public static Option<string[]> Tag() => TagOption.Create("Only records with this tag, name=value; again for more.");

    public static IEnumerable<(string Name, string? Value)> Tags(ParseResult parsed, Option<string[]> tag) =>
        parsed.GetRequiredValue(tag).Select(value => ("tag", (string?)value));

    public static string Cost(JsonElement record) => record.Amount("cost") is null ? "unpriced" : record.Exact("cost");

    private static Command List(KtEnvironment environment)
    {
        var filters = new SpendFilterOptions(withMark: true);
        var tag = Tag();
        var from = DateOption.Moment("--from", "From this date or time on.");
        var to = DateOption.Moment("--to", "Before this date or time.");
        var zone = CommonOptions.Text("--time-zone", "IANA name of the zone whose dates are meant. Default: UTC.");
        var attempt = CommonOptions.Text("--attempt", "Only this attempt (UUID), with its corrections.");
        var paging = new PageOptions(50);
        var output = CommonOptions.Output();
        return new Command("list", "Usage records, newest first.").Does(
            async (parsed, cancellation) =>
            {
                TimeOption.CheckRange(parsed, from, to);
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path(
                        "v1/usage",
                        [
                            .. filters.Read(parsed), .. Tags(parsed, tag), ("from", parsed.GetValue(from)), ("to", parsed.GetValue(to)),
                            ("time_zone", parsed.GetValue(zone)), ("attempt_id", parsed.GetValue(attempt)), .. paging.Read(parsed),
                        ]),
                    cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Rows(answer.RootElement, Columns.In(answer.RootElement.GetProperty("records"), "cost"), "records", record =>
                [
                    record.Time("occurred_at"), record.Text("team_id"), record.Text("workload"), record.Text("model"), record.Text("funding"),
                    record.Text("mark"), record.Text("outcome"), record.GetProperty("tokens").Count("input"), record.GetProperty("tokens").Count("cached_input"),
                    record.GetProperty("tokens").Count("output"), Cost(record), record.Count("total_ms"), record.Text("attempt_id"),
                ]);
                environment.TellOfMore(printer, answer);
                return ExitCodes.Ok;
            },
            [.. filters.All, tag, from, to, zone, attempt, paging.Limit, paging.Page, output]);
    }
}
