using System.Text.Json;
using Grpc.Core;
using Platform.Api.Routes;
using Platform.Contracts.Routing.V1;

namespace Platform.Api.Tests;

/// <summary>A document between JSON and its contract's message.</summary>
public sealed class DocumentTests
{
    [Fact]
    public async Task A_document_is_written_as_it_is_read_with_numbers_as_numbers_and_without_what_is_empty()
    {
        const string json = """
            {"providers":[{"name":"a","team_api_keys":{"x":"env:X_API_KEY"},"health":{"path":"/v1/models"}}],"models":[{"name":"m","aliases":["n"],"route":{"targets":[{"target":"a/m","weight":0}],"failover":{"retry_budget_percent":0}},"lanes":{"e":{"strategy":"ordered"}}}],"rules":[{"name":"r","when":{}}],"limits":[{"name":"l","tokens_per_day":900000000000001}]}
            """;
        Assert.Equal(json.Trim(), DocumentWriter.Write(await ReadAsync(json)).ToJsonString());
        Assert.Equal("{}", DocumentWriter.Write(await ReadAsync("""{"providers":[],"models":[]}""")).ToJsonString());
    }

    [Fact]
    public async Task All_that_cannot_be_read_is_told_at_once()
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => ReadAsync("""
            {"models":[{"name":5,"alias":[],"route":{"targets":{},"failover":{"max_attempts":1.5,"backoff_ms":3000000000}},"lanes":[]},7],"limit":[],"rules":null,"limits":[{"requests_per_minute":"5"},{"name":"a","name":"b"}]}
            """));
        Assert.Equal(
            [
                "The policy cannot be read; nothing was changed.",
                "policy.models[0].name: must be a text. In YAML, put quotes around what looks like a number.",
                "policy.models[0]: there is no field 'alias' here. Fields: name, aliases, lane, route, lanes.",
                "policy.models[0].route.targets: must be a list.",
                "policy.models[0].route.failover.max_attempts: must be a whole number of at most 2147483647.",
                "policy.models[0].route.failover.backoff_ms: must be a whole number of at most 2147483647.",
                "policy.models[0].lanes: must be an object of names and values.",
                "policy.models[1]: must be an object with named fields.",
                "policy: there is no field 'limit' here. Fields: providers, targets, models, lanes, rules, limits.",
                "policy.rules: must be a list.",
                "policy.limits[0].requests_per_minute: must be a whole number.",
                "policy.limits[1]: the field 'name' is given twice.",
            ],
            error.Status.Detail.Split('\n'));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"x\"")]
    public async Task A_document_that_is_no_object_is_refused(string json) =>
        Assert.EndsWith("policy: must be an object with named fields.", (await Assert.ThrowsAsync<RpcException>(() => ReadAsync(json))).Status.Detail, StringComparison.Ordinal);

    [Fact]
    public async Task What_is_wrong_with_the_rest_is_told_beside_what_cannot_be_read()
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => ReadAsync(
            """{"lanes":[{"name":"a","color":"red"}]}""", policy => Task.FromResult($"lanes[{policy.Lanes[0].Name}]: has no windows.")));
        Assert.Equal(
            ["The policy cannot be read; nothing was changed.", "policy.lanes[0]: there is no field 'color' here. Fields: name, route, windows.", "And of what could be read of it:", "lanes[a]: has no windows."],
            error.Status.Detail.Split('\n'));

        // It is not asked where all can be read: whoever takes the document says it.
        Assert.Equal("a", (await ReadAsync("""{"lanes":[{"name":"a"}]}""", _ => throw new InvalidOperationException())).Lanes[0].Name);
    }

    private static async Task<RoutePolicy> ReadAsync(string json, Func<RoutePolicy, Task<string>>? checkRest = null)
    {
        using var document = JsonDocument.Parse(json);
        return await DocumentReader.ReadAsync("policy", document.RootElement, checkRest ?? (_ => Task.FromResult("")));
    }
}
