using System.Text.Json.Nodes;
using Platform.Testing;

namespace Platform.IntegrationTests;

/// <summary>What is in suspense, as an operator settles it.</summary>
internal static class Suspense
{
    /// <summary>Waits until every attempt is posted or in suspense, and settles those by the provider's bill; answers them.</summary>
    public static async Task<IReadOnlyList<string>> SettleAsync(RunningPlatform platform, CancellationToken cancellationToken)
    {
        List<string> attempts = [];
        await Eventually.TrueAsync(
            async () =>
            {
                var open = Lines(await platform.Api.GetStringAsync("v1/reconciliation/open-holds", cancellationToken)).ToList();
                attempts = [.. open.Select(hold => (string)hold["attempt_id"]!)];
                return open.Count > 0 && open.TrueForAll(hold => (string)hold["state"]! == "suspended");
            },
            TimeSpan.FromSeconds(60),
            "every attempt to be posted or in suspense, and some to be there");
        var listed = await platform.Kt.RunAsync(cancellationToken, "wallets", "suspense", "list", "--output", "json");
        Assert.Equal(attempts.Order(), Lines(listed.Output).Select(hold => (string)hold["attempt_id"]!).Order());
        var bill = Lines(await platform.Simulator.GetStringAsync("invoice", cancellationToken)).ToDictionary(line => (string)line["attempt_id"]!);
        foreach (var attempt in attempts)
        {
            var billed = bill.GetValueOrDefault(attempt);
            var settled = await platform.Kt.RunAsync(
                cancellationToken, "wallets", "suspense", "settle", attempt, "--input-tokens", $"{(long?)billed?["prompt_tokens"] ?? 0}", "--output-tokens",
                $"{(long?)billed?["completion_tokens"] ?? 0}");
            Assert.True(settled.ExitCode == 0, settled.ToString());
        }

        return attempts;
    }

    public static IEnumerable<JsonNode> Lines(string ndjson) =>
        ndjson.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!);
}
