using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Npgsql;
using Platform.IntegrationTests.Leases;
using Platform.Testing;

namespace Platform.IntegrationTests;

/// <summary>A gateway is told to end while calls and work that waits are under way, and a call takes longer than calls are given.</summary>
[Collection(SharedPlatformCollection.Name)]
public sealed class GatewayStopTests(SharedPlatform shared) : IAsyncDisposable
{
    private const int Items = 30;

    /// <summary>As many as a gateway runs at once.</summary>
    private const int Parallel = 8;

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
    public async Task Items_under_way_keep_their_answers_no_other_begins_and_all_that_was_taken_returns()
    {
        await KtAsync("teams", "create", "team_stop");
        await KtAsync("wallets", "allocate", "--team", "team_stop", "--amount", "5");
        var made = await KtJsonAsync("auth", "token", "create", "--name", "stop", "--team", "team_stop");
        using var client = Client(shared.Platform.Gateway.BaseAddress!, made);
        _before = await ScheduledLane.OpenAsync(shared.Platform, Cancel);
        await using var database = NpgsqlDataSource.Create(await shared.Platform.ConnectionStringAsync("routingdb"));

        // Who runs alone is the platform's own gateway.
        await CompletedAsync(client, await SubmitAsync(client, 1));
        var own = await ScalarAsync<Guid>(database, "SELECT claimed_by FROM batch_item WHERE state = 4 ORDER BY ended_at DESC LIMIT 1");
        var journals = Directory.CreateTempSubdirectory("kt-stop-");
        await using var ending = GatewayProcess.Start(
            shared.Platform, journals.FullName, crashAt: null, ("Gateway__DrainSeconds", "1"), ("Scheduled__DrainSeconds", "60"));
        Assert.True(await ending.IsHealthyAsync(Cancel));
        using var caller = Client(ending.Client.BaseAddress!, made);
        Assert.Equal(HttpStatusCode.OK, (await Chat.CallAsync(caller, Cancel)).Status);

        await FaultAsync(new { latency_ms = 50_000 });
        var batch = await SubmitAsync(client, Items);
        var running = $"SELECT coalesce(string_agg(position::text, ' ' ORDER BY position), '') FROM batch_item WHERE batch_id = '{batch}' AND state = 3 AND claimed_by <> '{own}'";
        var runs = await SettledAsync(database, running);

        // Longer than calls are given, and at its end before the items are at theirs.
        await FaultAsync(new { token_interval_ms = 200 });
        using var call = await caller.SendAsync(Chat.Request("gpt-4o-mini", "long", stream: true, maxTokens: 60), HttpCompletionOption.ResponseHeadersRead, Cancel);
        Assert.Equal(HttpStatusCode.OK, call.StatusCode);

        // As many as it may run are under way, so what it has by its end besides these it has begun after it was told to end.
        var its = $"SELECT string_agg(position::text, ' ' ORDER BY position) FROM batch_item WHERE batch_id = '{batch}' AND claimed_by <> '{own}'";
        var begun = await ScalarAsync<string>(database, its);
        Assert.Equal(runs, await ScalarAsync<string>(database, running));
        Assert.Equal(0, await ending.StopAsync(Cancel));
        await SlowProvider.EndAsync(shared.Platform, Cancel);
        await Assert.ThrowsAnyAsync<Exception>(() => call.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(begun, await ScalarAsync<string>(database, its));
        Assert.Equal(begun, await ScalarAsync<string>(database, $"{its} AND state = 4"));
        var counts = await CompletedAsync(client, batch);
        Assert.Equal((Items, 0, 0), ((int)counts["succeeded"]!, (int)counts["failed"]!, (int)counts["unknown"]!));

        // The call was cut for its caller and read to its end for its usage: nothing of it is unknown, and no lease is left behind.
        await Eventually.TrueAsync(
            async () => (int)(await KtJsonAsync("spend", "--team", "team_stop", "--by", "team"))["total"]!["calls"]! == Items + 3,
            TimeSpan.FromSeconds(60), $"{Items + 3} records of usage, and no more");
        Assert.DoesNotContain("team_stop", (await KtAsync("wallets", "suspense", "list", "-o", "json")).Output, StringComparison.Ordinal);
        journals.Delete(recursive: true);
    }

    /// <summary>The items that a gateway runs, once they are as many as it may run and none of them waits again at once.</summary>
    private static async Task<string> SettledAsync(NpgsqlDataSource database, string running)
    {
        var seen = "";
        await Eventually.TrueAsync(
            async () =>
            {
                var before = seen;
                await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
                seen = await ScalarAsync<string>(database, running);
                return seen == before && seen.Split(' ').Length == Parallel;
            },
            TimeSpan.FromSeconds(25), "the gateway to run as many items as it may"); // While those that it took first are under way.
        return seen;
    }

    private static HttpClient Client(Uri gateway, JsonNode key)
    {
        var client = new HttpClient { BaseAddress = gateway };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)key["secret"]!);
        return client;
    }

    private static async Task<string> SubmitAsync(HttpClient client, int items)
    {
        var lines = string.Join('\n', Enumerable.Range(0, items).Select(i => new JsonObject
        {
            ["custom_id"] = $"item-{i}", ["method"] = "POST", ["url"] = "/v1/chat/completions",
            ["body"] = new JsonObject
            {
                ["model"] = "gpt-4o-mini", ["max_tokens"] = 16, ["messages"] = new JsonArray(new JsonObject { ["role"] = "user", ["content"] = $"question {i}" }),
            },
        }.ToJsonString()));
        using var answer = await client.PostAsync("v1/batches", new StringContent(lines), Cancel);
        var body = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == HttpStatusCode.Accepted, body);
        return (string)JsonNode.Parse(body)!["id"]!;
    }

    /// <summary>The counts of a batch, once it has ended.</summary>
    private static async Task<JsonNode> CompletedAsync(HttpClient client, string id)
    {
        JsonNode? batch = null;
        await Eventually.TrueAsync(
            async () => (string?)(batch = JsonNode.Parse(await client.GetStringAsync($"v1/batches/{id}", Cancel))!)["status"] == "completed",
            TimeSpan.FromSeconds(90), "the batch to be completed");
        return batch!["request_counts"]!;
    }

    private static async Task<T> ScalarAsync<T>(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(Cancel))!;
    }

    private async Task FaultAsync(object fault)
    {
        using var answer = await shared.Platform.Simulator.PostAsJsonAsync("admin/faults", fault, Cancel);
        answer.EnsureSuccessStatusCode();
    }

    private async Task<CommandResult> KtAsync(params string[] arguments)
    {
        var result = await shared.Platform.Kt.RunAsync(Cancel, arguments);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    private async Task<JsonNode> KtJsonAsync(params string[] arguments) => JsonNode.Parse((await KtAsync([.. arguments, "-o", "json"])).Output)!;
}
