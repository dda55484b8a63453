using System.Globalization;
using Platform.Routing.Calls;
using Platform.Routing.Shapes;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Shapes.Messages;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Policies;

/// <summary>
/// <c>GET /v1/models</c> (and <c>HEAD</c>) and <c>/v1/models/{name}</c>: what the caller may ask for, by name, of what somebody can serve. In OpenAI's shape; for whoever asks as Anthropic's
/// clients do (with <c>anthropic-version</c>) in theirs, and of what is served in it.
/// </summary>
internal sealed class ModelsEndpoint(IKeyDirectory directory, RoutingTableReplica policy, ChatShape openAi, MessagesShape anthropic, TimeProvider time)
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapRead("/v1/models", (HttpContext http, ModelsEndpoint models) => models.ListAsync(http));
        app.MapRead("/v1/models/{**name}", (HttpContext http, ModelsEndpoint models, string name) => models.FindAsync(http, name));
    }

    private Task ListAsync(HttpContext http) => AnswerAsync(http, models => IsAnthropic(http) ? ToAnthropic([.. models]) : ToOpenAi(models), "");

    private Task FindAsync(HttpContext http, string inPath) => FindNamedAsync(http, NameOf(inPath));

    /// <summary>Servers leave a slash that is encoded as it is; client libraries encode that of a name such as openai/gpt-5.</summary>
    private static string NameOf(string inPath) => inPath.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    private Task FindNamedAsync(HttpContext http, string name) => AnswerAsync(
        http, models => models.FirstOrDefault(model => model.Name == name) is not { } found ? null : IsAnthropic(http) ? ToAnthropic(found) : ToOpenAi(found), name);

    /// <param name="answer">Null: the model that is asked for is not among them.</param>
    private async Task AnswerAsync(HttpContext http, Func<IEnumerable<RouteModel>, object?> answer, string name)
    {
        RequestId.Give(http, time);
        WireShape shape = IsAnthropic(http) ? anthropic : openAi;
        var error = GatewayAuthentication.TryAuthenticate(shape.ReadKey(http.Request), directory, out var caller);
        if (error is null)
        {
            var models = KeyAccess.Askable(policy.Current, caller!).Where(model => model.Route.IsSetUpFor(caller!.TeamId) && (shape == openAi || IsServedAsMessages(model)));
            if (answer(models) is { } found)
            {
                await http.Response.WriteAsJsonAsync(found, http.RequestAborted);
                return;
            }

            error = ApiError.ModelNotFound(name);
        }

        await error.WriteAsync(http.Response, shape.ToErrorBody(error), http.RequestAborted);
    }

    private static bool IsAnthropic(HttpContext http) => http.Request.Headers.ContainsKey(MessagesShape.VersionHeader);

    private static bool IsServedAsMessages(RouteModel model) => model.Route.Targets.Any(choice => choice.Target.Shapes.HasFlag(ShapeKinds.Messages));

    private static object ToOpenAi(IEnumerable<RouteModel> models) => new { @object = "list", data = models.Select(ToOpenAi) };

    private static object ToOpenAi(RouteModel model) =>
        new { id = model.Name, @object = "model", created = model.AppliedAt.ToUnixTimeSeconds(), owned_by = model.Route.Targets[0].Target.Provider.Name };

    private static object ToAnthropic(List<RouteModel> models) =>
        new { data = models.Select(ToAnthropic), has_more = false, first_id = models.FirstOrDefault()?.Name, last_id = models.LastOrDefault()?.Name };

    private static object ToAnthropic(RouteModel model) => new
    {
        type = "model", id = model.Name, display_name = model.Name, created_at = model.AppliedAt.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
    };
}
