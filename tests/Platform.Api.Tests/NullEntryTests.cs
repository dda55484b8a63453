using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Platform.Api.Tests;

/// <summary>No body that the API documents takes a null among the entries of a list or a map, at any depth.</summary>
public sealed class NullEntryTests(RunningApi api) : IClassFixture<RunningApi>
{
    private const int Deepest = 6;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_null_in_any_list_or_map_of_any_documented_body_is_refused_by_name()
    {
        var document = JsonNode.Parse(await api.Client.GetStringAsync("/openapi/v1.json", Cancel))!;
        var cases = Bodies(document).ToList();
        Assert.InRange(cases.Count, 25, 1_000);
        var wrong = new List<string>();
        foreach (var (method, path, name, body) in cases.Where(one => one.Path != "/v1/spend/log"))
        {
            var (status, answer) = await SendAsync(method, path, body);
            if (status != HttpStatusCode.BadRequest || JsonNode.Parse(answer)!["detail"]?.GetValue<string>().Contains(name, StringComparison.Ordinal) != true)
            {
                wrong.Add($"{method} {path} {body}: {status} {answer}");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task A_null_in_a_list_deep_in_a_body_is_told_with_its_place()
    {
        var (_, answer) = await SendAsync(
            "post", "/v1/model-pricing/import", """{"prices":[{"provider":"p"},{"context_tiers":[{"above_input_tokens":1},null],"provider":"p"}]}""");
        Assert.Equal("prices[1].context_tiers has a null in it; leave it out.", JsonNode.Parse(answer)!["detail"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_null_in_a_batch_of_events_is_refused_alone()
    {
        var (status, answer) = await SendAsync(
            "post", "/v1/spend/log", """{"events":[null,{"team_id":"a","provider":"p","model":"m","tags":{"job":null}},{"team_id":"a"}]}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(
            ["The event is null; leave it out.", "tags.job is null; leave it out.", "model is required."],
            JsonNode.Parse(answer)!["results"]!.AsArray().Select(result => result!["message"]!.GetValue<string>()));
    }

    private async Task<(HttpStatusCode Status, string Answer)> SendAsync(string method, string path, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Parse(method), path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        using var answer = await api.Client.SendAsync(request, Cancel);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>For each list and map of each body one body that has a null there, and the name of the list or map.</summary>
    private static IEnumerable<(string Method, string Path, string Name, string Body)> Bodies(JsonNode document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        let schema = operation.Value?["requestBody"]?["content"]?["application/json"]?["schema"]
        where schema is not null
        from one in Nulls(document, schema, 0)
        select (operation.Key, path.Key.Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal), one.Name, one.Body.ToJsonString());

    private static IEnumerable<(string Name, JsonNode Body)> Nulls(JsonNode document, JsonNode schema, int depth)
    {
        foreach (var (name, property) in Resolve(document, schema)["properties"] as JsonObject ?? [])
        {
            if (depth > Deepest)
            {
                yield break;
            }

            var resolved = Resolve(document, property!);
            if (resolved["items"] is { } items)
            {
                yield return (name, Wrap(name, new JsonArray((JsonNode?)null)));
                foreach (var inner in Nulls(document, items, depth + 1))
                {
                    yield return (inner.Name, Wrap(name, new JsonArray(inner.Body)));
                }
            }
            else if (resolved["additionalProperties"] is JsonObject values)
            {
                yield return (name, Wrap(name, Wrap("x", null)));
                foreach (var inner in Nulls(document, values, depth + 1))
                {
                    yield return (inner.Name, Wrap(name, Wrap("x", inner.Body)));
                }
            }
            else
            {
                foreach (var inner in Nulls(document, resolved, depth + 1))
                {
                    yield return (inner.Name, Wrap(name, inner.Body));
                }
            }
        }
    }

    private static JsonObject Wrap(string name, JsonNode? value) => new() { [name] = value };

    /// <summary>What a reference stands for, and of a choice what is not null.</summary>
    private static JsonNode Resolve(JsonNode document, JsonNode schema)
    {
        var choices = (schema["oneOf"] ?? schema["anyOf"]) as JsonArray;
        return schema["$ref"]?.GetValue<string>() is { } reference ? Resolve(document, document["components"]!["schemas"]![reference.Split('/')[^1]]!)
            : choices?.FirstOrDefault(choice => choice!["type"]?.ToString() != "null") is { } choice ? Resolve(document, choice)
            : schema;
    }
}
