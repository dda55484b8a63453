using System.Net;
using System.Text.Json;
using static Platform.ProviderSimulator.Tests.RunningSimulator;

namespace Platform.ProviderSimulator.Tests;

public sealed class PlainAnswerTests
{
    [Fact]
    public async Task Plain_call_is_answered_in_the_published_shape_and_billed_alike()
    {
        await using var simulator = await StartAsync();

        var answer = await simulator.ChatJsonAsync(Body(), "X-KT-Attempt-Id: attempt-1", "X-Sim-Cached-Tokens: 3", "X-Sim-Cache-Write-Tokens: 2");

        Assert.StartsWith("chatcmpl-", answer.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.Equal("chat.completion", answer.GetProperty("object").GetString());
        Assert.Equal(Start.ToUnixTimeSeconds(), answer.GetProperty("created").GetInt64());
        Assert.Equal("gpt-4o-mini", answer.GetProperty("model").GetString());
        var choice = answer.GetProperty("choices")[0];
        Assert.Equal("assistant", choice.GetProperty("message").GetProperty("role").GetString());
        Assert.Equal("stop", choice.GetProperty("finish_reason").GetString());
        var usage = answer.GetProperty("usage");
        var completion = usage.GetProperty("completion_tokens").GetInt32();
        Assert.InRange(completion, 20, 120);
        Assert.Equal(completion, Words(choice));
        Assert.Equal(8, usage.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(8 + completion, usage.GetProperty("total_tokens").GetInt32());
        Assert.Equal(3, usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32());
        Assert.Equal(2, usage.GetProperty("prompt_tokens_details").GetProperty("cache_write_tokens").GetInt32());
        Assert.Equal(0, usage.GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32());

        var line = Assert.Single(await simulator.InvoiceAsync());
        var cost = ((5 * 150) + (3 * 75) + (completion * 600)).ToString("D9", null);
        Assert.Equal(
            """{"attempt_id":"attempt-1","upstream_key":"9876","model":"gpt-4o-mini","occurred_at":"2026-06-01T08:00:00.000000Z","""
            + $"\"prompt_tokens\":8,\"cached_tokens\":3,\"cache_write_tokens\":2,\"cache_write_hour_tokens\":0,\"completion_tokens\":{completion},\"reasoning_tokens\":0,\"service_tier\":\"default\",\"currency\":\"USD\",\"cost\":\"0.{cost}\"}}",
            line.GetRawText());
    }

    [Fact]
    public async Task Same_request_twice_gets_the_same_text_and_another_request_another()
    {
        await using var simulator = await StartAsync();

        var first = await simulator.ChatJsonAsync(Body());
        var again = await simulator.ChatJsonAsync(Body());
        var other = await simulator.ChatJsonAsync(Body(content: "hello!"));

        Assert.Equal(Text(first), Text(again));
        Assert.NotEqual(Text(first), Text(other));
        Assert.Equal(3, (await simulator.InvoiceAsync()).Count);
    }

    [Theory]
    [InlineData(""","max_tokens":7""", 7, "length")]
    [InlineData(""","max_completion_tokens":9""", 9, "length")]
    [InlineData(""","max_tokens":7,"max_completion_tokens":5""", 5, "length")]
    [InlineData(""","max_tokens":4,"max_completion_tokens":5""", 4, "length")]
    [InlineData(""","max_tokens":50""", 50, "stop")]
    [InlineData(""","max_tokens":51,"max_completion_tokens":null""", 50, "stop")]
    public async Task Output_is_capped_by_the_request_whatever_the_simulation_asks(string cap, int tokens, string finish)
    {
        await using var simulator = await StartAsync();

        var answer = await simulator.ChatJsonAsync(Body(cap), "X-Sim-Output-Tokens: 50");

        Assert.Equal(tokens, answer.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal(tokens, Words(answer.GetProperty("choices")[0]));
        Assert.Equal(finish, answer.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        Assert.Equal(tokens, Assert.Single(await simulator.InvoiceAsync()).GetProperty("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData("", 400, null)]
    [InlineData("{", 400, null)]
    [InlineData("[]", 400, null)]
    [InlineData("""{"messages":[]}""", 400, null)]
    [InlineData("""{"model":"gpt-4o"}""", 400, "missing_required_parameter")]
    [InlineData("""{"model":"gpt-4o","messages":[]}""", 400, "missing_required_parameter")]
    [InlineData("""{"model":"gpt-4o","messages":[{"role":"user","content":"\ud800"}]}""", 400, null)]
    [InlineData("""{"model":"gpt-9","messages":[{"role":"user","content":"a"}]}""", 404, "model_not_found")]
    [InlineData("""{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"max_tokens":0}""", 400, null)]
    [InlineData("""{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"max_tokens":1.5}""", 400, null)]
    [InlineData("""{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"n":2}""", 400, "unsupported_value")]
    [InlineData("""{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"stream":"yes"}""", 400, null)]
    [InlineData("""{"model":"gpt-4o","messages":[{"role":"user","content":"a"}],"stream_options":{}}""", 400, null)]
    public async Task Bad_request_gets_an_error_in_the_published_shape_and_is_not_billed(string body, int status, string? code)
    {
        await using var simulator = await StartAsync();

        using var response = await simulator.ChatAsync(body);

        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        var error = (await simulator.JsonAsync(response)).GetProperty("error");
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.NotEmpty(error.GetProperty("message").GetString()!);
        Assert.True(error.TryGetProperty("param", out _));
        Assert.Empty(await simulator.InvoiceAsync());
    }

    [Fact]
    public async Task Call_without_a_key_is_unauthorised_and_health_and_invoice_need_none()
    {
        await using var simulator = await StartAsync();
        simulator.Http.DefaultRequestHeaders.Authorization = null;

        using var chat = await simulator.ChatAsync(Body());
        using var models = await simulator.Http.GetAsync("/v1/models", simulator.Deadline);
        using var health = await simulator.Http.GetAsync("/health", simulator.Deadline);

        Assert.Equal(HttpStatusCode.Unauthorized, chat.StatusCode);
        Assert.Equal("invalid_api_key", (await simulator.JsonAsync(chat)).GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(HttpStatusCode.Unauthorized, models.StatusCode);
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
        Assert.Empty(await simulator.InvoiceAsync());
    }

    [Fact]
    public async Task Models_are_those_with_a_price()
    {
        await using var simulator = await StartAsync();

        var list = JsonElement.Parse(await simulator.Http.GetStringAsync("/v1/models", simulator.Deadline));

        Assert.Equal("list", list.GetProperty("object").GetString());
        Assert.Equal(
            ["gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "gpt-4o", "gpt-4o-mini", "o4-mini", "text-embedding-3-large", "text-embedding-3-small"],
            list.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()!).Order(StringComparer.Ordinal));
    }

    private static string Text(JsonElement answer) =>
        answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;

    private static int Words(JsonElement choice) => choice.GetProperty("message").GetProperty("content").GetString()!.Count(c => c == ' ');
}
