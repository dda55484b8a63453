namespace Platform.Api.Health;

/// <summary><c>GET /health</c>: 200 when the whole platform is ready, else 503 and which services are not. <c>GET /alive</c>: 200 while this process runs.</summary>
internal static class HealthEndpoint
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

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
            var ready = services.Values.All(state => state == "healthy");
            return Results.Json(new HealthBody(ready ? "ready" : "not_ready", services), statusCode: ready ? 200 : 503);
        }).WithTags("health").WithSummary("Whether the platform is ready.");
    }
}

internal sealed record HealthBody(string Status, IReadOnlyDictionary<string, string> Services);
