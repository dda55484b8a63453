using System.CommandLine;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt messages dead list|show|replay|discard</c>: messages between services that no try could handle.</summary>
internal static class MessagesCommand
{
    private static readonly string[] Columns = ["id", "queue", "type", "failed", "failure"];

    public static Command Create(KtEnvironment environment) => new("messages", "Messages between services.")
    {
        new Command("dead", "Those that no try could handle.")
        {
            List(environment), Show(environment),
            Decide(environment, "replay", "Send messages to their queues again, after their cause is mended. An effect is there once, however often it is sent."),
            Decide(environment, "discard", "Keep messages from ever being handled."),
        },
    };

    private static Command List(KtEnvironment environment)
    {
        var state = ChoiceOption.Create("--state", "dead (default), replayed or discarded.", "dead", "replayed", "discarded");
        var page = CommonOptions.Text("--page", "The page token that the page before named.");
        var output = CommonOptions.Output();
        return new Command("list", "What waits for a decision: of each service the newest thousand a page.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(ListPath(parsed.GetValue(state), parsed.GetValue(page)), cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Show(answer.RootElement, () => printer.List(Columns, Messages(answer).Select(message => (IReadOnlyList<string>)
                    [message.Text("id"), message.Text("queue"), message.Text("message_type"), message.Time("failed_at"), $"{message.Text("failure_type")}: {message.Text("failure_message")}"])));
                environment.TellOfMore(printer, answer);
                return ExitCodes.Ok;
            },
            state, page, output);
    }

    private static Command Show(KtEnvironment environment)
    {
        var id = new Argument<string>("id") { Description = "As the list says, such as wallet-12." };
        return new Command("show", "One with its body, as JSON.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync($"v1/messages/dead/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}", cancellation);
                environment.Printer(OutputFormat.Json).Json(answer.RootElement);
                return ExitCodes.Ok;
            },
            id);
    }

    private static Command Decide(KtEnvironment environment, string verb, string description)
    {
        var ids = new Argument<string[]>("id") { Description = "As the list says, such as wallet-12.", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "All that wait for a decision." };
        var output = CommonOptions.Output();
        var command = new Command(verb, description).Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                var printer = environment.Printer(parsed.GetValue(output));
                var wanted = parsed.GetValue(all) ? await WaitingAsync(api, cancellation) : parsed.GetRequiredValue(ids);
                using var progress = wanted.Count > 1 ? new ProgressLine(environment, "messages", wanted.Count) : null;
                await printer.AnswerEachAsync(
                    "messages", wanted,
                    async id =>
                    {
                        var answer = await api.PostAsync($"v1/messages/dead/{Uri.EscapeDataString(id)}/{verb}", write: null, cancellation);
                        progress?.Advance(1);
                        return answer;
                    },
                    (_, message) => printer.Line($"{message.Text("id")}  {message.Text("state")}"));
                progress?.Dispose();
                if (wanted.Count == 0)
                {
                    environment.Error.WriteLine("Nothing waits for a decision.");
                }

                return ExitCodes.Ok;
            },
            ids, all, output);
        command.Validators.Add(result =>
        {
            if (result.GetValue(all) == (result.GetValue(ids) is { Length: > 0 }))
            {
                result.AddError("Give the ids, or --all.");
            }
        });
        return command;
    }

    /// <summary>All that wait now, of each service the oldest first, before any is decided: one that fails again meanwhile is another one, and waits for its own decision.</summary>
    private static async Task<IReadOnlyList<string>> WaitingAsync(ApiClient api, CancellationToken cancellation)
    {
        var (ids, page) = (new List<string>(), "");
        do
        {
            using var answer = await api.GetAsync(ListPath(null, page), cancellation);
            ids.AddRange(Messages(answer).Select(message => message.Text("id")));
            page = answer.RootElement.Text("next_page_token");
        }
        while (page.Length > 0);
        ids.Reverse();
        return ids;
    }

    private static string ListPath(string? state, string? page) => Query.Path("v1/messages/dead", [("state", state), ("page_token", page)]);

    private static JsonElement.ArrayEnumerator Messages(JsonDocument answer) => answer.RootElement.GetProperty("messages").EnumerateArray();
}
