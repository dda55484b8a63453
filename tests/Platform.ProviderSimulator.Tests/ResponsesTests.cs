using System.Net;
using System.Text.Json;
using static Platform.ProviderSimulator.Tests.RunningSimulator;

namespace Platform.ProviderSimulator.Tests;

public sealed class ResponsesTests
{
    private const string Path = "/v1/responses";
    private const string Weather = ""","tools":[{"type":"function","name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}]""";

    [Fact]
    public async Task Response_is_answered_in_the_published_shape_and_billed_alike()
    {
        await using var simulator = await StartAsync();

        var answer = await simulator.PostJsonAsync(Path, Request(""","instructions":"be kind" """), "X-KT-Attempt-Id: r1", "X-Sim-Cached-Tokens: 1", "X-Sim-Cache-Write-Tokens: 4", "X-Sim-Reasoning-Tokens: 7");

        Assert.Equal(("response", "completed"), (answer.GetProperty("object").GetString(), answer.GetProperty("status").GetString()));
        Assert.Equal(["reasoning", "message"], answer.GetProperty("output").EnumerateArray().Select(item => item.GetProperty("type").GetString()));
        var said = answer.GetProperty("output")[1].GetProperty("content")[0];
        Assert.Equal("output_text", said.GetProperty("type").GetString());
        var usage = answer.GetProperty("usage");
        var output = usage.GetProperty("output_tokens").GetInt32();
        Assert.Equal(output - 7, said.GetProperty("text").GetString()!.Count(character => character == ' '));
        // hello: ceil(5 / 4) + 3; be kind: ceil(7 / 4) + 3; and 3 of the request.
        Assert.Equal((13, 1), (usage.GetProperty("input_tokens").GetInt32(), usage.GetProperty("input_tokens_details").GetProperty("cached_tokens").GetInt32()));
        Assert.Equal(4, usage.GetProperty("input_tokens_details").GetProperty("cache_write_tokens").GetInt32());
        Assert.Equal((7, 13 + output), (usage.GetProperty("output_tokens_details").GetProperty("reasoning_tokens").GetInt32(), usage.GetProperty("total_tokens").GetInt32()));
        var line = Assert.Single(await simulator.InvoiceAsync());
        Assert.Equal(("r1", 13, output), (line.GetProperty("attempt_id").GetString(), line.GetProperty("prompt_tokens").GetInt32(), line.GetProperty("completion_tokens").GetInt32()));
    }

    [Fact]
    public async Task Stream_says_the_same_in_numbered_events_and_repeats_the_whole_response_last()
    {
        await using var simulator = await StartAsync();
        var plain = await simulator.PostJsonAsync(Path, Request());

        var events = await EventsAsync(simulator, Request(""","stream":true"""));

        Assert.Equal(
            ["response.created", "response.in_progress", "response.output_item.added", "response.content_part.added", "response.output_text.delta"],
            events[..5].Select(TypeOf));
        Assert.Equal(["response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed"], events[^4..].Select(TypeOf));
        Assert.Equal(Enumerable.Range(0, events.Count), events.Select(one => one.GetProperty("sequence_number").GetInt32()));
        Assert.Equal(JsonValueKind.Null, events[0].GetProperty("response").GetProperty("usage").ValueKind);
        var whole = events[^1].GetProperty("response");
        Assert.Equal(plain.GetProperty("usage").GetRawText(), whole.GetProperty("usage").GetRawText());
        var text = whole.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString();
        Assert.Equal(text, string.Concat(events[4..^4].Select(one => one.GetProperty("delta").GetString())));
        Assert.Equal(text, plain.GetProperty("output")[0].GetProperty("content")[0].GetProperty("text").GetString());
        var bills = await simulator.InvoiceAsync();
        Assert.Equal(bills[0].GetRawText(), bills[1].GetRawText());
    }

    [Theory]
    [InlineData(500, "completed", "response.completed")]
    [InlineData(16, "incomplete", "response.incomplete")]
    public async Task Cap_ends_an_answer_as_incomplete(int cap, string status, string last)
    {
        await using var simulator = await StartAsync();
        var options = $",\"max_output_tokens\":{cap}";

        var plain = await simulator.PostJsonAsync(Path, Request(options));
        var events = await EventsAsync(simulator, Request(options + ",\"stream\":true"));

        Assert.Equal((status, last), (plain.GetProperty("status").GetString(), TypeOf(events[^1])));
        Assert.True(plain.GetProperty("usage").GetProperty("output_tokens").GetInt32() <= cap);
    }

    [Fact]
    public async Task Function_is_called_and_its_output_answered()
    {
        await using var simulator = await StartAsync();

        var called = (await simulator.PostJsonAsync(Path, Request(Weather))).GetProperty("output")[0];
        var events = await EventsAsync(simulator, Request(Weather + ",\"stream\":true"));
        var result = $$"""{"type":"function_call_output","call_id":"{{called.GetProperty("call_id").GetString()}}","output":"sunny"}""";
        var answered = await simulator.PostJsonAsync(Path, $$"""{"model":"gpt-4o-mini","input":[{"role":"user","content":"hello"},{{called.GetRawText()}},{{result}}]{{Weather}}}""");

        Assert.Equal(("function_call", "weather"), (called.GetProperty("type").GetString(), called.GetProperty("name").GetString()));
        Assert.NotNull(JsonElement.Parse(called.GetProperty("arguments").GetString()!).GetProperty("city").GetString());
        Assert.Contains("response.function_call_arguments.delta", events.Select(TypeOf));
        Assert.Equal("message", answered.GetProperty("output")[0].GetProperty("type").GetString());
    }

    [Fact]
    public async Task Response_is_known_again_with_all_its_tokens_unless_it_was_not_stored()
    {
        await using var simulator = await StartAsync();

        var first = await simulator.PostJsonAsync(Path, Request());
        var next = await simulator.PostJsonAsync(Path, Request($",\"previous_response_id\":\"{first.GetProperty("id").GetString()}\""));
        var reference = $$"""{"model":"gpt-4o-mini","input":[{"type":"item_reference","id":"{{first.GetProperty("output")[0].GetProperty("id").GetString()}}"},{"role":"user","content":"hello"}]}""";
        var referring = await simulator.PostJsonAsync(Path, reference);
        var forgotten = await simulator.PostJsonAsync(Path, Request(",\"store\":false"));
        using var lost = await simulator.PostAsync(Path, Request($",\"previous_response_id\":\"{forgotten.GetProperty("id").GetString()}\""));

        Assert.Equal(Tokens(first, "input") + Tokens(first, "output") + Tokens(first, "input"), Tokens(next, "input"));
        Assert.Equal(Tokens(first, "input") + Tokens(first, "output"), Tokens(referring, "input"));
        Assert.Equal(HttpStatusCode.BadRequest, lost.StatusCode);
        Assert.Equal("previous_response_not_found", (await simulator.JsonAsync(lost)).GetProperty("error").GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("""{"model":"gpt-0","input":"a"}""", HttpStatusCode.NotFound)]
    [InlineData("""{"model":"gpt-4o-mini","input":"a","max_output_tokens":15}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"model":"gpt-4o-mini","input":1}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"model":"gpt-4o-mini","input":[{"type":"item_reference","id":"msg_1"}]}""", HttpStatusCode.BadRequest)]
    [InlineData("""{"input":"a"}""", HttpStatusCode.BadRequest)]
    [InlineData("[]", HttpStatusCode.BadRequest)]
    public async Task Request_that_makes_no_sense_is_refused_and_costs_nothing(string body, HttpStatusCode status)
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.PostAsync(Path, body);
        Assert.Equal(status, response.StatusCode);
        Assert.Empty(await simulator.InvoiceAsync());
    }

    [Fact]
    public async Task Deployment_at_Azure_stands_in_the_body()
    {
        await using var simulator = await StartAsync();

        var answer = await simulator.PostJsonAsync("/openai/v1/responses", """{"model":"eu-gpt-4o-mini","input":"hello"}""", "api-key: azure-1234");
        using var unknown = await simulator.PostAsync("/openai/v1/responses", """{"model":"eu","input":"hello"}""", "api-key: azure-1234");

        Assert.Equal("gpt-4o-mini", answer.GetProperty("model").GetString());
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Equal("1234", Assert.Single(await simulator.InvoiceAsync()).GetProperty("upstream_key").GetString());
    }

    private static string Request(string rest = "") => $$"""{"model":"gpt-4o-mini","input":"hello"{{rest}}}""";

    private static int Tokens(JsonElement response, string kind) => response.GetProperty("usage").GetProperty(kind + "_tokens").GetInt32();

    private static string? TypeOf(JsonElement one) => one.GetProperty("type").GetString();

    private static async Task<List<JsonElement>> EventsAsync(RunningSimulator simulator, string body)
    {
        using var response = await simulator.PostAsync(Path, body);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var events = new List<JsonElement>();
        foreach (var one in (await response.Content.ReadAsStringAsync(simulator.Deadline)).Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var lines = one.Split('\n');
            events.Add(JsonElement.Parse(Data(lines[1])));
            Assert.Equal($"event: {TypeOf(events[^1])}", lines[0]);
        }

        return events;
    }
}
