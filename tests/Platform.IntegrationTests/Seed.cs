using System.Net.Http.Json;

namespace Platform.IntegrationTests;

internal static class Seed
{
    public static async Task FundSupportAsync(RunningPlatform platform, CancellationToken cancellationToken, decimal amount = 100m)
    {
        using var response = await platform.Api.PostAsJsonAsync(
            "v1/wallets/allocate", new { team_id = "team_support", amount, currency = "USD", description = "test" }, cancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }
}
