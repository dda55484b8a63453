using System.Text.Json.Nodes;
using Platform.Testing;

namespace Platform.IntegrationTests;

/// <summary>What an operator does about attempts whose usage nobody knows.</summary>
internal static class Suspense
{
    /// <summary>Waits until nothing is under way, then settles every attempt in suspense by the provider's bill. Answers the attempts and why they were there.</summary>
    /// <param name="atLeast">How many are known to come there, perhaps only once a gateway has started again.</param>
    public static async Task<IReadOnlyDictionary<string, string>> SettleAsync(RunningPlatform platform, CancellationToken cancellationToken, int atLeast = 0)
    {
        List<JsonNode> open = [];
        await Eventually.TrueAsync(
            async () =>
            {
                open = [.. Lines(await platform.Api.GetStringAsync("v1/reconciliation/open-holds", cancellationToken))];
                return open.Count >= atLeast && open.TrueForAll(hold => (string)hold["state"]! == "suspended");
            },
            TimeSpan.FromSeconds(60),
            "every attempt to be posted or in suspense");
        var bill = Lines(await platform.Simulator.GetStringAsync("invoice", cancellationToken)).ToDictionary(line => (string)line["attempt_id"]!);
        var listed = await platform.Kt.RunAsync(cancellationToken, "wallets", "suspense", "list", "--output", "json");
        var reasons = Lines(listed.Output).ToDictionary(hold => (string)hold["attempt_id"]!, hold => (string)hold["reason"]!);
        foreach (var attempt in open.Select(hold => (string)hold["attempt_id"]!))
        {
            var billed = bill.GetValueOrDefault(attempt);
            long Tokens(string name) => (long?)billed?[name] ?? 0;
            var plain = Tokens("prompt_tokens") - Tokens("cached_tokens") - Tokens("cache_write_tokens") - Tokens("cache_write_hour_tokens");
            var settled = await platform.Kt.RunAsync(
                cancellationToken, "wallets", "suspense", "settle", attempt, "--input-tokens", $"{plain}", "--cached-input-tokens", $"{Tokens("cached_tokens")}",
                "--cache-write-tokens", $"{Tokens("cache_write_tokens")}", "--cache-write-hour-tokens", $"{Tokens("cache_write_hour_tokens")}", "--output-tokens", $"{Tokens("completion_tokens")}");
            Assert.True(settled.ExitCode == 0, settled.ToString());
        }

        return reasons;
    }

    private static IEnumerable<JsonNode> Lines(string ndjson) => ndjson.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!);
}
