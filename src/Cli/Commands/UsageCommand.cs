using System.CommandLine;
using System.Globalization;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt usage list</c>: single records, newest first.</summary>
internal static class UsageCommand
{
    private static readonly string[] Columns =
        ["occurred", "team", "workload", "model", "funding", "outcome", ">input", ">cached", ">output", ">cost", ">ms", "attempt"];

    public static Command Create(KtEnvironment environment)
    {
        var team = CommonOptions.Team();
        var from = CommonOptions.Text("--from", "From this date or time on.");
        var to = CommonOptions.Text("--to", "Before this date or time.");
        var attempt = CommonOptions.Text("--attempt", "Only this attempt (UUID), with its corrections.");
        var limit = new Option<int>("--limit") { Description = "How many, 1 to 1,000.", DefaultValueFactory = _ => 50 };
        var page = CommonOptions.Text("--page", "The page token that the page before named.");
        var output = CommonOptions.Output();
        var list = new Command("list", "Usage records, newest first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path(
                        "v1/usage", ("team_id", parsed.GetValue(team)), ("from", parsed.GetValue(from)), ("to", parsed.GetValue(to)),
                        ("attempt_id", parsed.GetValue(attempt)), ("page_size", parsed.GetValue(limit).ToString(CultureInfo.InvariantCulture)),
                        ("page_token", parsed.GetValue(page))),
                    cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    printer.Json(answer.RootElement);
                    return ExitCodes.Ok;
                }

                printer.Table(Columns, answer.RootElement.GetProperty("records").EnumerateArray().Select(record => (IReadOnlyList<string>)
                [
                    record.Time("occurred_at"), record.Text("team_id"), record.Text("workload"), record.Text("model"), record.Text("funding"),
                    record.Text("outcome"), record.GetProperty("tokens").Count("input"), record.GetProperty("tokens").Count("cached_input"),
                    record.GetProperty("tokens").Count("output"), record.Amount("cost") is null ? "unpriced" : record.Exact("cost"),
                    record.Count("total_ms"), record.Text("attempt_id"),
                ]));
                if (answer.RootElement.Text("next_page_token") is { Length: > 0 } next)
                {
                    environment.Error.WriteLine($"More: --page {next}");
                }

                return ExitCodes.Ok;
            },
            team, from, to, attempt, limit, page, output);
        return new Command("usage", "Single usage records.") { list };
    }
}
