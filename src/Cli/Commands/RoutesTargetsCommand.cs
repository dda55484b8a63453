using System.CommandLine;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt routes targets</c>.</summary>
internal static class RoutesTargetsCommand
{
    private static readonly string[] Columns =
        ["target", "state", ">again in ms", ">failed in a row", ">failed of lately", ">first token ms", ">open", "last failure", "at"];

    public static Command Create(KtEnvironment environment)
    {
        var output = CommonOptions.Output();
        return new Command("targets", "How each target stands in the gateway that answers: circuit breaker, latency, load.").Does(
            async (parsed, cancellation) =>
            {
                using var api = environment.Connect();
                using var answer = await api.GetAsync("v1/routes/targets", cancellation);
                environment.Printer(parsed.GetValue(output)).Rows(answer.RootElement, Columns, "targets", target =>
                [
                    target.Text("name"), target.Text("state"), target.Text("reopens_in_ms"), target.Text("failures"),
                    $"{target.Text("window_failures")}/{target.Text("window_attempts")}", target.Text("first_token_ms"), target.Text("open_attempts"),
                    target.Text("last_failure"), target.Time("last_failure_at"),
                ]);
                return ExitCodes.Ok;
            },
            output);
    }
}
