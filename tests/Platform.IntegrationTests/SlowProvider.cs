using System.Net.Http.Json;

namespace Platform.IntegrationTests;

/// <summary>Makes the simulator's streams slow enough to be interrupted.</summary>
internal static class SlowProvider
{
    public static async Task BeginAsync(RunningPlatform platform, CancellationToken cancellationToken)
    {
        using var response = await platform.Simulator.PostAsJsonAsync("admin/faults", new { token_interval_ms = 100 }, cancellationToken);
        response.EnsureSuccessStatusCode();
    }

    public static async Task EndAsync(RunningPlatform platform, CancellationToken cancellationToken)
    {
        using var response = await platform.Simulator.DeleteAsync("admin/faults", cancellationToken);
        response.EnsureSuccessStatusCode();
    }
}
