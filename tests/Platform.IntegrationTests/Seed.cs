using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Platform.Testing;

namespace Platform.IntegrationTests;

internal static class Seed
{
    public static Task FundSupportAsync(RunningPlatform platform, CancellationToken cancellationToken, decimal amount = 100m) =>
        PostAsync(platform, "v1/wallets/allocate", new { team_id = "team_support", amount, currency = "USD", description = "test" }, cancellationToken);

    /// <summary>A new team with 5 USD, and a client of the gateway with a key of the team's that the gateway knows.</summary>
    public static async Task<HttpClient> FundedTeamAsync(RunningPlatform platform, string team, CancellationToken cancellationToken)
    {
        await PostAsync(platform, "v1/teams", new { team_id = team, name = team }, cancellationToken);
        await PostAsync(platform, "v1/wallets/allocate", new { team_id = team, amount = 5, currency = "USD", description = "test" }, cancellationToken);
        var key = await PostAsync(platform, "v1/keys", new { team_id = team, name = team }, cancellationToken);
        var client = new HttpClient { BaseAddress = platform.Gateway.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)key["secret"]!);
        await Eventually.TrueAsync(
            async () => (await client.GetAsync("v1/models", cancellationToken)).IsSuccessStatusCode, TimeSpan.FromSeconds(30), $"the key of {team} to be known");
        return client;
    }

    private static async Task<JsonNode> PostAsync(RunningPlatform platform, string path, object body, CancellationToken cancellationToken)
    {
        using var response = await platform.Api.PostAsJsonAsync(path, body, cancellationToken);
        var answer = await response.Content.ReadAsStringAsync(cancellationToken);
        Assert.True(response.IsSuccessStatusCode, answer);
        return JsonNode.Parse(answer)!;
    }
}
