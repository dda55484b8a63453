using System.Net;
using System.Text;
using System.Text.Json;
using static Platform.ProviderSimulator.Tests.RunningSimulator;

namespace Platform.ProviderSimulator.Tests;

/// <summary>Answers that break off, lie, or come in ways that nobody expects. What was generated is on the bill, whatever arrived.</summary>
public sealed class BreakTests
{
    private const string ChatPath = "/v1/chat/completions";
    private const string ResponsesPath = "/v1/responses";
    private const string MessagesPath = "/v1/messages";
    private const string Version = "anthropic-version: 2023-06-01";
    private const string Tokens = "X-Sim-Output-Tokens: 9";

    [Theory]
    [InlineData(ChatPath, "close", "X")]
    [InlineData(ChatPath, "reset", "X")]
    [InlineData(ChatPath, "proxy", "X")]
    [InlineData(ChatPath, "end", "")]
    [InlineData(ChatPath, "error", "server_error")]
    [InlineData(ResponsesPath, "close", "X")]
    [InlineData(ResponsesPath, "end", "")]
    [InlineData(ResponsesPath, "error", "server_error")]
    [InlineData(MessagesPath, "close", "X")]
    [InlineData(MessagesPath, "reset", "X")]
    [InlineData(MessagesPath, "end", "")]
    [InlineData(MessagesPath, "error", "overloaded_error")]
    public async Task Stream_that_is_broken_off_has_no_end_and_is_billed_what_was_generated(string path, string how, string lastWords)
    {
        await using var simulator = await StartAsync();

        using var response = await simulator.PostAsync(path, Request(path, stream: true), Version, Tokens, "X-Sim-Cut-After-Tokens: 4", $"X-Sim-Cut-By: {how}");
        var (text, broken) = await ReadAsync(simulator, response);

        Assert.Equal(lastWords == "X", broken);
        Assert.True(broken || text.Contains(lastWords, StringComparison.Ordinal));
        Assert.DoesNotContain("[DONE]", text, StringComparison.Ordinal);
        Assert.DoesNotContain("message_stop", text, StringComparison.Ordinal);
        Assert.DoesNotContain("response.completed", text, StringComparison.Ordinal);
        Assert.Equal(4, Assert.Single(await simulator.InvoiceAsync()).GetProperty("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData(ChatPath, true)]
    [InlineData(ChatPath, false)]
    [InlineData(MessagesPath, true)]
    [InlineData(MessagesPath, false)]
    public async Task Answer_that_hangs_is_billed_and_says_nothing_more(string path, bool stream)
    {
        await using var simulator = await StartAsync();
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(simulator.Deadline);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(Request(path, stream), Encoding.UTF8, "application/json") };
        foreach (var header in new[] { Version, Tokens, "X-Sim-Cut-After-Tokens: 4", "X-Sim-Cut-By: hang" })
        {
            request.Headers.Add(header.Split(": ")[0], header.Split(": ")[1]);
        }

        var answer = simulator.Http.SendAsync(request, HttpCompletionOption.ResponseContentRead, leave.Token);
        var line = await simulator.FirstInvoiceLineAsync();
        Assert.False(answer.IsCompleted);
        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        Assert.Equal(4, line.GetProperty("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData(ChatPath)]
    [InlineData(MessagesPath)]
    public async Task Proxys_page_stands_for_an_answer_that_is_billed(string path)
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.PostAsync(path, Request(path), Version, "X-Sim-Cut-After-Tokens: 6", "X-Sim-Cut-By: proxy");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "text/html"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Equal(6, Assert.Single(await simulator.InvoiceAsync()).GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Running_usage_grows_with_every_chunk_to_what_is_billed()
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.PostAsync(ChatPath, Request(ChatPath, stream: true), "X-Sim-Output-Tokens: 3", "X-Sim-Usage: running");
        var (text, _) = await ReadAsync(simulator, response);
        var stated = text.Split("\n\n").Where(one => one.Contains("\"usage\":{", StringComparison.Ordinal))
            .Select(one => JsonDocument.Parse(one["data: ".Length..]).RootElement.GetProperty("usage").GetProperty("completion_tokens").GetInt32());
        Assert.Equal([1, 2, 3], stated.Distinct());
        Assert.Equal(3, Assert.Single(await simulator.InvoiceAsync()).GetProperty("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData(ChatPath, "reset")]
    [InlineData(ChatPath, "close")]
    [InlineData(MessagesPath, "reset")]
    public async Task Plain_answer_that_is_broken_off_never_arrives_and_is_billed(string path, string how)
    {
        await using var simulator = await StartAsync();
        await Assert.ThrowsAsync<HttpRequestException>(() => simulator.PostAsync(path, Request(path), Version, "X-Sim-Cut-After-Tokens: 6", $"X-Sim-Cut-By: {how}"));
        Assert.Equal(6, Assert.Single(await simulator.InvoiceAsync()).GetProperty("completion_tokens").GetInt32());
    }

    [Theory]
    [InlineData(ChatPath)]
    [InlineData(MessagesPath)]
    public async Task Malformed_answer_is_no_json_where_it_breaks_and_billed_whole(string path)
    {
        await using var simulator = await StartAsync();

        using var plain = await simulator.PostAsync(path, Request(path), Version, Tokens, "X-Sim-Malformed-After-Tokens: 2");
        using var stream = await simulator.PostAsync(path, Request(path, stream: true), Version, Tokens, "X-Sim-Malformed-After-Tokens: 2");
        var (half, _) = await ReadAsync(simulator, plain);
        var (events, _) = await ReadAsync(simulator, stream);

        Assert.ThrowsAny<JsonException>(() => JsonElement.Parse(half));
        Assert.Single(events.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(one => one.Split('\n').Last()), data => data != "data: [DONE]" && !IsJson(Data(data)));
        Assert.Equal([9, 9], (await simulator.InvoiceAsync()).Select(line => line.GetProperty("completion_tokens").GetInt32()));
    }

    [Theory]
    [InlineData("missing", null)]
    [InlineData("negative", "-1")]
    [InlineData("huge", "9000000000000000000")]
    [InlineData("contradictory", "9")]
    public async Task Usage_that_lies_is_billed_as_it_was(string lie, string? stated)
    {
        await using var simulator = await StartAsync();

        var chat = await simulator.ChatJsonAsync(Body(), Tokens, $"X-Sim-Usage: {lie}");
        var message = await simulator.PostJsonAsync(MessagesPath, Request(MessagesPath), Version, Tokens, $"X-Sim-Usage: {lie}");

        Assert.Equal(stated, chat.TryGetProperty("usage", out var usage) ? usage.GetProperty("completion_tokens").GetRawText() : null);
        Assert.Equal(stated, message.TryGetProperty("usage", out usage) ? usage.GetProperty("output_tokens").GetRawText() : null);
        Assert.Equal([(8, 9), (8, 9)], (await simulator.InvoiceAsync()).Select(line => (line.GetProperty("prompt_tokens").GetInt32(), line.GetProperty("completion_tokens").GetInt32())));
    }

    [Theory]
    [InlineData("X-Sim-Padding-Bytes: 5000000", 5_000_000)]
    [InlineData("X-Sim-Padding-Depth: 100000", 200_000)]
    public async Task Padding_makes_an_answer_large_or_deep_and_leaves_the_rest_as_it_is(string fault, int bytes)
    {
        await using var simulator = await StartAsync();

        using var plain = await simulator.ChatAsync(Body(), Tokens, fault);
        using var stream = await simulator.ChatAsync(Body(""","stream":true"""), Tokens, fault);
        var (body, _) = await ReadAsync(simulator, plain);
        var (events, _) = await ReadAsync(simulator, stream);

        Assert.StartsWith("{\"padding\":", body, StringComparison.Ordinal);
        Assert.Equal(plain.Content.Headers.ContentLength, body.Length);
        Assert.InRange(body.Length, bytes, bytes + 2000);
        Assert.InRange(events.Length, bytes, bytes + 10_000);
        Assert.EndsWith("[DONE]\n\n", events, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Slow_body_comes_a_byte_at_a_time_and_whole(bool stream)
    {
        await using var simulator = await StartAsync();
        var body = Body(stream ? ""","stream":true""" : "");
        var fast = await (await simulator.ChatAsync(body, "X-Sim-Output-Tokens: 2")).Content.ReadAsStringAsync(simulator.Deadline);

        var answer = simulator.ChatAsync(body, "X-Sim-Output-Tokens: 2", "X-Sim-Byte-Interval-Ms: 1000").ContinueWith(
            async sent => await (await sent).Content.ReadAsStringAsync(simulator.Deadline), TaskScheduler.Default).Unwrap();
        var waited = await simulator.Time.TurnUntilAsync(answer, simulator.Deadline);

        Assert.Equal(fast.Length, (await answer).Length);
        // Between its bytes: who knows the length has all of it with the last byte, before what is waited for behind that.
        Assert.True(waited >= TimeSpan.FromSeconds(fast.Length - 1), waited.ToString());
    }

    [Fact]
    public async Task Provider_that_breaks_the_bound_bills_more_than_was_asked_for()
    {
        await using var simulator = await StartAsync();

        await simulator.ChatJsonAsync(Body(""","max_tokens":5"""), Tokens, "X-Sim-Excess-Output-Tokens: 100", "X-Sim-Input-Tokens: 100000");

        var line = Assert.Single(await simulator.InvoiceAsync());
        Assert.Equal((100_000, 105), (line.GetProperty("prompt_tokens").GetInt32(), line.GetProperty("completion_tokens").GetInt32()));
    }

    [Theory]
    [InlineData("context_length", "context_length_exceeded")]
    [InlineData("content_policy", "content_policy_violation")]
    public async Task Refusal_says_why_and_is_not_billed(string refusal, string code)
    {
        await using var simulator = await StartAsync();
        using var response = await simulator.ChatAsync(Body(), $"X-Sim-Refusal: {refusal}");
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal(code, (await simulator.JsonAsync(response)).GetProperty("error").GetProperty("code").GetString());
        Assert.Empty(await simulator.InvoiceAsync());
    }

    private static string Request(string path, bool stream = false)
    {
        var options = stream ? ""","stream":true""" : "";
        return path == ChatPath ? Body(options) : path == ResponsesPath ? $$"""{"model":"gpt-4o-mini","input":"hello"{{options}}}""" : $$"""{"model":"claude-haiku-4-5","max_tokens":500,"messages":[{"role":"user","content":"hello"}]{{options}}}""";
    }

    private static bool IsJson(string text)
    {
        try
        {
            JsonElement.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static async Task<(string Text, bool Broken)> ReadAsync(RunningSimulator simulator, HttpResponseMessage response)
    {
        var text = new StringBuilder();
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(simulator.Deadline));
        var block = new char[64 * 1024];
        try
        {
            while (await reader.ReadAsync(block, simulator.Deadline) is var read and > 0)
            {
                text.Append(block, 0, read);
            }
            return (text.ToString(), false);
        }
        catch (IOException)
        {
            return (text.ToString(), true);
        }
    }
}
