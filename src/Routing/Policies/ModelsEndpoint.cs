using System.Globalization;
using Platform.Routing.Calls;
using Platform.Routing.Shapes;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Shapes.Messages;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Policies;

/// <summary>
/// <c>GET /v1/models</c>: what the caller may ask for, by name, of what somebody can serve. In OpenAI's shape; for whoever asks as Anthropic's clients do (with
/// <c>anthropic-version</c>) in theirs, and of what is served in it.
/// </summary>
internal static class ModelsEndpoint
{
    public static async Task HandleAsync(
        HttpContext http, IKeyDirectory directory, RoutingTableReplica policy, ChatShape openAi, MessagesShape anthropic)
    {
        WireShape shape = http.Request.Headers.ContainsKey(MessagesShape.VersionHeader) ? anthropic : openAi;
        if (GatewayAuthentication.TryAuthenticate(shape.ReadKey(http.Request), directory, out var caller) is { } error)
        {
            await error.WriteAsync(http.Response, shape.ToErrorBody(error), http.RequestAborted);
            return;
        }

        var models = policy.Current.NamedModels().Where(model => model.Route.IsSetUpFor(caller!.TeamId) && KeyAccess.TryAsk(caller, model) is null);
        await http.Response.WriteAsJsonAsync(shape == openAi ? ToOpenAi(models) : ToAnthropic([.. models.Where(IsServedAsMessages)]), http.RequestAborted);
    }

    private static bool IsServedAsMessages(RouteModel model) => model.Route.Targets.Any(choice => choice.Target.Shapes.HasFlag(ShapeKinds.Messages));

    private static object ToOpenAi(IEnumerable<RouteModel> models) => new
    {
        @object = "list",
        data = models.Select(model => new
        {
            id = model.Name, @object = "model", created = model.AppliedAt.ToUnixTimeSeconds(), owned_by = model.Route.Targets[0].Target.Provider.Name,
        }),
    };

    private static object ToAnthropic(List<RouteModel> models) => new
    {
        data = models.Select(model => new
        {
            type = "model", id = model.Name, display_name = model.Name,
            created_at = model.AppliedAt.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        }),
        has_more = false,
        first_id = models.FirstOrDefault()?.Name,
        last_id = models.LastOrDefault()?.Name,
    };
}
