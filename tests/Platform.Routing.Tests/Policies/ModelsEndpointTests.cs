using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Platform.Contracts.Identity.V1;
using Platform.Postgres;
using Platform.Routing.Policies;
using Platform.Routing.Policies.Changes;
using Platform.Routing.Shapes.Chat;
using Platform.Routing.Shapes.Messages;
using Platform.Routing.Tests.Calls;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Tests.Policies;

public sealed class ModelsEndpointTests : PolicyDatabase
{
    [Theory]
    [InlineData("gpt-4o", "gpt-4o")]
    [InlineData("openai/gpt-5", "openai/gpt-5")]
    [InlineData("openai%2Fgpt-5", "openai/gpt-5")]
    [InlineData("openai%2fgpt-5", "openai/gpt-5")]
    [InlineData("openai%2Fgpt-6", null)]
    public async Task Name_with_a_slash_is_found_whether_its_client_encodes_it_or_not(string inPath, string? name)
    {
        var model = JsonNode.Parse(PolicyDocuments.Valid)!["models"]![1]!;
        model["name"] = "openai/gpt-5";
        await new ChangePolicy(new Changes(DataSource, TimeProvider.System), Store, new Outbox(TimeProvider.System)).ApplyAsync(
            new() { IdempotencyKey = "k1", Policy = PolicyDocuments.With("/models/-", model.ToJsonString()), Description = "slash" }, "key_1", Cancel);
        using var replica = ReplicaOf();
        await replica.StartAsync(Cancel);
        var builder = LoopbackServer.NewBuilder();
        builder.Services.AddRouting();
        builder.Services.AddSingleton(new ModelsEndpoint(new OneKey(KeyStanding.Usable, Role.Inference), replica, new ChatShape(), new MessagesShape(), TimeProvider.System));
        await using var app = builder.Build();
        app.UseRouting();
        ModelsEndpoint.Map(app);
        await app.StartAsync(Cancel);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()), DefaultRequestHeaders = { Authorization = new("Bearer", "kt_live_x") } };
        using var answer = await client.GetAsync(new Uri($"/v1/models/{inPath}", UriKind.Relative), Cancel);
        var said = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == (name is null ? HttpStatusCode.NotFound : HttpStatusCode.OK), said);
        Assert.Equal(name, (string?)JsonNode.Parse(said)!["id"]);
        using var head = await client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/v1/models/{inPath}"), Cancel);
        Assert.Equal((answer.StatusCode, answer.Content.Headers.ContentType), (head.StatusCode, head.Content.Headers.ContentType));
        await replica.StopAsync(Cancel);
    }
}
