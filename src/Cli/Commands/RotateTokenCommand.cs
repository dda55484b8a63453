using System.CommandLine;
using Platform.Cli.Api;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt auth token rotate</c>.</summary>
internal static class RotateTokenCommand
{
    private const int MostOverlapDays = 30;

    public static Command Create(KtEnvironment environment)
    {
        var key = AuthTokenCommand.Key();
        var overlap = new Option<string>("--overlap")
        {
            Description = "How long the old token still works: 0, or a length such as 90s, 15m, 24h, 7d, at most 30d.",
            DefaultValueFactory = _ => "24h",
        };
        var expires = DateOption.Moment("--expires", "When the new one ends: a date or time. Absent: the old one's lifetime again, or never.");
        var output = CommonOptions.Output();
        return new Command("rotate", "Make a token's successor; its secret is printed once, and the old one ends after the overlap.").Does(
            async (parsed, cancellation) =>
            {
                var seconds = TimeOption.ReadSeconds("--overlap", parsed.GetRequiredValue(overlap), MostOverlapDays);
                var end = TimeOption.Read(parsed, expires);
                using var api = environment.Connect();
                using var answer = await api.PostAsync(
                    $"v1/keys/{Uri.EscapeDataString(parsed.GetRequiredValue(key))}/rotate",
                    body =>
                    {
                        body.WriteNumber("overlap_seconds", seconds);
                        body.WriteOptional("expires_at", end);
                    },
                    cancellation);
                var replaced = answer.RootElement.GetProperty("replaced");
                AuthTokenCommand.PrintSecret(
                    environment, parsed.GetValue(output), answer.RootElement,
                    $"Made {answer.RootElement.Text("key_id")}; {replaced.Text("key_id")} ends at {replaced.Time("expires_at")}.");
                return ExitCodes.Ok;
            },
            key, overlap, expires, output);
    }
}
