using System.Text.Json.Nodes;
using Platform.Testing;

namespace Platform.IntegrationTests.Torture;

/// <summary>The operator's part: waits until what can end by itself has ended, and settles the rest from the provider's bill.</summary>
internal sealed class SuspenseDesk(RunningPlatform platform)
{
    /// <summary>Enough to show the command; the rest goes by the route that it uses, because a process each costs more than all that it settles.</summary>
    private const int ByCommand = 5;

    private static readonly TimeSpan QuietLimit = TimeSpan.FromSeconds(360);
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Answers what is in suspense, by attempt with its reason, when nothing else is open. Nothing may differ by then: bill, records, ledger and export agree on
    /// every attempt that has an end.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, string>> QuietAsync(CancellationToken cancellationToken)
    {
        JsonNode report = new JsonObject();
        var suspended = new Dictionary<string, string>();
        try
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    await Task.Delay(LookInterval, cancellationToken);
                    var result = await platform.Kt.RunAsync(cancellationToken, "reconcile", "--output", "json");
                    Assert.True(result.ExitCode is 0 or 1 or 2, result.ToString());
                    report = JsonNode.Parse(result.Output)!;
                    suspended = await SuspendedAsync(platform, cancellationToken);
                    return (int)report["different_count"]! == 0 && (int)report["open_count"]! == suspended.Count;
                },
                QuietLimit,
                "nothing to be open but what is in suspense, and nothing to differ");
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException(
                $"{exception.Message} {suspended.Count} are in suspense. Open {report["open_count"]}: {report["open"]} Different {report["different_count"]}: {report["different"]}");
        }

        Assert.All(suspended, hold => Assert.NotEmpty(hold.Value));
        return suspended;
    }

    /// <summary>Settles every attempt in suspense at what the bill says of it, zero when it is not there.</summary>
    public async Task SettleAsync(IReadOnlyCollection<string> attempts, CancellationToken cancellationToken)
    {
        var bill = Lines(await platform.Simulator.GetStringAsync("invoice", cancellationToken))
            .Where(line => line["attempt_id"] is not null)
            .ToDictionary(line => (string)line["attempt_id"]!);
        foreach (var (attempt, place) in attempts.Select((attempt, place) => (attempt, place)))
        {
            var billed = bill.GetValueOrDefault(attempt);
            var (input, output) = ((long?)billed?["prompt_tokens"] ?? 0, (long?)billed?["completion_tokens"] ?? 0);
            await (place < ByCommand
                ? SettleByCommandAsync(attempt, input, output, cancellationToken)
                : SettleByRouteAsync(attempt, input, output, cancellationToken));
        }
    }

    /// <summary>Attempts in suspense with their reasons.</summary>
    public static async Task<Dictionary<string, string>> SuspendedAsync(RunningPlatform platform, CancellationToken cancellationToken) =>
        Lines(await platform.Api.GetStringAsync("v1/reconciliation/open-holds", cancellationToken))
            .Where(hold => (string)hold["state"]! == "suspended")
            .ToDictionary(hold => (string)hold["attempt_id"]!, hold => (string)hold["reason"]!);

    private async Task SettleByCommandAsync(string attempt, long input, long output, CancellationToken cancellationToken)
    {
        var settled = await platform.Kt.RunAsync(
            cancellationToken, "wallets", "suspense", "settle", attempt, "--input-tokens", $"{input}", "--output-tokens", $"{output}");
        Assert.True(settled.ExitCode == 0, settled.ToString());
    }

    private async Task SettleByRouteAsync(string attempt, long input, long output, CancellationToken cancellationToken)
    {
        using var body = new StringContent($$"""{"input_tokens": {{input}}, "output_tokens": {{output}}}""", System.Text.Encoding.UTF8, "application/json");
        using var response = await platform.Api.PostAsync($"v1/wallets/suspense/{attempt}/settle", body, cancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    private static IEnumerable<JsonNode> Lines(string ndjson) =>
        ndjson.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!);
}
