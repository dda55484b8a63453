using Microsoft.OpenApi;

namespace Platform.Api.Description;

/// <summary>
/// Which problems a route may answer. What any of them answers is told of all; 404 of those that name something, 409 of those that change something or ask for what may not be
/// there yet.
/// </summary>
internal static class PossibleProblems
{
    private const string Schema = "Problem";
    private const string MediaType = "application/problem+json";

    private static readonly Dictionary<int, string> Texts = new()
    {
        [400] = "A parameter or the body is wrong; `detail` says what and how to mend it.",
        [401] = "There is no token, or it is unknown, revoked or expired.",
        [403] = "The token's role may not do this, or the token, its user or its team is stopped.",
        [404] = "There is nothing of a name or an id that the request has.",
        [409] = "It stands against how things are now, or the Idempotency-Key was used with another request; `reason` says which.",
        [413] = "The body is larger than this route takes.",
        [415] = "The body is no JSON in UTF-8.",
        [429] = "As many requests of this kind as are answered at once are under way; try again after Retry-After seconds.",
        [503] = "A service that this needs does not answer; try again after Retry-After seconds, with the same Idempotency-Key.",
        [504] = "A service that this needs took too long; try again after Retry-After seconds, with the same Idempotency-Key.",
    };

    /// <summary>Query parameters that name something which must be there.</summary>
    private static readonly HashSet<string> Names = ["team_id", "team", "user_id", "application_id", "wallet_id", "scope_id", "event_id"];

    /// <summary>Changes nothing, though it has a body.</summary>
    private static readonly HashSet<string> Questions =
        ["POST /v1/imports/preview", "POST /v1/imports/preview/overlap", "POST /v1/forecast/what-if", "POST /v1/routes/explain", "POST /v1/workloads/rules/preview", "POST /v1/providers/{name}/test"];

    /// <summary>Asks for what is not there yet, or is not kept any more.</summary>
    private static readonly HashSet<string> Early =
    [
        "GET /v1/usage/{id}", "GET /v1/reconciliation/usage", "GET /v1/exports/preview", "GET /v1/exports/jobs/{id}/download", "GET /v1/exports/runs/{id}/download",
        "GET /v1/forecast/effect", "GET /v1/forecast/variance", "POST /v1/forecast/what-if",
    ];

    /// <summary>Names nothing but what it makes or takes as it is.</summary>
    private static readonly HashSet<string> Makers =
    [
        "POST /v1/teams", "POST /v1/users", "POST /v1/model-pricing", "POST /v1/model-pricing/import", "POST /v1/usage/republish", "POST /v1/forecast/versions",
    ];

    /// <summary>Beside what their paths and queries name: versions of policies and forecasts.</summary>
    private static readonly HashSet<string> OfVersions = ["GET /v1/routes/diff", "GET /v1/forecast/versions/compare", "GET /v1/forecast/accuracy", "GET /v1/exports/runs"];

    public static void AddTo(OpenApiDocument document)
    {
        var components = document.Components!;
        components.Schemas ??= new Dictionary<string, IOpenApiSchema>();
        components.Schemas[Schema] = ProblemSchema();
        components.Responses ??= new Dictionary<string, IOpenApiResponse>();
        foreach (var (status, text) in Texts)
        {
            components.Responses[NameOf(status)] = new OpenApiResponse
            {
                Description = text,
                Content = new Dictionary<string, OpenApiMediaType> { [MediaType] = new() { Schema = new OpenApiSchemaReference(Schema, document) } },
            };
        }

        foreach (var (path, item) in document.Paths.Where(path => path.Key.StartsWith("/v1/", StringComparison.Ordinal)))
        {
            foreach (var (method, operation) in item.Operations ?? [])
            {
                operation.Responses ??= [];
                foreach (var status in Of($"{method.Method} {path}", operation).Order())
                {
                    operation.Responses[$"{status}"] = new OpenApiResponseReference(NameOf(status), document);
                }
            }
        }
    }

    private static IEnumerable<int> Of(string route, OpenApiOperation operation)
    {
        var isChange = !route.StartsWith("GET ", StringComparison.Ordinal) && !Questions.Contains(route);
        return
        [
            400, 401, 403, 429, 503, 504,
            .. NamesSomething(route, operation) ? [404] : Array.Empty<int>(),
            .. isChange || Early.Contains(route) ? [409] : Array.Empty<int>(),
            .. operation.RequestBody is null ? [] : new[] { 413, 415 },
        ];
    }

    private static bool NamesSomething(string route, OpenApiOperation operation) => OfVersions.Contains(route)
        || (operation.Parameters ?? []).Any(parameter => parameter.In == ParameterLocation.Path || Names.Contains(parameter.Name ?? ""))
        || (operation.RequestBody is not null && !Makers.Contains(route));

    private static string NameOf(int status) => $"{Schema}{status}";

    private static OpenApiSchema ProblemSchema() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "What is wrong (RFC 9457). docs/errors.md lists the reasons, with what to do.",
        Required = new HashSet<string> { "type", "title", "status", "detail", "reason" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "about:blank: the status says what kind it is." },
            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "The status in words." },
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32", Description = "The HTTP status." },
            ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "What is wrong and what to do about it, for people; its words may change." },
            ["reason"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "For programs: stable, such as TEAM_NOT_FOUND." },
        },
    };
}
