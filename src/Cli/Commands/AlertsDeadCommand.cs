using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt alerts dead list|replay</c>: deliveries that were given up.</summary>
internal static class AlertsDeadCommand
{
    public static readonly string[] Columns = [">delivery", "channel", "state", ">attempts", "last attempt", "next attempt", "error"];

    private static readonly string[] DeadColumns = [">delivery", "channel", "alert", ">attempts", "last attempt", "error"];

    public static Command Create(KtEnvironment environment) => new("dead", "Deliveries that were given up.") { List(environment), Replay(environment) };

    public static IReadOnlyList<string> Row(JsonElement delivery) =>
    [
        delivery.Text("delivery_id"), delivery.Text("channel_name"), delivery.Text("state"), delivery.Text("attempts"), delivery.Time("last_attempt_at"),
        delivery.Time("next_attempt_at"), delivery.Text("last_error"),
    ];

    private static Command List(KtEnvironment environment)
    {
        var page = new PageOptions();
        var output = CommonOptions.Output();
        return new Command("list", "What was given up, newest first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(Query.Path("v1/alerts/dead", page.Read(parsed)), cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Rows(answer.RootElement, DeadColumns, "deliveries", delivery =>
                [
                    delivery.Text("delivery_id"), delivery.Text("channel_name"), delivery.Text("alert_title"), delivery.Text("attempts"),
                    delivery.Time("last_attempt_at"), delivery.Text("last_error"),
                ]);
                environment.TellOfMore(printer, answer);
                return ExitCodes.Ok;
            },
            page.Limit, page.Page, output);
    }

    private static Command Replay(KtEnvironment environment)
    {
        var ids = new Argument<string[]>("delivery") { Description = "Ids, as kt alerts dead list says.", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "All that were given up when it begins, oldest first, but for channels that are disabled or removed." };
        var output = CommonOptions.Output();
        var command = new Command("replay", "Send deliveries again, under the same ids, after their cause is mended.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                var printer = environment.Printer(parsed.GetValue(output));
                var (wanted, left) = parsed.GetValue(all) ? await DeadAsync(api, cancellation) : (parsed.GetRequiredValue(ids), 0);
                using var progress = wanted.Count > 1 ? new ProgressLine(environment, "deliveries", wanted.Count) : null;
                await printer.AnswerEachAsync(
                    "deliveries", wanted,
                    async id =>
                    {
                        var answer = await api.PostAsync($"v1/alerts/dead/{Uri.EscapeDataString(id)}/replay", write: null, cancellation);
                        progress?.Advance(1);
                        return answer;
                    },
                    (_, delivery) => printer.Line($"{delivery.Text("delivery_id")}  {delivery.Text("state")}"));
                progress?.Dispose();
                if (left > 0)
                {
                    environment.Error.WriteLine($"{left:#,##0} {(left == 1 ? "stays" : "stay")} given up: {(left == 1 ? "its channel is" : "their channels are")} disabled or removed (kt alerts channels list).");
                }
                else if (wanted.Count == 0)
                {
                    environment.Error.WriteLine("Nothing was given up.");
                }

                return ExitCodes.Ok;
            },
            ids, all, output);
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == (result.GetValue(ids) is { Length: > 0 }))
            {
                result.AddError("Give the deliveries, or --all.");
            }
        });
        return command;
    }

    /// <summary>
    /// All that are dead now, in the order in which they were made, which is that in which they are sent; and how many have a channel that takes none: one of them would end the command before those behind it.
    /// </summary>
    private static async Task<(IReadOnlyList<string> Ids, int Left)> DeadAsync(ApiClient api, CancellationToken cancellation)
    {
        using var dead = await api.GetAllAsync("v1/alerts/dead", "deliveries", [], cancellation);
        using var channels = await api.GetAsync("v1/alert-channels", cancellation);
        var enabled = channels.RootElement.GetProperty("channels").EnumerateArray().Where(channel => channel.GetProperty("enabled").GetBoolean())
            .Select(channel => channel.Text("channel_id")).ToHashSet(StringComparer.Ordinal);
        var deliveries = dead.RootElement.GetProperty("deliveries").EnumerateArray().ToList();
        List<string> wanted = [.. deliveries.Where(delivery => enabled.Contains(delivery.Text("channel_id"))).Select(delivery => delivery.Text("delivery_id")).Reverse()];
        return (wanted, deliveries.Count - wanted.Count);
    }
}
