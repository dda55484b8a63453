namespace Platform.Api.Health;

/// <summary><c>GET /health</c>: 200 when every service does its work, with what is not well beside it, else 503 and which do not. <c>GET /alive</c>: 200 while this process runs.</summary>
internal static class HealthEndpoint
{
    /// <summary>Longer than a service takes to say that its database (2 s) or its store (3 s) hangs, shorter than whoever asks here waits.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    public static void AddPlatformHealth(this IServiceCollection services)
    {
        services.AddHttpClient(PlatformHealth.ClientName, client => client.Timeout = Limit).AddServiceDiscovery();
        services.AddSingleton<PlatformHealth>();
    }

    public static void MapPlatformHealth(this WebApplication app)
    {
        app.MapGet("/alive", () => Results.Text("Healthy")).ExcludeFromDescription();
        app.MapGet("/health", async (PlatformHealth health, HttpContext http) =>
        {
            var services = await health.AskAsync(http.RequestAborted);
            var ready = services.Values.All(answer => answer.Status is "healthy" or "degraded");
            return Results.Json(
                new HealthBody(
                    ready ? "ready" : "not_ready", services.ToDictionary(service => service.Key, service => service.Value.Status),
                    services.Where(service => service.Value.Reasons.Count > 0).ToDictionary(service => service.Key, service => service.Value.Reasons)),
                statusCode: ready ? 200 : 503);
        }).WithTags("health").WithSummary("Whether the platform is ready.").Produces<HealthBody>().Produces<HealthBody>(StatusCodes.Status503ServiceUnavailable);
    }
}

/// <param name="Status">ready or not_ready.</param>
/// <param name="Services">By service: healthy; degraded (it does its work, and something that it works with does not); unhealthy; unreachable.</param>
/// <param name="Reasons">By service that is not healthy: what it says of it.</param>
internal sealed record HealthBody(string Status, IReadOnlyDictionary<string, string> Services, IReadOnlyDictionary<string, IReadOnlyList<string>> Reasons);
