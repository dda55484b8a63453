using System.CommandLine;
using Platform.Cli.Api;
using Platform.Cli.Output;
using Platform.Cli.TextFiles;

namespace Platform.Cli.Commands;

/// <summary><c>kt batches submit FILE</c>.</summary>
internal static class BatchesSubmitCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var file = new Argument<string>("file") { Description = "JSON Lines in OpenAI's batch form: custom_id, method, url, body." };
        var lane = CommonOptions.Text("--lane", "A lane with windows; scheduled when absent.");
        var workload = CommonOptions.Text("--workload", "Instead of the key's.");
        var tag = TagOption.Create("A tag of its calls, name=value, for budgets and kt usage; again for more.");
        var name = CommonOptions.Text("--name", "For people; the file's name when absent.");
        var repeatable = new RepeatableOption();
        var tell = new Option<bool>("--tell") { Description = "Have your team's alert channels hear of its end (kind batch_completed)." };
        var windows = NumberOption.Optional("--windows", "In how many windows it may wait for an allocation when the wallet cannot pay, and for providers that refuse it, 1 to 31; 1 when absent.", 1, 31);
        var output = CommonOptions.Output();
        return new Command("submit", "Hands in a file of requests, whole or not at all.").Does(
            async (parsed, cancellation) =>
            {
                var path = parsed.GetRequiredValue(file);
                var tags = string.Join(',', TagOption.Read(parsed, tag).Select(one => $"{Uri.EscapeDataString(one.Name)}={Uri.EscapeDataString(one.Value)}"));
                await using var content = TextFile.Open(path);
                using var api = environment.ConnectToGateway();
                using var answer = await repeatable.SendAsync(environment, parsed, key => api.PostLinesAsync(
                    Query.Path("v1/batches", ("name", parsed.GetValue(name) ?? Path.GetFileName(path))), content,
                    [
                        ("X-KT-Lane", parsed.GetValue(lane)), ("X-KT-Workload", parsed.GetValue(workload)), ("X-KT-Tags", tags.Length > 0 ? tags : null),
                        ("X-KT-Windows", parsed.GetValue(windows)?.ToString(System.Globalization.CultureInfo.InvariantCulture)),
                        ("X-KT-Tell", parsed.GetValue(tell) ? "true" : null), ("Idempotency-Key", key),
                    ],
                    cancellation));
                var printer = environment.Printer(parsed.GetValue(output));
                printer.Show(answer.RootElement, () => printer.Line(answer.RootElement.Text("id")));

                environment.Error.WriteLine($"Accepted. kt batches show {answer.RootElement.Text("id")} says how it stands.");
                return ExitCodes.Ok;
            },
            file, lane, workload, tag, name, repeatable.Option, tell, windows, output);
    }
}
