using System.CommandLine;
using System.Globalization;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt routes limits</c>.</summary>
internal static class RoutesLimitsCommand
{
    public static Command Create(KtEnvironment environment)
    {
        var limit = CommonOptions.Text("--limit", "Only the limit of this name.");
        var subject = CommonOptions.Text("--subject", "Only of this key, user or team (its id), model, lane or provider (its name).");
        var top = NumberOption.Optional("--top", "So many rows, the fullest first; 200 when absent.", 1);
        var output = CommonOptions.Output();
        return new Command("limits", "How the rate limits stand, over all gateways: what is used of each, the fullest first.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync(
                    Query.Path(
                        "v1/routes/limits", ("limit", parsed.GetValue(limit)), ("subject", parsed.GetValue(subject)),
                        ("top", parsed.GetValue(top)?.ToString(CultureInfo.InvariantCulture))),
                    cancellation);
                var printer = environment.Printer(parsed.GetValue(output));
                if (printer.IsJson)
                {
                    printer.Json(answer.RootElement);
                    return ExitCodes.Ok;
                }

                if (answer.RootElement.GetProperty("limits").GetArrayLength() == 0)
                {
                    environment.Error.WriteLine("The policy has no limits: add some under `limits` and apply it (kt routes apply).");
                    return ExitCodes.Ok;
                }

                printer.List(
                    ["limit", "scope", "subject", "counts", ">of", ">used", ">remaining", "resets"],
                    answer.RootElement.GetProperty("uses").EnumerateArray().Select(use => (IReadOnlyList<string>)
                    [
                        use.Text("limit"), use.Text("scope"), Show.OrAll(use.Text("subject"), "–"), use.Text("measure").Replace('_', ' '), use.Count("most"),
                        use.Count("used"), use.Count("remaining"), use.Time("resets_at"),
                    ]));
                if (answer.RootElement.GetProperty("more").GetBoolean())
                {
                    environment.Error.WriteLine("There are more: ask with --limit, --subject or a greater --top.");
                }

                return ExitCodes.Ok;
            },
            limit, subject, top, output);
    }
}
