using System.Net.Sockets;

namespace Platform.Api.Health;

/// <summary>
/// Whether the platform is ready: every service's own /health, asked through service discovery. The answer is kept for a second, so that any number of
/// probes costs the services one question a second.
/// </summary>
internal sealed class PlatformHealth(IHttpClientFactory clients, TimeProvider time)
{
    public const string ClientName = "health";
    public static readonly string[] Services = ["wallet", "metering", "routing", "forecast", "export"];
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private (long AskedAt, IReadOnlyDictionary<string, string> States)? _last;

    /// <summary>State by service: "healthy", "unhealthy" or "unreachable".</summary>
    public async Task<IReadOnlyDictionary<string, string>> AskAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (_last is { } last && time.GetElapsedTime(last.AskedAt) < Kept)
            {
                return last.States;
            }

            var states = await Task.WhenAll(Services.Select(service => AskAsync(service, cancellationToken)));
            var answer = Services.Zip(states).ToDictionary(pair => pair.First, pair => pair.Second);
            _last = (time.GetTimestamp(), answer);
            return answer;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<string> AskAsync(string service, CancellationToken cancellationToken)
    {
        using var client = clients.CreateClient(ClientName);
        try
        {
            using var answer = await client.GetAsync($"http://_http.{service}/health", cancellationToken);
            return answer.IsSuccessStatusCode ? "healthy" : "unhealthy";
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException)
        {
            return "unreachable";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "unreachable";
        }
    }
}
