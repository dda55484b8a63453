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
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(2);

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

        await KtAsync("auth", "token", "freeze", id);
        await UntilAsync(client, HttpStatusCode.Forbidden, "key_frozen");
        await KtAsync("auth", "token", "unfreeze", id);
        await UntilAsync(client, HttpStatusCode.OK, null);
        await KtAsync("teams", "freeze", "team_keys");
        await UntilAsync(client, HttpStatusCode.Forbidden, "team_frozen");
        await KtAsync("teams", "unfreeze", "team_keys");
        await KtAsync("users", "disable", "ada");
        await UntilAsync(client, HttpStatusCode.Forbidden, "user_disabled");
        await KtAsync("users", "enable", "ada");
        var rotated = await KtJsonAsync("auth", "token", "rotate", id, "--overlap", "0");
        await UntilAsync(client, HttpStatusCode.Unauthorized, "invalid_api_key");
        using var successor = Client((string)rotated["secret"]!);
        await UntilAsync(successor, HttpStatusCode.OK, null);
        await KtAsync("auth", "token", "revoke", (string)rotated["key_id"]!);
        await UntilAsync(successor, HttpStatusCode.Unauthorized, "invalid_api_key");

        await Eventually.TrueAsync(
            async () => JsonNode.Parse(await shared.Platform.Api.GetStringAsync($"v1/usage?attempt_id={attempt}", Cancel))!["records"]!.AsArray()
                .Any(record => (string?)record!["user_id"] == "ada" && (string?)record["key_id"] == id),
            TimeSpan.FromSeconds(20), "the call's record with its user and key");
        var audit = await KtJsonAsync("audit", "list", "--subject", id);
        Assert.Equal(["key.rotate", "key.unfreeze", "key.freeze", "key.create"], audit["records"]!.AsArray().Select(record => (string)record!["action"]!));
        await KtAsync("audit", "verify");
    }

    [Fact]
    public async Task Streams_that_a_key_has_opened_end_with_it_within_two_seconds()
    {
        var made = await KtJsonAsync("auth", "token", "create", "--name", "streams", "--role", "editor");
        var token = $"Bearer {(string)made["secret"]!}";
        using var channel = shared.Platform.GrpcOf(ResourceNames.Metering);
        var usage = new Usage.UsageClient(channel);
        var headers = new Metadata { { "authorization", token } };
        using var api = new HttpClient { BaseAddress = shared.Platform.Api.BaseAddress };
        api.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", token);
        await Eventually.TrueAsync(async () => (await api.GetAsync("v1/usage?page_size=1", Cancel)).IsSuccessStatusCode, Promised, "the key to be usable");

        // An event that is refused is answered too, and leaves nothing behind.
        using var stream = usage.RecordStream(headers, cancellationToken: Cancel);
        await stream.RequestStream.WriteAsync(new RecordRequest { Events = { new UsageEvent { Source = "test", Funding = Funding.External } } }, Cancel);
        Assert.True(await stream.ResponseStream.MoveNext(Cancel));
        Assert.Equal(RecordOutcome.Invalid, stream.ResponseStream.Current.Results.Single().Outcome);
        using var tail = new StreamReader(await api.GetStreamAsync("v1/usage/tail", Cancel));
        Assert.Equal("", await tail.ReadLineAsync(Cancel));

        await KtAsync("auth", "token", "revoke", (string)made["key_id"]!);
        var ended = await Assert.ThrowsAsync<RpcException>(() => stream.ResponseStream.MoveNext(Cancel).WaitAsync(Promised, Cancel));
        Assert.Equal((StatusCode.Unauthenticated, Reasons.TokenInvalid), (ended.StatusCode, RpcErrors.ReasonOf(ended)));
        var last = (await tail.ReadToEndAsync(Cancel).WaitAsync(Promised, Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
        var end = JsonNode.Parse(last)!["ended"]!;
        Assert.Equal((401, Reasons.TokenInvalid), ((int)end["status"]!, (string?)end["reason"]));
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
            Promised, () => $"{(int)status} {code}; the last answer was {last}");
    }

    private static string? Code(string body) => (string?)JsonNode.Parse(body)!["error"]!["code"];

    private HttpClient Client(string secret)
    {
        var client = new HttpClient { BaseAddress = shared.Platform.Gateway.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return client;
    }

    private async Task<CommandResult> KtAsync(params string[] arguments)
    {
        var result = await shared.Platform.Kt.RunAsync(Cancel, arguments);
        Assert.True(result.ExitCode == 0, result.ToString());
        return result;
    }

    private async Task<JsonNode> KtJsonAsync(params string[] arguments) => JsonNode.Parse((await KtAsync([.. arguments, "-o", "json"])).Output)!;
}
