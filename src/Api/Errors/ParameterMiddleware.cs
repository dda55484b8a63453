using Platform.Api.Http;
using Platform.Contracts;

namespace Platform.Api.Errors;

/// <summary>
/// Refuses /v1 requests with a query parameter that their endpoint does not read, as bodies with an unknown field are refused, and with one that is given empty: it would
/// be taken for absent, and a filter whose value got lost would answer with everybody's figures.
/// </summary>
internal sealed class ParameterMiddleware(RequestDelegate next)
{
    // An empty token is the first page's, so that a client may begin with it.
    private const string PageToken = "page_token";
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
        if (unknown is not null)
        {
            return ProblemWriter.WriteAsync(http, new Problem(400, Reasons.InvalidArgument, Detail(unknown, known)));
        }

        var empty = http.Request.Query.FirstOrDefault(parameter => parameter.Value.Contains("") && !parameter.Key.Equals(PageToken, StringComparison.OrdinalIgnoreCase)).Key;
        return empty is null
            ? next(http)
            : ProblemWriter.WriteAsync(http, new Problem(400, Reasons.InvalidArgument, $"The parameter {empty} is empty: give it a value or leave it out."));
    }

    private static string Detail(string unknown, IReadOnlyList<string> known) =>
        $"There is no parameter '{Validation.Shown(unknown)}' here. {(known.Count == 0 ? "This route takes none." : $"Parameters: {string.Join(", ", known)}.")}";
}
