using System.Net;
using System.Text.Json;
using static Platform.ProviderSimulator.Tests.RunningSimulator;

namespace Platform.ProviderSimulator.Tests;

public sealed class MessagesTests
{
    private const string Path = "/v1/messages";
    private const string Version = "anthropic-version: 2023-06-01";
    private const string Key = "x-api-key: sk-ant-4321";

    [Fact]
    public async Task Message_is_answered_in_the_published_shape_and_billed_alike()
    {
        await using var simulator = await StartAsync();

        var answer = await simulator.PostJsonAsync(Path, Message(), Version, Key, "X-KT-Attempt-Id: m1", "X-Sim-Cached-Tokens: 1", "X-Sim-Cache-Write-Tokens: 2", "X-Sim-Cache-Write-Hour-Tokens: 3");

        Assert.Equal("message", answer.GetProperty("type").GetString());
        Assert.Equal("end_turn", answer.GetProperty("stop_reason").GetString());
        Assert.Equal("text", answer.GetProperty("content")[0].GetProperty("type").GetString());
        var usage = answer.GetProperty("usage");
        var output = usage.GetProperty("output_tokens").GetInt32();
        Assert.Equal(output, answer.GetProperty("content")[0].GetProperty("text").GetString()!.Count(character => character == ' '));
        Assert.Equal(2, usage.GetProperty("input_tokens").GetInt32());
        Assert.Equal(1, usage.GetProperty("cache_read_input_tokens").GetInt32());
        Assert.Equal(5, usage.GetProperty("cache_creation_input_tokens").GetInt32());
        Assert.Equal(2, usage.GetProperty("cache_creation").GetProperty("ephemeral_5m_input_tokens").GetInt32());
        Assert.Equal(3, usage.GetProperty("cache_creation").GetProperty("ephemeral_1h_input_tokens").GetInt32());
        var line = Assert.Single(await simulator.InvoiceAsync());
        var nanos = (2 * 1000) + (1 * 100) + (2 * 1250) + (3 * 2000) + (output * 5000);
        Assert.Equal(
            """{"attempt_id":"m1","upstream_key":"4321","model":"claude-haiku-4-5","occurred_at":"2026-06-01T08:00:00.000000Z","prompt_tokens":8,"cached_tokens":1,"""
            + $"\"cache_write_tokens\":2,\"cache_write_hour_tokens\":3,\"completion_tokens\":{output},\"reasoning_tokens\":0,\"service_tier\":\"default\",\"currency\":\"USD\",\"cost\":\"0.{nanos:D9}\"}}",
            line.GetRawText());
    }

    [Fact]
    public async Task Stream_says_the_same_from_message_start_to_message_stop_with_a_ping_and_the_usage_last()
    {
        await using var simulator = await StartAsync();
        var plain = await simulator.PostJsonAsync(Path, Message(), Version);

        using var response = await simulator.PostAsync(Path, Message(""","stream":true"""), Version);
        var events = await EventsAsync(simulator, response);

        Assert.Equal(["message_start", "content_block_start", "ping"], events[..3].Select(one => one.Name));
        Assert.Equal(["content_block_stop", "message_delta", "message_stop"], events[^3..].Select(one => one.Name));
        Assert.All(events, one => Assert.Equal(one.Name, one.Data.GetProperty("type").GetString()));
        Assert.Equal(8, events[0].Data.GetProperty("message").GetProperty("usage").GetProperty("input_tokens").GetInt32());
        Assert.Equal(plain.GetProperty("usage").GetRawText(), events[^2].Data.GetProperty("usage").GetRawText());
        Assert.Equal(
            plain.GetProperty("content")[0].GetProperty("text").GetString(),
            string.Concat(events[3..^3].Select(one => one.Data.GetProperty("delta").GetProperty("text").GetString())));
        var bills = await simulator.InvoiceAsync();
        Assert.Equal(bills[0].GetRawText(), bills[1].GetRawText());
    }

    [Theory]
    [InlineData(false, false, "tool_use")]
    [InlineData(true, false, "tool_use")]
    [InlineData(false, true, "max_tokens")]
    public async Task Tool_is_used_with_an_input_that_fits_its_schema(bool stream, bool capped, string stop)
    {
        var options = stream ? ""","stream":true""" : "";
        await using var simulator = await StartAsync();
        const string tools = ""","tools":[{"name":"weather","input_schema":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer","minimum":2}}}}]""";
        var body = Message(options + tools, capped ? 3 : 500);

        using var response = await simulator.PostAsync(Path, body, Version);
        string input;
        if (stream)
        {
            var events = await EventsAsync(simulator, response);
            Assert.Equal("weather", events[1].Data.GetProperty("content_block").GetProperty("name").GetString());
            Assert.Equal(stop, events[^2].Data.GetProperty("delta").GetProperty("stop_reason").GetString());
            input = string.Concat(events[3..^3].Select(one => one.Data.GetProperty("delta").GetProperty("partial_json").GetString()));
        }
        else
        {
            var answer = await simulator.JsonAsync(response);
            Assert.Equal(stop, answer.GetProperty("stop_reason").GetString());
            input = answer.GetProperty("content")[0].GetProperty("input").GetRawText();
        }

        var said = JsonElement.Parse(input);
        Assert.Equal(stop == "tool_use" ? 2 : 0, said.EnumerateObject().Count());
        Assert.True(stop != "tool_use" || said.GetProperty("days").GetInt32() == 2);
    }

    [Fact]
    public async Task What_stands_before_a_mark_is_written_to_the_cache_for_as_long_as_the_mark_says()
    {
        await using var simulator = await StartAsync();
        const string system = ""","system":[{"type":"text","text":"abcdabcd","cache_control":{"type":"ephemeral","ttl":"1h"}},{"type":"text","text":"abcd","cache_control":{"type":"ephemeral"}}]""";

        var usage = (await simulator.PostJsonAsync(Path, Message(system), Version)).GetProperty("usage");

        Assert.Equal(8, usage.GetProperty("cache_creation").GetProperty("ephemeral_1h_input_tokens").GetInt32());
        Assert.Equal(1, usage.GetProperty("cache_creation").GetProperty("ephemeral_5m_input_tokens").GetInt32());
        Assert.Equal(5, usage.GetProperty("input_tokens").GetInt32());
    }

    [Fact]
    public async Task Cap_of_zero_fills_the_cache_and_generates_nothing()
    {
        await using var simulator = await StartAsync();

        var answer = await simulator.PostJsonAsync(Path, Message(""","system":[{"type":"text","text":"hello","cache_control":{"type":"ephemeral"}}]""", maxTokens: 0), Version);

        Assert.Equal(("max_tokens", 0), (answer.GetProperty("stop_reason").GetString(), answer.GetProperty("content").GetArrayLength()));
        var usage = answer.GetProperty("usage");
        Assert.Equal((true, 0), (usage.GetProperty("cache_creation_input_tokens").GetInt32() > 0, usage.GetProperty("output_tokens").GetInt32()));
        Assert.Equal(0, Assert.Single(await simulator.InvoiceAsync()).GetProperty("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData("{", 400, "invalid_request_error")]
    [InlineData("""{"model":"claude-haiku-4-5","max_tokens":0,"stream":true,"messages":[{"role":"user","content":"a"}]}""", 400, "invalid_request_error")]
    [InlineData("""{"model":"claude-haiku-4-5","messages":[{"role":"user","content":"a"}]}""", 400, "invalid_request_error")]
    [InlineData("""{"model":"claude-haiku-4-5","max_tokens":5,"messages":[{"role":"user","content":[{"type":"audio"}]}]}""", 400, "invalid_request_error")]
    [InlineData("""{"model":"gpt-4o","max_tokens":5,"messages":[{"role":"user","content":"a"}]}""", 404, "not_found_error")]
    public async Task Bad_request_gets_an_error_in_the_published_shape_and_is_not_billed(string body, int status, string type)
    {
        await using var simulator = await StartAsync();

        using var response = await simulator.PostAsync(Path, body, Version);

        await AssertErrorAsync(simulator, response, status, type);
        Assert.Empty(await simulator.InvoiceAsync());
    }

    [Theory]
    [InlineData("X-Sim-Status: 529", 529, "overloaded_error")]
    [InlineData("X-Sim-Status: 429", 429, "rate_limit_error")]
    [InlineData("X-Sim-Status: 413", 413, "request_too_large")]
    [InlineData("X-Sim-Status: 500", 500, "api_error")]
    [InlineData("X-Sim-Refusal: context_length", 400, "invalid_request_error")]
    public async Task Fault_is_shown_as_the_vendor_shows_it(string fault, int status, string type)
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.PostAsync(Path, Message(), Version, fault);
        await AssertErrorAsync(simulator, response, status, type);
    }

    [Fact]
    public async Task Call_without_a_version_or_a_key_is_refused_and_models_are_the_vendors_own()
    {
        await using var simulator = await StartAsync();
        using var unversioned = await simulator.PostAsync(Path, Message());
        await AssertErrorAsync(simulator, unversioned, 400, "invalid_request_error");
        simulator.Http.DefaultRequestHeaders.Add("anthropic-version", "2023-06-01");
        var models = JsonElement.Parse(await simulator.Http.GetStringAsync("/v1/models", simulator.Deadline));
        simulator.Http.DefaultRequestHeaders.Authorization = null;
        using var keyless = await simulator.PostAsync(Path, Message());

        await AssertErrorAsync(simulator, keyless, 401, "authentication_error");
        Assert.Contains("claude-haiku-4-5", models.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()));
        Assert.DoesNotContain("gpt-4o", models.GetRawText(), StringComparison.Ordinal);
    }

    private static string Message(string rest = "", int maxTokens = 500) =>
        $$"""{"model":"claude-haiku-4-5","max_tokens":{{maxTokens}},"messages":[{"role":"user","content":"hello"}]{{rest}}}""";

    private static async Task AssertErrorAsync(RunningSimulator simulator, HttpResponseMessage response, int status, string type)
    {
        Assert.Equal((HttpStatusCode)status, response.StatusCode);
        var error = await simulator.JsonAsync(response);
        Assert.Equal("error", error.GetProperty("type").GetString());
        Assert.Equal(type, error.GetProperty("error").GetProperty("type").GetString());
        Assert.NotEmpty(error.GetProperty("error").GetProperty("message").GetString()!);
    }

    private static async Task<List<(string Name, JsonElement Data)>> EventsAsync(RunningSimulator simulator, HttpResponseMessage response)
    {
        var text = await response.Content.ReadAsStringAsync(simulator.Deadline);
        return [.. text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(one => one.Split('\n')).Select(lines => (lines[0]["event: ".Length..], JsonElement.Parse(Data(lines[1]))))];
    }
}
