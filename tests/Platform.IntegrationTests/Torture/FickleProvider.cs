using System.Net.Http.Json;

namespace Platform.IntegrationTests.Torture;

/// <summary>Changes every half second how the simulator behaves: how much it says, how slowly, and now and then errors and broken answers.</summary>
internal sealed class FickleProvider(HttpClient simulator, Random random)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            using var response = await simulator.PostAsJsonAsync("admin/faults", Draw(), CancellationToken.None);
            response.EnsureSuccessStatusCode();
            await Task.Delay(Interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        using var cleared = await simulator.DeleteAsync("admin/faults", CancellationToken.None);
        cleared.EnsureSuccessStatusCode();
    }

    private object Draw() => random.Next(12) switch
    {
        0 => new { status = random.Next(2) == 0 ? 500 : 429, count = random.Next(1, 8) },
        1 => new { cut_after_tokens = random.Next(0, 10), count = random.Next(1, 3) },
        _ => new { output_tokens = random.Next(10, 2_000), latency_ms = random.Next(0, 250), token_interval_ms = random.Next(0, 8) },
    };
}
