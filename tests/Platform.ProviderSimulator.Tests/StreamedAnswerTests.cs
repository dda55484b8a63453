using System.Text.Json;
using static Platform.ProviderSimulator.Tests.RunningSimulator;

namespace Platform.ProviderSimulator.Tests;

public sealed class StreamedAnswerTests
{
    private const string Stream = ""","stream":true""";
    private const string StreamWithUsage = ""","stream":true,"stream_options":{"include_usage":true}""";

    [Fact]
    public async Task Stream_says_what_the_plain_answer_says_token_by_token_and_ends_with_done()
    {
        await using var simulator = await StartAsync();
        var plain = await simulator.ChatJsonAsync(Body());

        var events = await simulator.ChatEventsAsync(Body(Stream));

        Assert.Equal("[DONE]", events[^1]);
        var chunks = events[..^1].Select(text => JsonElement.Parse(text)).ToList();
        Assert.All(chunks, chunk => Assert.Equal("chat.completion.chunk", chunk.GetProperty("object").GetString()));
        Assert.All(chunks, chunk => Assert.False(chunk.TryGetProperty("usage", out _)));
        Assert.Single(chunks.Select(chunk => chunk.GetProperty("id").GetString()).Distinct());
        Assert.Equal("assistant", Choice(chunks[0]).GetProperty("delta").GetProperty("role").GetString());
        Assert.Equal("stop", Choice(chunks[^1]).GetProperty("finish_reason").GetString());
        Assert.Empty(Choice(chunks[^1]).GetProperty("delta").EnumerateObject());
        var said = chunks[1..^1].Select(Content).ToList();
        Assert.Equal(plain.GetProperty("usage").GetProperty("completion_tokens").GetInt32(), said.Count);
        Assert.Equal(plain.GetProperty("choices")[0].GetProperty("message").GetProperty("content").GetString(), string.Concat(said));
        var bills = await simulator.InvoiceAsync();
        Assert.Equal(bills[0].GetRawText(), bills[1].GetRawText());
    }

    [Fact]
    public async Task Stream_asked_for_usage_ends_with_a_usage_chunk_without_choices()
    {
        await using var simulator = await StartAsync();

        var events = await simulator.ChatEventsAsync(Body(StreamWithUsage + ""","max_tokens":4"""), "X-Sim-Cached-Tokens: 100");

        var chunks = events[..^1].Select(text => JsonElement.Parse(text)).ToList();
        Assert.All(chunks[..^1], chunk => Assert.Equal(JsonValueKind.Null, chunk.GetProperty("usage").ValueKind));
        Assert.Equal("length", Choice(chunks[^2]).GetProperty("finish_reason").GetString());
        Assert.Equal(0, chunks[^1].GetProperty("choices").GetArrayLength());
        var usage = chunks[^1].GetProperty("usage");
        Assert.Equal(8, usage.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(8, usage.GetProperty("prompt_tokens_details").GetProperty("cached_tokens").GetInt32());
        Assert.Equal(4, usage.GetProperty("completion_tokens").GetInt32());
        Assert.Equal(12, usage.GetProperty("total_tokens").GetInt32());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(37)]
    [InlineData(200)]
    public async Task Stream_cut_after_tokens_delivers_and_bills_exactly_those_tokens(int cut)
    {
        await using var simulator = await StartAsync();

        using var response = await simulator.ChatAsync(
            Body(StreamWithUsage), "X-Sim-Output-Tokens: 200", $"X-Sim-Cut-After-Tokens: {cut}", "X-KT-Attempt-Id: cut");
        var contents = await ReadUntilBrokenAsync(simulator, response);

        Assert.Equal(cut, contents);
        var line = Assert.Single(await simulator.InvoiceAsync());
        Assert.Equal("cut", line.GetProperty("attempt_id").GetString());
        Assert.Equal(8, line.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(cut, line.GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Stream_shorter_than_its_cut_ends_as_usual()
    {
        await using var simulator = await StartAsync();

        var events = await simulator.ChatEventsAsync(Body(Stream), "X-Sim-Output-Tokens: 5", "X-Sim-Cut-After-Tokens: 6");

        Assert.Equal("[DONE]", events[^1]);
    }

    [Fact]
    public async Task Client_that_leaves_in_the_middle_of_a_stream_is_billed_what_was_generated()
    {
        await using var simulator = await StartAsync();

        // The clock stands still, so the second token never comes.
        using (var response = await simulator.ChatAsync(Body(Stream), "X-Sim-Token-Interval-Ms: 1000", "X-KT-Attempt-Id: left"))
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(simulator.Deadline));
            Assert.Contains("assistant", await reader.ReadLineAsync(simulator.Deadline), StringComparison.Ordinal);
            await reader.ReadLineAsync(simulator.Deadline);
            Assert.NotEmpty(Content(JsonElement.Parse(Data((await reader.ReadLineAsync(simulator.Deadline))!))));
            Assert.Empty(await simulator.InvoiceAsync());
        }

        var line = await simulator.FirstInvoiceLineAsync();
        Assert.Equal("left", line.GetProperty("attempt_id").GetString());
        Assert.Equal(8, line.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(1, line.GetProperty("completion_tokens").GetInt32());
    }

    [Fact]
    public async Task Client_that_leaves_before_the_first_token_is_billed_the_prompt()
    {
        await using var simulator = await StartAsync();

        (await simulator.ChatAsync(Body(Stream), "X-Sim-First-Token-Latency-Ms: 1000")).Dispose();

        var line = await simulator.FirstInvoiceLineAsync();
        Assert.Equal(8, line.GetProperty("prompt_tokens").GetInt32());
        Assert.Equal(0, line.GetProperty("completion_tokens").GetInt32());
    }

    private static async Task<int> ReadUntilBrokenAsync(RunningSimulator simulator, HttpResponseMessage response)
    {
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(simulator.Deadline));
        var contents = 0;
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            while (await reader.ReadLineAsync(simulator.Deadline) is { } line)
            {
                contents += line.Contains("\"content\":\" ", StringComparison.Ordinal) ? 1 : 0;
                Assert.DoesNotContain("[DONE]", line, StringComparison.Ordinal);
            }
        });
        return contents;
    }

    private static JsonElement Choice(JsonElement chunk) => chunk.GetProperty("choices")[0];

    private static string Content(JsonElement chunk) => Choice(chunk).GetProperty("delta").GetProperty("content").GetString()!;
}
