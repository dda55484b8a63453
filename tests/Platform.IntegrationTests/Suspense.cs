using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Platform.Testing;

namespace Platform.IntegrationTests;

/// <summary>What an operator does about attempts whose usage nobody knows.</summary>
internal static class Suspense
{
    /// <summary>Enough to show the command; the rest goes by the route that it uses, because a process each costs more than all that it settles.</summary>
    private const int ByCommand = 5;

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
        var reasons = JsonNode.Parse(listed.Output)!.AsArray().Select(one => one!).ToDictionary(hold => (string)hold["attempt_id"]!, hold => (string)hold["reason"]!);
        foreach (var (attempt, place) in open.Select((hold, place) => ((string)hold["attempt_id"]!, place)))
        {
            var billed = bill.GetValueOrDefault(attempt);
            long Tokens(string name) => (long?)billed?[name] ?? 0;
            (string Name, long Tokens)[] usage =
            [
                ("input-tokens", Tokens("prompt_tokens") - Tokens("cached_tokens") - Tokens("cache_write_tokens") - Tokens("cache_write_hour_tokens")),
                ("cached-input-tokens", Tokens("cached_tokens")), ("cache-write-tokens", Tokens("cache_write_tokens")),
                ("cache-write-hour-tokens", Tokens("cache_write_hour_tokens")), ("output-tokens", Tokens("completion_tokens")),
            ];
            var tier = (string?)billed?["service_tier"] is { } told && told != "default" ? told : "standard";
            await (place < ByCommand ? SettleByCommandAsync(platform, attempt, usage, tier, cancellationToken) : SettleByRouteAsync(platform, attempt, usage, tier, cancellationToken));
        }

        return reasons;
    }

    private static async Task SettleByCommandAsync(RunningPlatform platform, string attempt, (string Name, long Tokens)[] usage, string tier, CancellationToken cancellationToken)
    {
        var settled = await platform.Kt.RunAsync(
            cancellationToken, ["wallets", "suspense", "settle", attempt, "--tier", tier, .. usage.SelectMany(kind => new[] { $"--{kind.Name}", $"{kind.Tokens}" })]);
        Assert.True(settled.ExitCode == 0, settled.ToString());
    }

    private static async Task SettleByRouteAsync(RunningPlatform platform, string attempt, (string Name, long Tokens)[] usage, string tier, CancellationToken cancellationToken)
    {
        var body = new JsonObject(usage.Select(kind => KeyValuePair.Create(kind.Name.Replace('-', '_'), (JsonNode?)kind.Tokens))) { ["service_tier"] = tier };
        using var settled = await platform.Api.PostAsJsonAsync($"v1/wallets/suspense/{attempt}/settle", body, cancellationToken);
        Assert.True(settled.IsSuccessStatusCode, await settled.Content.ReadAsStringAsync(cancellationToken));
    }

    private static IEnumerable<JsonNode> Lines(string ndjson) => ndjson.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!);
}
