using Platform.Api.Http;
using Platform.Contracts;

namespace Platform.Api.Errors;

/// <summary>Refuses /v1 requests with a query parameter that their endpoint does not read, as bodies with an unknown field are refused.</summary>
internal sealed class UnknownParameterMiddleware(RequestDelegate next)
{
    private readonly QueryParameters _parameters = new();

    public Task InvokeAsync(HttpContext http)
    {
        if (http.Request.Query.Count == 0 || !http.Request.Path.StartsWithSegments("/v1") || http.GetEndpoint() is not { } endpoint
            || _parameters.Of(endpoint) is not { } known)
        {
            return next(http);
        }

        // Names are bound without regard to case.
        var unknown = http.Request.Query.Keys.FirstOrDefault(name => !known.Contains(name, StringComparer.OrdinalIgnoreCase));
        return unknown is null ? next(http) : ProblemWriter.WriteAsync(http, new Problem(400, Reasons.InvalidArgument, Detail(unknown, known)));
    }

    private static string Detail(string unknown, IReadOnlyList<string> known) =>
        $"There is no parameter '{Validation.Shown(unknown)}' here. {(known.Count == 0 ? "This route takes none." : $"Parameters: {string.Join(", ", known)}.")}";
}
