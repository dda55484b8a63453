using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Platform.IntegrationTests.Leases;
using Platform.Testing;

namespace Platform.IntegrationTests;

/// <summary>Work that waits, with a gateway that dies in the middle of it.</summary>
[Collection(SharedPlatformCollection.Name)]
public sealed class BatchTests(SharedPlatform shared) : IAsyncDisposable
{
    private const int Items = 500;

    private string? _before;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The platform is shared: whatever became of the test, the next one finds the policy and the provider as they were.</summary>
    public async ValueTask DisposeAsync()
    {
        await SlowProvider.EndAsync(shared.Platform, Cancel);
        if (_before is not null)
        {
            await ServedPolicy.RollBackAsync(shared.Platform, _before, Cancel);
        }
    }

    [Fact]
    public async Task Each_item_runs_once_though_a_gateway_dies_and_what_it_had_begun_is_unknown()
    {
        await KtAsync("teams", "create", "team_batches");
        await KtAsync("wallets", "allocate", "--team", "team_batches", "--amount", "5");
        var made = await KtJsonAsync("auth", "token", "create", "--name", "batches", "--team", "team_batches");
        using var client = new HttpClient { BaseAddress = shared.Platform.Gateway.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)made["secret"]!);
        _before = await ScheduledLane.OpenAsync(shared.Platform, Cancel);

        var journals = Directory.CreateTempSubdirectory("kt-batches-");
        // So slow that one gateway cannot end all before the other has looked, however late it looks: that takes it minutes.
        using var slow = await shared.Platform.Simulator.PostAsJsonAsync("admin/faults", new { latency_ms = 5_000 }, Cancel);
        slow.EnsureSuccessStatusCode();
        await using var dying = GatewayProcess.Start(shared.Platform, journals.FullName, crashAt: "routing.item.after_start");
        Assert.True(await dying.IsHealthyAsync(Cancel));
        var one = await client.SendAsync(Chat.Request("gpt-4o-mini", "later", stream: false, maxTokens: 16, new Dictionary<string, string> { ["X-KT-Lane"] = "scheduled" }), Cancel);
        Assert.Equal(HttpStatusCode.Accepted, one.StatusCode);
        var id = await SubmitAsync(client);
        Assert.Equal(id, await SubmitAsync(client));
        Assert.Equal(137, await dying.ExitAsync(Cancel));
        await SlowProvider.EndAsync(shared.Platform, Cancel);

        await Eventually.TrueAsync(async () => (string?)(await ShowAsync(client, id))["status"] == "completed", TimeSpan.FromSeconds(150), "the batch to be completed");
        var counts = (await ShowAsync(client, id))["request_counts"]!;
        var (succeeded, unknown) = ((int)counts["succeeded"]!, (int)counts["unknown"]!);
        var results = (await client.GetStringAsync($"v1/batches/{id}/results", Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(Enumerable.Range(0, Items).Select(i => $"item-{i}"), results.Select(result => (string)result["custom_id"]!));
        Assert.Equal((Items, succeeded), (succeeded + unknown, results.Count(result => (int?)result["response"]?["status_code"] == 200)));
        Assert.All(results.Where(result => (string?)result["state"] == "succeeded"), result => Assert.NotNull(result["response"]!["body"]!["choices"] ?? result["response"]!["body"]!["output"]));

        JsonNode alone = new JsonObject();
        await Eventually.TrueAsync(
            async () => (string?)(alone = await ShowAsync(client, (string)JsonNode.Parse(await one.Content.ReadAsStringAsync(Cancel))!["id"]!))["status"] == "completed",
            TimeSpan.FromSeconds(60), "the item by itself to be completed");
        succeeded += (int)alone["request_counts"]!["succeeded"]!;
        await Eventually.TrueAsync(
            async () => (int)(await KtJsonAsync("spend", "--team", "team_batches", "--lane", "scheduled", "--by", "team"))["total"]!["calls"]! == succeeded,
            TimeSpan.FromSeconds(30), $"{succeeded} records of usage, and no more");
        journals.Delete(recursive: true);
    }

    private static async Task<string> SubmitAsync(HttpClient client)
    {
        var lines = string.Join('\n', Enumerable.Range(0, Items).Select(i => new JsonObject
        {
            ["custom_id"] = $"item-{i}", ["method"] = "POST", ["url"] = i % 2 == 0 ? "/v1/chat/completions" : "/v1/responses",
            ["body"] = i % 2 == 0
                ? new JsonObject
                {
                    ["model"] = "gpt-4o-mini", ["max_tokens"] = 16, ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = $"question {i}" }),
                }
                : new JsonObject { ["model"] = "gpt-4o-mini", ["max_output_tokens"] = 16, ["input"] = $"question {i}" },
        }.ToJsonString()));
        using var request = new HttpRequestMessage(HttpMethod.Post, "v1/batches?name=evaluation") { Content = new StringContent(lines) };
        request.Headers.Add("Idempotency-Key", "evaluation-1");
        using var answer = await client.SendAsync(request, Cancel);
        var body = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, body);
        return (string)JsonNode.Parse(body)!["id"]!;
    }

    private static async Task<JsonNode> ShowAsync(HttpClient client, string id) => JsonNode.Parse(await client.GetStringAsync($"v1/batches/{id}", Cancel))!;

    private async Task<CommandResult> KtAsync(params string[] arguments)
    {
        var result = await shared.Platform.Kt.RunAsync(Cancel, arguments);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    private async Task<JsonNode> KtJsonAsync(params string[] arguments) => JsonNode.Parse((await KtAsync([.. arguments, "-o", "json"])).Output)!;
}
