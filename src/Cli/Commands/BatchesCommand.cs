using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt batches list|show|cancel</c>: work that waits for its lane's windows.</summary>
internal static class BatchesCommand
{
    private static readonly string[] Columns =
        ["batch", "name", "lane", "status", ">of", ">waiting", ">running", ">succeeded", ">failed", ">unknown", ">cancelled", "created", "ended"];

    public static Command Create(KtEnvironment environment) => new("batches", "Work that waits for its lane's windows, of the inference key's team.")
    {
        BatchesSubmitCommand.Create(environment),
        List(environment),
        One(environment, "show", "How a batch stands.", (api, id, cancellation) => api.GetAsync($"v1/batches/{id}", cancellation)),
        One(environment, "cancel", "Begins nothing more of a batch; what has begun ends.", (api, id, cancellation) => api.PostAsync($"v1/batches/{id}/cancel", write: null, cancellation)),
        BatchesResultsCommand.Create(environment),
    };

    public static Argument<Guid> Id() => new("batch") { Description = "As kt batches list says." };

    private static Command List(KtEnvironment environment)
    {
        var paging = new PageOptions(200);
        var output = CommonOptions.Output();
        return new Command("list", "A page of batches, newest first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.ConnectToGateway();
                using var answer = await api.GetAsync(
                    Query.Path("v1/batches", [("limit", parsed.GetValue(paging.Limit).ToString(CultureInfo.InvariantCulture)), ("after", parsed.GetValue(paging.Page))]), cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                Print(printer, answer.RootElement, answer.RootElement.GetProperty("data").EnumerateArray());

                // A gateway of a release before has no pages.
                if (!printer.IsJson && answer.RootElement.TryGetProperty("has_more", out var more) && more.GetBoolean())
                {
                    environment.Error.WriteLine($"More: --page {answer.RootElement.Text("last_id")}");
                }

                return ExitCodes.Ok;
            },
            paging.Limit, paging.Page, output);
    }

    private static Command One(KtEnvironment environment, string name, string description, Func<ApiClient, Guid, CancellationToken, Task<JsonDocument>> ask)
    {
        var id = Id();
        var output = CommonOptions.Output();
        return new Command(name, description).Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.ConnectToGateway();
                using var answer = await ask(api, parsed.GetValue(id), cancellation);
                Print(environment.Printer(parsed.GetValue(output)), answer.RootElement, [answer.RootElement]);
                if (answer.RootElement.Text("status") == "waiting")
                {
                    // A gateway of a release before says the present moment of a window that is open, and no more.
                    environment.Error.WriteLine(
                        answer.RootElement.TryGetProperty("window_is_open", out var open) && open.ValueKind == JsonValueKind.True ? "Its lane's window is open."
                        : answer.RootElement.GetProperty("window_opens_at").ValueKind == JsonValueKind.String
                        ? $"Its lane's window opens at {answer.RootElement.Time("window_opens_at")}."
                        : $"Its lane '{answer.RootElement.Text("lane")}' is gone or has no windows, so nothing of it runs: ask an admin for the lane's windows (kt routes apply), or cancel it.");
                }

                if (Waits(answer.RootElement, "waits_for_funds_until"))
                {
                    environment.Error.WriteLine($"The wallet cannot pay: what is not paid until {answer.RootElement.Time("waits_for_funds_until")} fails.");
                }

                if (Waits(answer.RootElement, "waits_for_unfreezing_until"))
                {
                    environment.Error.WriteLine(
                        $"Its key, team or wallet is frozen: nothing of it runs until an admin unfreezes it, and what has not run by {answer.RootElement.Time("waits_for_unfreezing_until")} fails.");
                }

                return ExitCodes.Ok;
            },
            id, output);
    }

    private static bool Waits(JsonElement batch, string until) => batch.TryGetProperty(until, out var moment) && moment.ValueKind == JsonValueKind.String;

    private static void Print(Printer printer, JsonElement answer, IEnumerable<JsonElement> batches)
    {
        if (printer.IsJson)
        {
            printer.Json(answer);
            return;
        }

        printer.List(Columns, batches.Select(batch =>
        {
            var counts = batch.GetProperty("request_counts");
            return (IReadOnlyList<string>)
            [
                batch.Text("id"), Show.OrAll(batch.Text("name"), "–"), batch.Text("lane"), batch.Text("status").Replace('_', ' '), counts.Count("total"), counts.Count("waiting"),
                counts.Count("running"), counts.Count("succeeded"), counts.Count("failed"), counts.Count("unknown"), counts.Count("cancelled"), batch.Time("created_at"),
                batch.Time("ended_at"),
            ];
        }));
    }
}
