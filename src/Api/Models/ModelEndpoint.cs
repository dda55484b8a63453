using Platform.Api.Http;
using Platform.Contracts.Routing.V1;
using RoutingClient = Platform.Contracts.Routing.V1.Routing.RoutingClient;

namespace Platform.Api.Models;

/// <summary><c>GET /v1/models</c>: what may be asked for through the gateway, and where it goes.</summary>
internal static class ModelEndpoint
{
    public static void MapModels(this WebApplication app) =>
        app.MapGet("/v1/models", ListAsync).WithTags("models").WithSummary("Public model names and where each goes.");

    private static async Task<ModelsBody> ListAsync(RoutingClient routing, HttpContext http)
    {
        var answer = await routing.ListModelsAsync(new ListModelsRequest(), Call.Options(http));
        return new ModelsBody([.. answer.Models.Select(model => new ModelBody(
            model.Name, model.Provider, model.UpstreamModel, model.Lane, model.DefaultMaxOutputTokens, model.MaxOutputTokens))]);
    }
}

internal sealed record ModelsBody(IReadOnlyList<ModelBody> Models);

internal sealed record ModelBody(string Name, string Provider, string UpstreamModel, string Lane, int DefaultMaxOutputTokens, int MaxOutputTokens);
