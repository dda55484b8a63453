using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Platform.Testing;

namespace Platform.IntegrationTests;

/// <summary>Bad input gets a clear answer and changes nothing.</summary>
[Collection(SharedPlatformCollection.Name)]
public sealed class BadInputTests(SharedPlatform shared)
{
    /// <summary>No other test has an answer by it: on the bill of the whole platform it stands for the calls of these.</summary>
    private const string OwnModel = "gpt-4o";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"team_id": "team_nobody", "amount": 5, "currency": "USD"}""", HttpStatusCode.NotFound, "TEAM_NOT_FOUND")]
    [InlineData("""{"team_id": "team_support", "amount": -5, "currency": "USD"}""", HttpStatusCode.BadRequest, "AMOUNT_INVALID")]
    [InlineData("""{"team_id": "team_support", "amount": 0.0000000001, "currency": "USD"}""", HttpStatusCode.BadRequest, "AMOUNT_INVALID")]
    [InlineData("""{"team_id": "team_support", "amount": 5, "currency": "EUR"}""", HttpStatusCode.BadRequest, "CURRENCY_MISMATCH")]
    [InlineData("""{"team_id": "team_support", "amount": 9000000000, "currency": "USD"}""", HttpStatusCode.Conflict, "INSUFFICIENT_FUNDS")]
    [InlineData("""{"team_id": "team_support", "amount": """, HttpStatusCode.BadRequest, "INVALID_ARGUMENT")]
    [InlineData("""{"team_id": "team_support", "ammount": 5, "currency": "USD"}""", HttpStatusCode.BadRequest, "INVALID_ARGUMENT")]
    public async Task A_bad_allocation_is_refused_and_moves_nothing(string body, HttpStatusCode status, string reason)
    {
        var before = await AllocatedAsync();
        using var response = await PostAsync("v1/wallets/allocate", body);
        var problem = JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal((status, reason), (response.StatusCode, (string?)problem["reason"]));
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.NotEmpty((string)problem["detail"]!);
        Assert.Equal(before, await AllocatedAsync());
    }

    [Theory]
    [InlineData("POST", "v1/nosuch", HttpStatusCode.NotFound, "route_not_served")]
    [InlineData("GET", "v1/chat/completions", HttpStatusCode.MethodNotAllowed, "method_not_allowed")]
    public async Task A_path_that_the_gateway_does_not_serve_gets_an_error_in_the_usual_body(string method, string path, HttpStatusCode status, string code)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await shared.Platform.Gateway.SendAsync(request, Cancel);

        Assert.Equal(status, response.StatusCode);
        Assert.Equal(code, (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync(Cancel))!["error"]!["code"]);
    }

    [Fact]
    public async Task An_unknown_cron_expression_is_refused_with_what_is_wrong()
    {
        var result = await shared.Platform.Kt.RunAsync(
            Cancel, "export-jobs", "schedule", "--name", "bad", "--cron", "every monday", "--window", "7d", "--format", "json", "--s3-bucket", "finops-artifacts",
            "--s3-prefix", "x/");
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("cron", result.Errors, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(null, HttpStatusCode.Unauthorized)]
    [InlineData("kt_live_nobody", HttpStatusCode.Unauthorized)]
    public async Task A_missing_or_unknown_key_is_refused_by_gateway_and_api(string? token, HttpStatusCode status)
    {
        foreach (var (client, path) in new[] { (shared.Platform.Gateway, "v1/models"), (shared.Platform.Api, "v1/wallets") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(client.BaseAddress!, path));
            request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
            using var anonymous = new HttpClient();
            using var response = await anonymous.SendAsync(request, Cancel);
            Assert.Equal(status, response.StatusCode);
        }
    }

    [Fact]
    public async Task A_teams_key_may_not_move_money()
    {
        using var client = new HttpClient { BaseAddress = shared.Platform.Api.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", RunningPlatform.SupportKey);
        using var response = await client.PostAsync(
            "v1/wallets/allocate", Json("""{"team_id": "team_support", "amount": 5, "currency": "USD"}"""), Cancel);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task An_unknown_model_is_refused_as_openai_does()
    {
        var (status, body, _) = await Chat.CallAsync(shared.Platform.Gateway, Cancel, model: "gpt-nobody");
        Assert.Equal(HttpStatusCode.NotFound, status);
        Assert.Equal("model_not_found", (string?)JsonNode.Parse(body)!["error"]!["code"]);
    }

    [Fact]
    public async Task A_body_in_broken_framing_is_refused_and_nothing_is_called()
    {
        var billed = await BilledAsync();
        var gateway = shared.Platform.Gateway.BaseAddress!;
        var body = await Chat.Request(OwnModel, "hello", stream: false).Content!.ReadAsStringAsync(Cancel);
        using var connection = new TcpClient(gateway.Host, gateway.Port);
        await using var stream = connection.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"POST /v1/chat/completions HTTP/1.1\r\nHost: {gateway.Host}\r\nAuthorization: Bearer {RunningPlatform.SupportKey}\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{body}\r\nno length\r\n"),
            Cancel);
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(Cancel);
        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains("The body cannot be read to its end.", answer, StringComparison.Ordinal);
        Assert.Equal(billed, await BilledAsync());
    }

    [Fact]
    public async Task An_empty_wallet_answers_402_before_any_provider_is_called()
    {
        var key = await NewTeamKeyAsync("team_broke");
        var billed = await BilledAsync();
        using var client = new HttpClient { BaseAddress = shared.Platform.Gateway.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        var (status, body, _) = await Chat.CallAsync(client, Cancel, model: OwnModel);
        Assert.Equal(HttpStatusCode.PaymentRequired, status);
        Assert.NotNull(JsonNode.Parse(body)!["error"]!["message"]);
        Assert.Equal(billed, await BilledAsync());
    }

    [Fact]
    public async Task A_revoked_key_stops_within_two_seconds()
    {
        await CreateTeamAsync("team_revoked");
        using var client = new HttpClient { BaseAddress = shared.Platform.Gateway.BaseAddress };
        await Promise.KeptAsync(
            Promise.TwoSeconds, new Change("a revoked key", RevokeAsync, () => UntilAsync(client, HttpStatusCode.Unauthorized, "the revoked key to stop")));

        async Task RevokeAsync()
        {
            using var created = await PostAsync("v1/keys", """{"team_id": "team_revoked", "name": "short lived"}""");
            var key = JsonNode.Parse(await created.Content.ReadAsStringAsync(Cancel))!;
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)key["secret"]!);
            await UntilAsync(client, HttpStatusCode.OK, "the new key to work");
            using var revoked = await shared.Platform.Api.DeleteAsync($"v1/keys/{(string)key["key_id"]!}", Cancel);
            Assert.True(revoked.IsSuccessStatusCode);
        }
    }

    [Fact]
    public async Task The_same_idempotency_key_has_one_effect_and_another_body_is_a_conflict()
    {
        const string first = """{"team_id": "team_support", "amount": 1.25, "currency": "USD", "description": "once"}""";
        var headers = ("Idempotency-Key", "integration-once");
        using var one = await PostAsync("v1/wallets/allocate", first, headers);
        using var two = await PostAsync("v1/wallets/allocate", first, headers);
        Assert.Equal(HttpStatusCode.OK, one.StatusCode);
        Assert.Equal(await one.Content.ReadAsStringAsync(Cancel), await two.Content.ReadAsStringAsync(Cancel));
        using var other = await PostAsync("v1/wallets/allocate", first.Replace("1.25", "2.50", StringComparison.Ordinal), headers);
        Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
        Assert.Equal("IDEMPOTENCY_CONFLICT", (string?)JsonNode.Parse(await other.Content.ReadAsStringAsync(Cancel))!["reason"]);
    }

    /// <summary>What an allocation would move, of every wallet; what is spent meanwhile moves nothing of it.</summary>
    private async Task<IEnumerable<string>> AllocatedAsync() => JsonNode.Parse(await shared.Platform.Api.GetStringAsync("v1/wallets", Cancel))!["wallets"]!.AsArray()
        .Select(wallet => $"{wallet!["wallet_id"]}: {wallet["total_allocated"]} put in, {wallet["moved_out"]} moved out");

    /// <summary>How many calls of the model that no other test has an answer of are on the provider's bill.</summary>
    private async Task<int> BilledAsync() => (await shared.Platform.Simulator.GetStringAsync("invoice", Cancel)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Count(line => (string?)JsonNode.Parse(line)!["model"] == OwnModel);

    private async Task<string> NewTeamKeyAsync(string team)
    {
        await CreateTeamAsync(team);
        using var created = await PostAsync("v1/keys", $$"""{"team_id": "{{team}}", "name": "test"}""");
        var secret = (string)JsonNode.Parse(await created.Content.ReadAsStringAsync(Cancel))!["secret"]!;
        using var client = new HttpClient { BaseAddress = shared.Platform.Gateway.BaseAddress };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        await UntilAsync(client, HttpStatusCode.OK, "the new key to work");
        return secret;
    }

    private static Task UntilAsync(HttpClient client, HttpStatusCode status, string what) =>
        Eventually.TrueAsync(async () => (await client.GetAsync("v1/models", Cancel)).StatusCode == status, Promise.Patience, what);

    private async Task CreateTeamAsync(string team)
    {
        using var response = await PostAsync("v1/teams", $$"""{"team_id": "{{team}}", "name": "Test"}""");
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancel));
    }

    private Task<HttpResponseMessage> PostAsync(string path, string body, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = Json(body) };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return shared.Platform.Api.SendAsync(request, Cancel);
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");
}
