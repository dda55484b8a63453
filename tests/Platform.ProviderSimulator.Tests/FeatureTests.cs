using System.Net;
using System.Text.Json;
using static Platform.ProviderSimulator.Tests.RunningSimulator;

namespace Platform.ProviderSimulator.Tests;

public sealed class FeatureTests
{
    private const string Tools = ""","tools":[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"},"unit":{"enum":["C","F"]}}}}}]""";

    [Fact]
    public async Task Tool_is_called_with_arguments_of_its_schema_streamed_as_plain()
    {
        await using var simulator = await StartAsync();

        var plain = await simulator.ChatJsonAsync(Body(Tools));
        var chunks = (await simulator.ChatEventsAsync(Body(Tools + ""","stream":true""")))[..^1].Select(text => JsonElement.Parse(text).GetProperty("choices")[0]).ToList();

        var choice = plain.GetProperty("choices")[0];
        var function = choice.GetProperty("message").GetProperty("tool_calls")[0].GetProperty("function");
        var arguments = function.GetProperty("arguments").GetString()!;
        Assert.Equal("weather", function.GetProperty("name").GetString());
        Assert.Equal("C", JsonElement.Parse(arguments).GetProperty("unit").GetString());
        Assert.Equal("tool_calls", choice.GetProperty("finish_reason").GetString());
        Assert.Equal((arguments.Length + 3) / 4, plain.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal("weather", ToolCall(chunks[0]).GetProperty("function").GetProperty("name").GetString());
        Assert.Equal(arguments, string.Concat(chunks[1..^1].Select(chunk => ToolCall(chunk).GetProperty("function").GetProperty("arguments").GetString())));
        Assert.Equal("tool_calls", chunks[^1].GetProperty("finish_reason").GetString());
    }

    [Theory]
    [InlineData(""","tool_choice":"none" """, "user")]
    [InlineData("", "tool")]
    public async Task Words_come_when_no_tool_may_be_called_or_its_result_is_there(string choice, string lastRole)
    {
        await using var simulator = await StartAsync();
        var body = $$"""{"model":"gpt-4o","messages":[{"role":"user","content":"a"},{"role":"{{lastRole}}","content":"b"}]{{Tools}}{{choice}}}""";
        Assert.Equal("stop", (await simulator.ChatJsonAsync(body)).GetProperty("choices")[0].GetProperty("finish_reason").GetString());
    }

    [Theory]
    [InlineData("""{"type":"object","properties":{"name":{"type":"string"},"tags":{"type":"array","items":{"$ref":"#/$defs/tag"}},"at":{"anyOf":[{"type":"number"},{"type":"null"}]}},"$defs":{"tag":{"const":"x"}}}""", "\"tags\":[\"x\"],\"at\":1}")]
    [InlineData("""{"$ref":"#/$defs/node","$defs":{"node":{"type":"object","properties":{"next":{"$ref":"#/$defs/node"}}}}}""", "null}")]
    [InlineData("true", "}")]
    public async Task Structured_answer_fits_its_schema(string schema, string end)
    {
        await using var simulator = await StartAsync();

        var answer = await simulator.ChatJsonAsync(Body($$$""","response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{{{schema}}}}}"""));

        var content = answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!;
        Assert.Equal(JsonValueKind.Object, JsonElement.Parse(content).ValueKind);
        Assert.Contains(end, content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probability_of_every_token_comes_with_as_many_alternatives_as_asked()
    {
        await using var simulator = await StartAsync();
        const string asked = ""","logprobs":true,"top_logprobs":2,"max_tokens":3""";

        var plain = (await simulator.ChatJsonAsync(Body(asked))).GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content");
        var streamed = (await simulator.ChatEventsAsync(Body(asked + ""","stream":true""")))[1..^2].Select(text => JsonElement.Parse(text).GetProperty("choices")[0].GetProperty("logprobs").GetProperty("content")[0]);

        Assert.Equal(3, plain.GetArrayLength());
        Assert.All(plain.EnumerateArray(), token => Assert.Equal(2, token.GetProperty("top_logprobs").GetArrayLength()));
        Assert.Equal(plain.EnumerateArray().Select(token => token.GetRawText()), streamed.Select(token => token.GetRawText()));
        using var refused = await simulator.ChatAsync(Body(""","top_logprobs":2"""));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    [Fact]
    public async Task Reasoning_is_billed_as_output_within_the_cap_and_not_shown()
    {
        await using var simulator = await StartAsync();

        var answer = await simulator.ChatJsonAsync(Body(""","max_tokens":12"""), "X-Sim-Reasoning-Tokens: 10", "X-Sim-Output-Tokens: 5");

        var usage = answer.GetProperty("usage");
        Assert.Equal(12, usage.GetProperty("completion_tokens").GetInt32());
        Assert.Equal(10, usage.GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32());
        Assert.Equal(2, answer.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString()!.Count(character => character == ' '));
        var line = Assert.Single(await simulator.InvoiceAsync());
        Assert.Equal((12, 10), (line.GetProperty("completion_tokens").GetInt32(), line.GetProperty("reasoning_tokens").GetInt32()));
    }

    [Fact]
    public async Task Reasoning_that_is_stated_beside_the_output_is_billed_with_it()
    {
        await using var simulator = await StartAsync();

        var answer = await simulator.ChatJsonAsync(Body(""","max_tokens":12"""), "X-Sim-Reasoning-Tokens: 10", "X-Sim-Output-Tokens: 5", "X-Sim-Usage: beside");

        var usage = answer.GetProperty("usage");
        Assert.Equal(2, usage.GetProperty("completion_tokens").GetInt32());
        Assert.Equal(10, usage.GetProperty("completion_tokens_details").GetProperty("reasoning_tokens").GetInt32());
        Assert.Equal(12, usage.GetProperty("total_tokens").GetInt32() - usage.GetProperty("prompt_tokens").GetInt32());
        var line = Assert.Single(await simulator.InvoiceAsync());
        Assert.Equal((12, 10), (line.GetProperty("completion_tokens").GetInt32(), line.GetProperty("reasoning_tokens").GetInt32()));
    }

    [Fact]
    public async Task Caches_that_stand_beside_the_input_are_in_the_total_and_billed_as_ever()
    {
        await using var simulator = await StartAsync();

        var answer = await simulator.ChatJsonAsync(Body(), "X-Sim-Cached-Tokens: 3", "X-Sim-Cache-Write-Tokens: 2", "X-Sim-Output-Tokens: 5", "X-Sim-Usage: apart");

        var usage = answer.GetProperty("usage");
        Assert.Equal(
            (3, 3, 2, 5, 13),
            (usage.GetProperty("prompt_tokens").GetInt32(), usage.GetProperty("cache_read_input_tokens").GetInt32(), usage.GetProperty("cache_creation_input_tokens").GetInt32(),
                usage.GetProperty("completion_tokens").GetInt32(), usage.GetProperty("total_tokens").GetInt32()));
        Assert.False(usage.TryGetProperty("prompt_tokens_details", out _));
        var line = Assert.Single(await simulator.InvoiceAsync());
        Assert.Equal((8, 3, 2), (line.GetProperty("prompt_tokens").GetInt32(), line.GetProperty("cached_tokens").GetInt32(), line.GetProperty("cache_write_tokens").GetInt32()));
    }

    [Fact]
    public async Task Usage_of_a_stream_comes_unasked_and_who_asks_is_refused_unbilled()
    {
        await using var simulator = await StartAsync();

        using var refused = await simulator.ChatAsync(Body(""","stream":true,"stream_options":{"include_usage":true}"""), "X-Sim-Stream-Usage: always");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Contains("stream_options", await refused.Content.ReadAsStringAsync(simulator.Deadline), StringComparison.Ordinal);

        var events = await simulator.ChatEventsAsync(Body(""","stream":true"""), "X-Sim-Stream-Usage: always");
        var last = JsonElement.Parse(events[^2]);
        Assert.Equal("stop", last.GetProperty("choices")[0].GetProperty("finish_reason").GetString());
        var line = Assert.Single(await simulator.InvoiceAsync());
        Assert.Equal(line.GetProperty("completion_tokens").GetInt32(), last.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Image_is_taken_and_billed_by_the_models_number()
    {
        await using var simulator = await StartAsync();
        const string body = """{"model":"gpt-4o","messages":[{"role":"user","content":[{"type":"text","text":"abcd"},{"type":"image_url","image_url":{"url":"https://example.com/a.png"}}]}]}""";
        Assert.Equal(765 + 7, (await simulator.ChatJsonAsync(body)).GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
    }

    private static JsonElement ToolCall(JsonElement choice) => choice.GetProperty("delta").GetProperty("tool_calls")[0];
}
