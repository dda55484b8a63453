using Platform.Routing.Calls;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Catalogue;

/// <summary><c>GET /v1/models</c>, in OpenAI's shape: what the caller may ask for, by name.</summary>
internal static class ModelsEndpoint
{
    public static async Task HandleAsync(HttpContext http, IKeyDirectory directory, CatalogueReplica catalogue)
    {
        if (GatewayAuthentication.TryAuthenticate(BearerToken.Read(http.Request.Headers.Authorization), directory, out var caller) is { } error)
        {
            await error.WriteAsync(http.Response, http.RequestAborted);
            return;
        }

        var models = catalogue.Current.Models.Values.Where(model => KeyAccess.TryAsk(caller!, model) is null).OrderBy(model => model.Name, StringComparer.Ordinal);
        await http.Response.WriteAsJsonAsync(
            new { @object = "list", data = models.Select(model => new { id = model.Name, @object = "model", created = model.CreatedAt.ToUnixTimeSeconds(), owned_by = model.Provider }) },
            http.RequestAborted);
    }
}
