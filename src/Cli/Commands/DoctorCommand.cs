using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Platform.Cli.Api;
using Platform.Cli.Configuration;
using Platform.Cli.Output;

namespace Platform.Cli.Commands;

/// <summary><c>kt doctor</c>: one line a check, with the remedy where it fails.</summary>
internal static class DoctorCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SkewLimit = TimeSpan.FromSeconds(30);

    public static Command Create(KtEnvironment environment) =>
        new Command("doctor", "Check configuration, platform, token and clock.").Does(async (_, cancellation) =>
        {
            var settings = environment.Settings();
            var checks = new List<(bool Good, string What, string Remedy)>
            {
                (true, $"configuration: {settings.Url} ({settings.UrlSource})", ""),
            };
            checks.AddRange(await HealthAsync(settings, cancellation));
            checks.AddRange(await TokenAsync(settings, environment.Time, cancellation));
            var printer = environment.Printer(OutputFormat.Table);
            foreach (var (good, what, remedy) in checks)
            {
                printer.Line(good ? $"ok    {what}" : $"FAIL  {what}. {remedy}");
            }

            return checks.TrueForAll(check => check.Good) ? ExitCodes.Ok : ExitCodes.Failed;
        });

    private static async Task<IReadOnlyList<(bool, string, string)>> HealthAsync(KtSettings settings, CancellationToken cancellation)
    {
        using var http = new HttpClient { Timeout = Limit };
        try
        {
            using var answer = await http.GetAsync(settings.Url + "/health", cancellation);
            using var body = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellation));
            return
            [
                (true, "API answers", ""),
                .. body.RootElement.GetProperty("services").EnumerateObject().Select(service => (
                    service.Value.GetString() is "healthy" or "degraded",
                    $"{service.Name} is {service.Value.GetString()}{Reasons(body.RootElement, service.Name)}",
                    $"Its log (logs/{service.Name}.log in the data directory) says why. It starts again by itself within 30 s unless it was told to end; then: ./run --stop, ./run --detach.")),
            ];
        }
        catch (HttpRequestException exception)
        {
            return [(false, $"API at {settings.Url} does not answer ({exception.Message})", "Start the platform (./run), or set KEEPTRUSTS_API_URL (./run --env prints it).")];
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return [(false, $"API at {settings.Url} did not answer within {Limit.TotalSeconds} s", "Look at its log (logs/api.log in the data directory).")];
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return [(false, $"{settings.Url} is not this platform's API", "Set KEEPTRUSTS_API_URL (./run --env prints it).")];
        }
    }

    /// <summary>What a service that is not healthy says of it.</summary>
    private static string Reasons(JsonElement health, string service) =>
        health.TryGetProperty("reasons", out var reasons) && reasons.TryGetProperty(service, out var sentences)
            ? $" ({string.Join("; ", sentences.EnumerateArray().Select(sentence => sentence.GetString()!.ReplaceLineEndings(" ").TrimEnd('.')))})"
            : "";

    private static async Task<IReadOnlyList<(bool, string, string)>> TokenAsync(KtSettings settings, TimeProvider time, CancellationToken cancellation)
    {
        if (settings.Token is null)
        {
            return [(false, "there is no token", "Set KEEPTRUSTS_API_TOKEN (./run --env prints it), or run: kt auth login")];
        }

        try
        {
            using var api = new ApiClient(settings.Url, settings.Token, Limit);
            using var answer = await api.GetAsync("v1/whoami", cancellation);
            var key = answer.RootElement.GetProperty("key");
            var skew = time.GetUtcNow() - answer.RootElement.GetProperty("server_time").GetDateTimeOffset();
            return
            [
                (true, $"token {KtSettings.Masked(settings.Token)} is {key.GetProperty("name").GetString()} ({key.GetProperty("role").GetString()}), from {settings.TokenSource}", ""),
                (skew.Duration() < SkewLimit, $"clock differs by {skew.Duration().TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s from the server's", "Set the clock (NTP)."),
            ];
        }
        catch (KtError error)
        {
            return [(false, $"token {KtSettings.Masked(settings.Token)} from {settings.TokenSource} was refused", error.Message.ReplaceLineEndings(" "))];
        }
        catch (HttpRequestException)
        {
            return [(false, "the token could not be checked", "Mend the connection first.")];
        }
    }
}
