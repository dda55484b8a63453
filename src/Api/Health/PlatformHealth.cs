using System.Net.Sockets;
using System.Text.Json;
using Platform.ServiceDefaults;

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
    private (long AskedAt, IReadOnlyDictionary<string, HealthAnswer> States)? _last;

    /// <summary>By service; its status is "healthy", "degraded", "unhealthy" or "unreachable".</summary>
    public async Task<IReadOnlyDictionary<string, HealthAnswer>> AskAsync(CancellationToken cancellationToken)
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

    private async Task<HealthAnswer> AskAsync(string service, CancellationToken cancellationToken)
    {
        using var client = clients.CreateClient(ClientName);
        try
        {
            using var answer = await client.GetAsync($"http://_http.{service}/health", cancellationToken);
            var said = await ReadAsync(answer, cancellationToken);
            return answer.IsSuccessStatusCode ? said with { Status = said.Status == "degraded" ? "degraded" : "healthy" } : said with { Status = "unhealthy" };
        }
        catch (Exception exception) when (exception is HttpRequestException or SocketException)
        {
            return new HealthAnswer("unreachable", []);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new HealthAnswer("unreachable", []);
        }
    }

    /// <summary>What the service says of itself; nothing where something else answers in its place.</summary>
    private static async Task<HealthAnswer> ReadAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        try
        {
            return await answer.Content.ReadFromJsonAsync<HealthAnswer>(JsonSerializerOptions.Web, cancellationToken) is { Status: not null, Reasons: not null } said ? said : new HealthAnswer("", []);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return new HealthAnswer("", []);
        }
    }
}
