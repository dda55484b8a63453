using Platform.Routing.Calls;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Policies;

/// <summary><c>GET /v1/models</c>, in OpenAI's shape: what the caller may ask for, by name, of what somebody can serve.</summary>
internal static class ModelsEndpoint
{
    public static async Task HandleAsync(HttpContext http, IKeyDirectory directory, RoutingTableReplica policy)
    {
        if (GatewayAuthentication.TryAuthenticate(BearerToken.Read(http.Request.Headers.Authorization), directory, out var caller) is { } error)
        {
            await error.WriteAsync(http.Response, http.RequestAborted);
            return;
        }

        var models = policy.Current.NamedModels().Where(model => model.Route.IsSetUpFor(caller!.TeamId) && KeyAccess.TryAsk(caller, model) is null);
        await http.Response.WriteAsJsonAsync(
            new
            {
                @object = "list",
                data = models.Select(model => new
                {
                    id = model.Name, @object = "model", created = model.AppliedAt.ToUnixTimeSeconds(), owned_by = model.Route.Targets[0].Target.Provider.Name,
                }),
            },
            http.RequestAborted);
    }
}
