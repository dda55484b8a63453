using Microsoft.AspNetCore.Routing.Template;
using Platform.Routing.Shapes.Messages;

namespace Platform.Routing.Calls;

/// <summary>
/// What is asked for and not served, at the root too: 405 with the methods that are where the path below /v1 is known, else 404; in the error shape of the API that is asked.
/// </summary>
internal static class UnservedRoutes
{
    private static readonly PathString Responses = "/v1/responses";
    private static readonly PathString Messages = "/v1/messages";

    /// <summary>Call it behind all other routes.</summary>
    public static void Map(WebApplication app)
    {
        app.Map("/v1/responses/{**rest}", Answer);
        app.MapFallback("{**rest}", Answer);

        Task Answer(HttpContext http, MessagesShape messages, TimeProvider time)
        {
            RequestId.Give(http, time);
            return WriteAsync(http, messages, ErrorOf(http, app));
        }
    }

    /// <summary>An error in the shape of the API that is asked, by the path or by how its clients ask.</summary>
    public static Task WriteAsync(HttpContext http, MessagesShape messages, ApiError error)
    {
        var isAnthropic = http.Request.Path.StartsWithSegments(Messages) || http.Request.Headers.ContainsKey(MessagesShape.VersionHeader);
        return error.WriteAsync(http.Response, isAnthropic ? messages.ToErrorBody(error) : error.ToJson(), http.RequestAborted);
    }

    private static ApiError ErrorOf(HttpContext http, IEndpointRouteBuilder routes)
    {
        string[] methods =
        [
            .. routes.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().Where(route => Fits(route, http.Request.Path))
                .SelectMany(route => route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []).Distinct().Order(StringComparer.Ordinal),
        ];

        // A route whose values are not what it asks for (a batch's id that is none) fits by its path alone: then the method is no help.
        if (methods.Length > 0 && !methods.Contains(http.Request.Method, StringComparer.OrdinalIgnoreCase))
        {
            http.Response.Headers.Allow = string.Join(", ", methods);
            return ApiError.MethodNotAllowed(http.Request.Method, Listed(methods));
        }

        return http.Request.Path.StartsWithSegments(Responses) ? ApiError.ResponsesNotKept : ApiError.NotServed(http.Request.Method, http.Request.Path);
    }

    private static string Listed(string[] methods) => methods.Length < 2 ? string.Concat(methods) : $"{string.Join(", ", methods[..^1])} and {methods[^1]}";

    private static bool Fits(RouteEndpoint route, PathString path) => route.RoutePattern.RawText is { } pattern
        && pattern.StartsWith("/v1", StringComparison.Ordinal)
        && new TemplateMatcher(TemplateParser.Parse(pattern), []).TryMatch(path, []);
}
