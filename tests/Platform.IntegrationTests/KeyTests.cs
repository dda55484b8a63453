using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Grpc.Core;
using Platform.AppHost;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Testing;

namespace Platform.IntegrationTests;

/// <summary>A key's life as people see it: made and changed with kt, used at the gateway, found again in usage and in the audit log.</summary>
[Collection(SharedPlatformCollection.Name)]
public sealed class KeyTests(SharedPlatform shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bound_and_restricted_key_calls_what_it_may_and_every_change_of_it_is_effective_within_two_seconds()
    {
        await KtAsync("teams", "create", "team_keys", "--owner", "Ada", "--email", "ada@example.com");
        await KtAsync("wallets", "allocate", "--team", "team_keys", "--amount", "5");
        await KtAsync("users", "create", "ada", "--name", "Ada");
        await KtAsync("applications", "create", "bot", "--team", "team_keys");
        var made = await KtJsonAsync(
            "auth", "token", "create", "--name", "bot", "--team", "team_keys", "--user", "ada", "--application", "bot", "--model", "gpt-4o-mini");
        var id = (string)made["key_id"]!;
        using var client = Client((string)made["secret"]!);
        await UntilAsync(client, HttpStatusCode.OK, null);

        var (status, _, response) = await Chat.CallAsync(client, Cancel);
        Assert.Equal(HttpStatusCode.OK, status);
        var attempt = response.Headers.GetValues("X-KT-Attempt-Id").Single();
        var (refused, body, _) = await Chat.CallAsync(client, Cancel, model: "gpt-4o");
        Assert.Equal((HttpStatusCode.Forbidden, "model_not_allowed"), (refused, Code(body)));
        var models = JsonNode.Parse(await client.GetStringAsync("v1/models", Cancel))!;
        Assert.Equal(["gpt-4o-mini"], models["data"]!.AsArray().Select(model => (string)model!["id"]!));

        await Promise.KeptAsync(
            Promise.TwoSeconds,
            new Change("a frozen key", () => KtAsync("auth", "token", "freeze", id), () => UntilAsync(client, HttpStatusCode.Forbidden, "key_frozen")),
            new Change("a key that is frozen no more", () => KtAsync("auth", "token", "unfreeze", id), () => UntilAsync(client, HttpStatusCode.OK, null)),
            new Change("a frozen team", () => KtAsync("teams", "freeze", "team_keys"), () => UntilAsync(client, HttpStatusCode.Forbidden, "team_frozen")),
            new Change("a team that is frozen no more", () => KtAsync("teams", "unfreeze", "team_keys"), () => UntilAsync(client, HttpStatusCode.OK, null)),
            new Change("a disabled user", () => KtAsync("users", "disable", "ada"), () => UntilAsync(client, HttpStatusCode.Forbidden, "user_disabled")),
            new Change("an enabled user", () => KtAsync("users", "enable", "ada"), () => UntilAsync(client, HttpStatusCode.OK, null)));

        await Eventually.TrueAsync(
            async () => JsonNode.Parse(await shared.Platform.Api.GetStringAsync($"v1/usage?attempt_id={attempt}", Cancel))!["records"]!.AsArray()
                .Any(record => (string?)record!["user_id"] == "ada" && (string?)record["key_id"] == id),
            TimeSpan.FromSeconds(20), "the call's record with its user and key");
        Assert.Equal(["key.unfreeze", "key.freeze", "key.create"], (await AuditedAsync(id)).Distinct());
        await KtAsync("audit", "verify");
    }

    [Fact]
    public async Task A_new_key_a_rotated_one_its_successor_and_a_revoked_one_are_known_for_what_they_are_within_two_seconds()
    {
        JsonNode made = new JsonObject(), rotated = new JsonObject();
        using var old = Client("none");
        using var successor = Client("none");
        await Promise.KeptAsync(
            Promise.TwoSeconds,
            new Change(
                "a new key", async () => Use(old, made = await KtJsonAsync("auth", "token", "create", "--name", "rotated", "--team", "team_support")),
                () => UntilAsync(old, HttpStatusCode.OK, null)),
            new Change(
                "the end of a rotated key", async () => Use(successor, rotated = await KtJsonAsync("auth", "token", "rotate", (string)made["key_id"]!, "--overlap", "0")),
                () => UntilAsync(old, HttpStatusCode.Unauthorized, "invalid_api_key")),
            new Change("a rotated key's successor", () => Task.CompletedTask, () => UntilAsync(successor, HttpStatusCode.OK, null)),
            new Change(
                "a revoked key", () => KtAsync("auth", "token", "revoke", (string)rotated["key_id"]!), () => UntilAsync(successor, HttpStatusCode.Unauthorized, "invalid_api_key")));
        Assert.Equal(["key.rotate", "key.create"], await AuditedAsync((string)made["key_id"]!));
    }

    [Fact]
    public async Task Streams_that_a_key_has_opened_end_with_it_within_two_seconds()
    {
        using var channel = shared.Platform.GrpcOf(ResourceNames.Metering);
        var usage = new Usage.UsageClient(channel);
        AsyncDuplexStreamingCall<RecordRequest, RecordResponse> stream = null!;
        StreamReader tail = null!;
        await Promise.KeptAsync(Promise.TwoSeconds, new Change("the end of a revoked key's streams", RevokeAsync, EndAsync));

        async Task RevokeAsync()
        {
            var made = await KtJsonAsync("auth", "token", "create", "--name", "streams", "--role", "editor");
            var token = $"Bearer {(string)made["secret"]!}";
            using var api = new HttpClient { BaseAddress = shared.Platform.Api.BaseAddress };
            api.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", token);
            await Eventually.TrueAsync(async () => (await api.GetAsync("v1/usage?page_size=1", Cancel)).IsSuccessStatusCode, Promise.Patience, "the key to be usable");

            // An event that is refused is answered too, and leaves nothing behind.
            stream = usage.RecordStream(new Metadata { { "authorization", token } }, cancellationToken: Cancel);
            await stream.RequestStream.WriteAsync(new RecordRequest { Events = { new UsageEvent { Source = "test", Funding = Funding.External } } }, Cancel);
            Assert.True(await stream.ResponseStream.MoveNext(Cancel));
            Assert.Equal(RecordOutcome.Invalid, stream.ResponseStream.Current.Results.Single().Outcome);
            tail = new StreamReader(await api.GetStreamAsync("v1/usage/tail", Cancel));
            Assert.Equal("", await tail.ReadLineAsync(Cancel));
            await KtAsync("auth", "token", "revoke", (string)made["key_id"]!);
        }

        async Task EndAsync()
        {
            using (stream)
            using (tail)
            {
                var ended = await Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.MoveNext(Cancel).WaitAsync(Promise.Patience, Cancel));
                Assert.Equal((StatusCode.Unauthenticated, Reasons.TokenInvalid), (ended.StatusCode, RpcErrors.ReasonOf(ended)));
                var last = (await tail.ReadToEndAsync(Cancel).WaitAsync(Promise.Patience, Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
                var end = JsonNode.Parse(last)!["ended"]!;
                Assert.Equal((401, Reasons.TokenInvalid), ((int)end["status"]!, (string?)end["reason"]));
            }
        }
    }

    private static async Task UntilAsync(HttpClient client, HttpStatusCode status, string? code)
    {
        var last = "";
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await client.GetAsync("v1/models", Cancel);
                var body = await answer.Content.ReadAsStringAsync(Cancel);
                last = $"{(int)answer.StatusCode} {body}";
                return answer.StatusCode == status && (code is null || Code(body) == code);
            },
            Promise.Patience, () => $"{(int)status} {code}; the last answer was {last}");
    }

    private static string? Code(string body) => (string?)JsonNode.Parse(body)!["error"]!["code"];

    private HttpClient Client(string secret)
    {
        var client = new HttpClient { BaseAddress = shared.Platform.Gateway.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return client;
    }

    private static void Use(HttpClient client, JsonNode key) => client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)key["secret"]!);

    /// <summary>What was done with a key, newest first.</summary>
    private async Task<IEnumerable<string>> AuditedAsync(string key) =>
        (await KtJsonAsync("audit", "list", "--subject", key))["records"]!.AsArray().Select(record => (string)record!["action"]!);

    private async Task<CommandResult> KtAsync(params string[] arguments)
    {
        var result = await shared.Platform.Kt.RunAsync(Cancel, arguments);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    private async Task<JsonNode> KtJsonAsync(params string[] arguments) => JsonNode.Parse((await KtAsync([.. arguments, "-o", "json"])).Output)!;
}
