using System.CommandLine;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt wallets suspense list|settle</c>: attempts that were sent and whose usage is unknown.</summary>
internal static class WalletSuspenseCommand
{
    private static readonly string[] Columns = ["attempt", "team", "model", ">reserved", "occurred", "reason"];

    public static Command Create(KtEnvironment environment) => new("suspense", "Attempts whose usage is unknown.") { List(environment), Settle(environment) };

    private static Command List(KtEnvironment environment)
    {
        var output = CommonOptions.Output();
        return new Command("list", "What waits for a decision.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                await using var stream = await api.OpenAsync("v1/reconciliation/open-holds", cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                var rows = new List<IReadOnlyList<string>>();
                await foreach (var hold in Ndjson.ReadAsync(stream, cancellation))
                {
                    if (hold.Text("state") != "suspended")
                    {
                        continue;
                    }

                    if (printer.IsJson)
                    {
                        printer.Line(hold.GetRawText());
                    }
                    else
                    {
                        rows.Add([hold.Text("attempt_id"), hold.Text("team_id"), hold.Text("model"), hold.Exact("reserved"), hold.Time("occurred_at"), hold.Text("reason")]);
                    }
                }

                if (!printer.IsJson)
                {
                    printer.Table(Columns, rows);
                }

                return ExitCodes.Ok;
            },
            output);
    }

    private static Command Settle(KtEnvironment environment)
    {
        var attempt = new Argument<string>("attempt") { Description = "The attempt's UUID." };
        var input = Tokens("--input-tokens", "Billed input without what a cache served; 0 when the attempt was not billed.", required: true);
        var cached = Tokens("--cached-input-tokens", "Billed input that a cache served.");
        var answered = Tokens("--output-tokens", "Billed output; 0 when the attempt was not billed.", required: true);
        var reasoning = Tokens("--reasoning-tokens", "Billed reasoning, where it is billed apart.");
        var description = CommonOptions.Text("--description", "Why: the bill's number, for example.");
        var output = CommonOptions.Output();
        return new Command("settle", "Record the attempt's usage from the provider's bill; the rest of its hold returns.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    $"v1/wallets/suspense/{Uri.EscapeDataString(parsed.GetRequiredValue(attempt))}/settle",
                    body =>
                    {
                        body.WriteNumber("input_tokens", parsed.GetValue(input));
                        body.WriteNumber("cached_input_tokens", parsed.GetValue(cached));
                        body.WriteNumber("output_tokens", parsed.GetValue(answered));
                        body.WriteNumber("reasoning_tokens", parsed.GetValue(reasoning));
                        body.WriteOptional("description", parsed.GetValue(description));
                    },
                    cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    printer.Json(answer.RootElement);
                }
                else
                {
                    printer.Facts([("record", answer.RootElement.Text("record_id")), ("outcome", answer.RootElement.Text("outcome")), ("cost", answer.RootElement.Exact("cost"))]);
                }

                return ExitCodes.Ok;
            },
            attempt, input, cached, answered, reasoning, description, output);
    }

    private static Option<long> Tokens(string name, string description, bool required = false) => new(name) { Description = description, Required = required };
}
