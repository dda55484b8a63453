using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Platform.Api.Http;

namespace Platform.Api.Tests;

/// <summary>Whether the OpenAPI document says of every operation what a client is made from, and whether that is so.</summary>
public sealed partial class OpenApiTruthTests(RunningApi api) : IClassFixture<RunningApi>
{
    private const string ProblemType = "application/problem+json";

    private static readonly string[] Everywhere = ["400", "401", "403", "429", "503", "504"];

    /// <summary>Those that change nothing, though they are no GET.</summary>
    private static readonly string[] Questions =
        ["POST /v1/imports/preview", "POST /v1/imports/preview/overlap", "POST /v1/routes/explain", "POST /v1/workloads/rules/preview", "POST /v1/providers/{name}/test", "POST /v1/forecast/what-if"];

    [Fact(Timeout = 300_000)]
    public async Task Every_operation_says_what_it_does_takes_and_answers()
    {
        var document = await DocumentAsync(TestContext.Current.CancellationToken);
        foreach (var (route, operation) in Operations(document))
        {
            Said(operation["summary"], $"{route}: summary");
            foreach (var parameter in Parameters(operation))
            {
                Said(parameter["description"], $"{route}: parameter {parameter["name"]}");
                Assert.True(HasContent(document, parameter["schema"]), $"{route}: schema of {parameter["name"]}");
            }

            if (operation["requestBody"] is { } body)
            {
                var schema = body["content"]?["application/json"]?["schema"];
                Assert.True(HasContent(document, schema), $"{route}: schema of the body");
                Assert.True(Required(Resolved(document, schema!)).Count == 0 || (bool?)body["required"] is true, $"{route}: the body is required, as its fields are");
            }

            foreach (var (status, answer) in operation["responses"]!.AsObject().Select(answer => (answer.Key, Resolved(document, answer.Value!))))
            {
                Said(answer["description"], $"{route}: {status}", least: 1);
                var media = answer["content"]?.AsObject() ?? new JsonObject();
                Assert.True(media.Count > 0 && media.All(one => HasContent(document, one.Value!["schema"])), $"{route}: schema of {status}");
                Assert.True(media.All(one => one.Key.StartsWith("text/", StringComparison.Ordinal) == ((string?)one.Value!["schema"]!["type"] == "string")), $"{route}: {status} as text is text");
                Assert.True(media.ContainsKey("application/json") || !media.Any(one => one.Key.StartsWith("text/", StringComparison.Ordinal)), $"{route}: {status} as JSON is told beside text");
                Assert.True(status[0] == '2' || route == "GET /health" || (media.Count == 1 && media.ContainsKey(ProblemType)), $"{route}: {status} is a problem");
            }
        }
    }

    /// <summary>Schemas are told by their types' names: of two with one name the second would be told as the first.</summary>
    [Fact]
    public void No_two_types_of_bodies_have_one_name() => Assert.Empty(typeof(QueryParameters).Assembly.GetTypes()
        .Where(type => type is { IsNested: false, Namespace: not null } && type.Namespace.StartsWith("Platform.Api", StringComparison.Ordinal))
        .GroupBy(type => type.Name).Where(types => types.Count() > 1).Select(types => types.Key));

    [Fact(Timeout = 300_000)]
    public async Task Statuses_of_what_is_named_and_of_what_is_changed_are_told_where_they_occur_and_nowhere_else()
    {
        foreach (var (route, operation) in Operations(await DocumentAsync(TestContext.Current.CancellationToken)).Where(operation => operation.Route.Contains(" /v1/", StringComparison.Ordinal)))
        {
            var told = Statuses(operation);
            Assert.Empty(Everywhere.Except(told));
            var parameters = Parameters(operation).Select(parameter => ((string)parameter["in"]!, (string)parameter["name"]!)).ToList();
            var names = parameters.Any(parameter => parameter is ("path", _) or (_, "team_id" or "team" or "wallet_id" or "scope_id"));
            Assert.True(!names || told.Contains("404"), $"{route}: 404 is told");
            Assert.True(parameters.Count > 0 || operation["requestBody"] is not null || !told.Contains("404"), $"{route}: names nothing, so that there is no 404");
            Assert.True(route.StartsWith("GET ", StringComparison.Ordinal) || Questions.Contains(route) || told.Contains("409"), $"{route}: 409 is told");
            Assert.Equal(operation["requestBody"] is not null, told.Contains("415"));
        }
    }

    /// <summary>The document against the endpoints that the process has.</summary>
    [Fact(Timeout = 300_000)]
    public async Task Document_and_mapped_endpoints_have_the_same_operations_and_parameters()
    {
        var known = new QueryParameters();
        var mapped = api.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is not { ExcludeFromDescription: true }
                && !endpoint.RoutePattern.RawText!.Contains("openapi", StringComparison.Ordinal))
            .SelectMany(endpoint => endpoint.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Select(method => Shown(
                $"{method} {Constraint().Replace(endpoint.RoutePattern.RawText!.TrimEnd('/'), "")}",
                [.. endpoint.RoutePattern.Parameters.Select(parameter => "path " + parameter.Name), .. (known.Of(endpoint) ?? []).Select(name => "query " + name)])));
        var told = Operations(await DocumentAsync(TestContext.Current.CancellationToken)).Select(operation => Shown(
            operation.Route, Parameters(operation.Operation).Select(parameter => $"{parameter["in"]} {parameter["name"]}")));

        Assert.Equal(mapped.Order(StringComparer.Ordinal), told.Order(StringComparer.Ordinal));
    }

    /// <summary>What every operation answers to whoever has no token, misspells a parameter or sends no JSON, and where no service answers.</summary>
    [Fact(Timeout = 300_000)]
    public async Task Every_operation_answers_what_it_tells_to_bad_requests()
    {
        using var anonymous = new HttpClient { BaseAddress = api.Client.BaseAddress };
        foreach (var (route, operation) in Operations(await DocumentAsync(TestContext.Current.CancellationToken)).Where(operation => operation.Route.Contains(" /v1/", StringComparison.Ordinal)))
        {
            Assert.Equal(401, await StatusAsync(anonymous, route, operation, "", null));
            Assert.Equal(400, await StatusAsync(api.Client, route, operation, "?no_such_parameter=x", null));
            await StatusAsync(api.Client, route, operation, "", null);
            if (operation["requestBody"] is not null)
            {
                Assert.Equal(415, await StatusAsync(api.Client, route, operation, "", new StringContent("x", Encoding.UTF8, "text/plain")));
                Assert.Equal(400, await StatusAsync(api.Client, route, operation, "", new StringContent("{", Encoding.UTF8, "application/json")));
                await StatusAsync(api.Client, route, operation, "", new StringContent("{}", Encoding.UTF8, "application/json"));
            }
        }
    }

    /// <summary>A body of nothing but what is told to be required lacks nothing, and without any of that it is refused by the field's name.</summary>
    [Fact(Timeout = 300_000)]
    public async Task Fields_are_required_where_their_absence_is_refused_and_nowhere_else()
    {
        var document = await DocumentAsync(TestContext.Current.CancellationToken);
        var fields = 0;
        foreach (var (route, operation) in Operations(document).Where(operation => operation.Operation["requestBody"] is not null))
        {
            var schema = Resolved(document, operation["requestBody"]!["content"]!["application/json"]!["schema"]!);
            var body = Example(document, schema).AsObject();
            foreach (var (name, value) in Alternatives.TryGetValue(route, out var alternative) ? JsonNode.Parse(alternative)!.AsObject() : [])
            {
                body[name] = value?.DeepClone();
            }

            Assert.DoesNotContain("is required", await DetailAsync(route, body), StringComparison.Ordinal);
            foreach (var name in Required(schema))
            {
                var lacking = body.DeepClone().AsObject();
                lacking.Remove(name);
                Assert.Contains($"{name} is required", await DetailAsync(route, lacking), StringComparison.Ordinal);
                fields++;
            }
        }

        Assert.True(fields > 50, $"only {fields} fields are told to be required");
    }

    /// <summary>What a body has instead of fields that are required only without it.</summary>
    private static readonly Dictionary<string, string> Alternatives = new()
    {
        ["POST /v1/exports/runs"] = """{"period":"2026-06"}""",
        ["POST /v1/model-pricing/import"] = """{"aliases":[{}]}""",
        ["POST /v1/spend/log"] = """{"corrects_record_id":"x"}""",
    };

    /// <summary>Texts that are one of several, or of a form, by their field's name.</summary>
    private static readonly Dictionary<string, string> Texts = new()
    {
        ["dimension"] = "key", ["period"] = "month", ["recorded_from"] = "2026-06-01", ["scope"] = "organisation", ["type"] = "webhook", ["window"] = "previous_day",
    };

    /// <summary>A value of the schema that has nothing which it does not require.</summary>
    private static JsonNode Example(JsonObject document, JsonNode schema, string name = "")
    {
        var resolved = Resolved(document, schema);
        var types = resolved["type"] is JsonArray several ? several.Select(type => (string?)type) : [(string?)resolved["type"]];
        return types.FirstOrDefault(type => type != "null") switch
        {
            "array" => new JsonArray(Example(document, resolved["items"]!)),
            "integer" or "number" => JsonValue.Create(1),
            "string" => JsonValue.Create(Texts.GetValueOrDefault(name, "x")),
            _ => new JsonObject(Required(resolved).Select(field => KeyValuePair.Create(field, (JsonNode?)Example(document, resolved["properties"]![field]!, field)))),
        };
    }

    private static IReadOnlyList<string> Required(JsonNode schema) => [.. (schema["required"]?.AsArray() ?? []).Select(name => (string)name!)];

    private async Task<string> DetailAsync(string route, JsonNode body)
    {
        var (method, path) = (route[..route.IndexOf(' ', StringComparison.Ordinal)], route[(route.IndexOf('/', StringComparison.Ordinal))..]);
        using var request = new HttpRequestMessage(new HttpMethod(method), Placeholder().Replace(path, "1"))
        {
            Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
        };
        using var answer = await api.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["detail"]!;
    }

    /// <summary>Sends it, and fails where the status or the media type is none that the document tells.</summary>
    private static async Task<int> StatusAsync(HttpClient client, string route, JsonObject operation, string query, HttpContent? content)
    {
        var (method, path) = (route[..route.IndexOf(' ', StringComparison.Ordinal)], route[(route.IndexOf('/', StringComparison.Ordinal))..]);
        using var request = new HttpRequestMessage(new HttpMethod(method), Placeholder().Replace(path, "1") + query) { Content = content };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var status = (int)answer.StatusCode;
        Assert.True(operation["responses"]!.AsObject().ContainsKey($"{status}"), $"{route}{query} answers {status}, which is not told");
        Assert.Equal(status >= 400, answer.Content.Headers.ContentType?.MediaType == ProblemType);
        return status;
    }

    private async Task<JsonObject> DocumentAsync(CancellationToken cancellationToken) =>
        JsonNode.Parse(await api.Client.GetStringAsync("/openapi/v1.json", cancellationToken))!.AsObject();

    private static IEnumerable<(string Route, JsonObject Operation)> Operations(JsonObject document) => document["paths"]!.AsObject()
        .SelectMany(path => path.Value!.AsObject().Select(operation => ($"{operation.Key.ToUpperInvariant()} {path.Key}", operation.Value!.AsObject())));

    private static IEnumerable<JsonObject> Parameters(JsonObject operation) => (operation["parameters"]?.AsArray() ?? []).Select(parameter => parameter!.AsObject());

    private static HashSet<string> Statuses(JsonObject operation) => [.. operation["responses"]!.AsObject().Select(answer => answer.Key)];

    private static string Shown(string route, IEnumerable<string> parameters) => $"{route} ({string.Join(", ", parameters.Order(StringComparer.Ordinal))})";

    private static void Said(JsonNode? text, string of, int least = 8) => Assert.True(((string?)text)?.Trim().Length >= least, $"{of} is not said");

    /// <summary>What a reference refers to; anything else is itself.</summary>
    private static JsonNode Resolved(JsonObject document, JsonNode node) => (string?)node["$ref"] is { } reference
        ? reference.Split('/').Skip(1).Aggregate((JsonNode)document, (at, name) => at[name] ?? throw new InvalidOperationException($"{reference} leads nowhere."))
        : node;

    /// <summary>A schema that says something.</summary>
    private static bool HasContent(JsonObject document, JsonNode? schema) => schema is JsonObject && Resolved(document, schema).AsObject().Count > 0;

    [GeneratedRegex(@"\{[a-z_]+\}")]
    private static partial Regex Placeholder();

    /// <summary>What a route asks of a parameter, which its name does not say.</summary>
    [GeneratedRegex(@"(?<=\{\w+):[^}]*(?=\})")]
    private static partial Regex Constraint();
}
