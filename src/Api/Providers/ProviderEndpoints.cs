using Platform.Api.Http;
using Platform.Contracts.Routing.V1;
using RoutingClient = Platform.Contracts.Routing.V1.Routing.RoutingClient;

namespace Platform.Api.Providers;

/// <summary>The providers of the routing policy in force, and whether they answer.</summary>
internal static class ProviderEndpoints
{
    public static void MapProviders(this WebApplication app)
    {
        var providers = app.MapGroup("/v1/providers").WithTags("providers");
        providers.MapGet("", ListAsync).WithSummary("Providers by name, whether they are set up, and never their keys.");
        providers.MapPost("/{name}/test", TestAsync).WithSummary("Asks a provider for its models, with the key that calls are sent with. Costs nothing.").Produces<ProviderTestBody>();
    }

    private static async Task<ProvidersBody> ListAsync(RoutingClient routing, HttpContext http)
    {
        var answer = await routing.ListProvidersAsync(new ListProvidersRequest(), Call.Options(http));
        return new ProvidersBody([.. answer.Providers.Select(provider => new ProviderBody(
            provider.Name, provider.Kind, provider.BaseUrl, provider.SetUp, provider.ApiKey, provider.KeyHint, [.. provider.TeamKeys], [.. provider.TeamsWithoutKey]))]);
    }

    private static async Task<IResult> TestAsync(string name, string? team_id, RoutingClient routing, HttpContext http)
    {
        var answer = await routing.TestProviderAsync(new TestProviderRequest { Name = name, TeamId = team_id ?? "" }, Call.Options(http));
        return Results.Ok(new ProviderTestBody(name, answer.Passed, answer.Status, answer.LatencyMs, answer.Models, [.. answer.UnlistedTargets], answer.Detail));
    }
}

internal sealed record ProvidersBody(IReadOnlyList<ProviderBody> Providers);

/// <param name="Kind">openai, azure_openai, anthropic or compatible.</param>
/// <param name="SetUp">Calls can be sent there: its address is known, and a key.</param>
/// <param name="ApiKey">Where the policy says that the key is; empty: in the service's configuration.</param>
/// <param name="KeyHint">The key's last four characters; empty when there is none, or it is too short to hide.</param>
/// <param name="TeamKeys">Teams with a key of their own.</param>
/// <param name="TeamsWithoutKey">Teams whose own key, which the policy names, is not there: none of their calls is sent to the provider.</param>
internal sealed record ProviderBody(string Name, string Kind, string BaseUrl, bool SetUp, string ApiKey, string KeyHint, IReadOnlyList<string> TeamKeys, IReadOnlyList<string> TeamsWithoutKey);

/// <param name="Passed">It answered, and took the key.</param>
/// <param name="Status">HTTP status; 0 when there was no answer.</param>
/// <param name="Models">As many as it named.</param>
/// <param name="UnlistedTargets">Targets of the policy whose model it did not name.</param>
internal sealed record ProviderTestBody(
    string Provider, bool Passed, int Status, int LatencyMs, int Models, IReadOnlyList<string> UnlistedTargets, string Detail);
