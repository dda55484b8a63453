namespace Platform.Routing.Calls;

/// <summary>Paths that are read: <c>HEAD</c> has the answer of <c>GET</c> without its body (RFC 9110, 9.3.2), which the server leaves out.</summary>
internal static class ReadRoutes
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static void MapRead(this IEndpointRouteBuilder app, string path, Delegate handler) => app.MapMethods(path, Methods, handler);
}
