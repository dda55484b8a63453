using System.Net.Http.Json;
using Platform.IntegrationTests;

namespace Platform.BrowserTests;

/// <summary>Usage of team_support's past, logged as a person would import it.</summary>
internal static class History
{
    /// <summary>A call a day up to now: today's in this second, since a minute earlier is another month at the begin of one. Told again it adds nothing, but in another month.</summary>
    /// <param name="size">How large the call of so many days ago is, 1 for about a million tokens.</param>
    public static async Task LogAsync(RunningPlatform platform, int days, Func<int, int> size, CancellationToken cancellationToken)
    {
        var now = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
        var events = Enumerable.Range(0, days).Select(day => new
        {
            source = "browser-test", event_id = $"{now:yyyy-MM}-day-{day}", funding = "history", team_id = "team_support", workload = "interactive", provider = "openai",
            model = "gpt-4o-mini", occurred_at = now.AddDays(-day), input_tokens = size(day) * 1_000_003L + 7 * day, output_tokens = 100_001,
        });
        using var response = await platform.Api.PostAsJsonAsync("v1/spend/log", new { events }, cancellationToken);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }
}
