using System.Buffers;
using System.Text;
using CsCheck;
using Platform.Routing.Calls;
using Platform.Routing.Shapes;
using Platform.Routing.Shapes.Chat;

namespace Platform.Routing.Tests.Shapes.Chat;

public sealed class ChatStreamFilterTests
{
    private const string Content = "data: {\"id\":\"1\",\"choices\":[{\"delta\":{\"content\":\"say \\\"usage\\\":{ é😀\"}}],\"usage\":null}\n\n";
    private const string UsageOnly = "data: {\"id\":\"1\",\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":57,\"prompt_tokens_details\":{\"cached_tokens\":3,\"cache_write_tokens\":2},\"completion_tokens_details\":{\"reasoning_tokens\":5}}}\n\n";
    private const string Done = "data: [DONE]\n\n";
    private const string UsageOnlyCr = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":57,\"prompt_tokens_details\":{\"cached_tokens\":3,\"cache_write_tokens\":2},\rdata: \"completion_tokens_details\":{\"reasoning_tokens\":5}}}\r\r";
    private static readonly CallUsage Expected = new(6, 3, 57, 5, 2) { UntoldWrites = 2 };

    [Theory]
    [InlineData(true, Content + Content + UsageOnly + Done, Content + Content + Done)]
    [InlineData(false, Content + Content + UsageOnly + Done, Content + Content + UsageOnly + Done)]
    [InlineData(true, ": ping\r\n\r\n" + UsageOnly, ": ping\r\n\r\n")]
    [InlineData(true, ": ping\r\r" + UsageOnlyCr + "data: [DONE]\r\r", ": ping\r\rdata: [DONE]\r\r")]
    [InlineData(true, "\uFEFFdata: {\"choices\":[]}\n\n" + UsageOnlyCr + "data: [DONE]\r\n\r\n", "\uFEFFdata: {\"choices\":[]}\n\ndata: [DONE]\r\n\r\n")]
    [InlineData(true, "\uFEFF" + UsageOnly + "data: [DONE]\r\n\r\n", "data: [DONE]\r\n\r\n")]
    [InlineData(true, Content + "data: {\"choices\":null,\"usage\":{\"prompt_tokens\":11,\"completion_tokens\":57,\"prompt_tokens_details\":{\"cached_tokens\":3,\"cache_write_tokens\":2},\"completion_tokens_details\":{\"reasoning_tokens\":5}}}\n\n", Content)]
    [InlineData(true, "event: x\ndata: {\"choices\":[ ],\ndata: \"usage\" : {\"prompt_tokens\":11,\"completion_tokens\":57,\"prompt_tokens_details\":{\"cached_tokens\":3,\"cache_write_tokens\":2},\ndata:\"completion_tokens_details\":{\"reasoning_tokens\":5}}}\n\n" + Done, Done)]
    public void Filter_finds_the_usage_and_hides_its_chunk_however_the_stream_is_split(bool hide, string stream, string passed)
    {
        var bytes = Encoding.UTF8.GetBytes(stream);
        Gen.Int[0, bytes.Length].Array[0, 12].Sample(cuts =>
        {
            var (filter, output) = Run(hide, bytes, cuts);
            Assert.Equal(passed, output);
            Assert.Equal(Expected, filter.Usage);
        });
        var (byteWise, single) = Run(hide, bytes, [.. Enumerable.Range(0, bytes.Length)]);
        Assert.Equal((passed, Expected), (single, byteWise.Usage!.Value));
    }

    [Theory]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}", nameof(StreamOpening.Waiting))]
    [InlineData("data: {\"choices\":[],\"prompt_filter_results\":[{\"prompt_index\":0}]}", nameof(StreamOpening.Waiting))]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}", nameof(StreamOpening.Begun))]
    [InlineData("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"tool_calls\":[{\"index\":0}]}}]}", nameof(StreamOpening.Begun))]
    [InlineData("data: {\"choices\":[{\"delta\":{}},{\"delta\":{\"reasoning_content\":\"hm\"}}]}", nameof(StreamOpening.Begun))]
    [InlineData("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}", nameof(StreamOpening.Begun))]
    [InlineData("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":1}}", nameof(StreamOpening.Begun))]
    [InlineData("data: {\"error\":{\"message\":\"overloaded\"}}", nameof(StreamOpening.Failed))]
    [InlineData("event: error\ndata: {\"error\":\"overloaded\"}", nameof(StreamOpening.Failed))]
    [InlineData("\uFEFFdata: {\"error\":{\"message\":\"overloaded\"}}", nameof(StreamOpening.Failed))]
    [InlineData("data: {\"error\":null,\"choices\":[]}", nameof(StreamOpening.Waiting))]
    [InlineData("data: [DONE]", nameof(StreamOpening.Begun))]
    [InlineData(": keep-alive", nameof(StreamOpening.Begun))]
    [InlineData("data: nonsense", nameof(StreamOpening.Begun))]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":", nameof(StreamOpening.Begun))]
    public void First_event_shows_whether_the_answer_has_begun(string first, string opening)
    {
        var filter = new ChatStreamFilter(true);
        filter.Feed(Encoding.UTF8.GetBytes(first + "\n\n"), new ArrayBufferWriter<byte>());
        Assert.Equal(opening, filter.Opening.ToString());
    }

    [Theory]
    [InlineData(": keep-alive\n\n", false)]
    [InlineData("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n: keep-alive\n\ndata: {\"choices\":[]}\n\n", false)]
    [InlineData(": keep-alive\n\n" + Content, true)]
    [InlineData(Content, true)]
    [InlineData(Done, true)]
    public void Comments_and_openings_are_no_token(string stream, bool hasToken) => Assert.Equal(hasToken, Run(true, Encoding.UTF8.GetBytes(stream), []).Filter.HasToken);

    [Theory]
    [InlineData(Content + UsageOnly + "data: {\"error\":{\"message\":\"overloaded\"}}\n\n", true)]
    [InlineData("data: {\"error\":{\"message\":\"overloaded\"}}\n\n", true)]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"{\\\"error\\\":1}\"}}],\"error\":null}\n\n" + UsageOnly + Done, false)]
    public void Error_anywhere_in_a_stream_is_seen(string stream, bool failed) =>
        Assert.Equal(failed, Run(true, Encoding.UTF8.GetBytes(stream), []).Filter.HasFailed);

    [Fact]
    public void An_opening_without_end_is_not_waited_for()
    {
        var filter = new ChatStreamFilter(true);
        for (var i = 0; i < 1_000; i++)
        {
            filter.Feed(Encoding.UTF8.GetBytes("data: {\"choices\":[],\"prompt_filter_results\":[{\"prompt_index\":0,\"content_filter_results\":{}}]}\n\n"), new ArrayBufferWriter<byte>());
        }

        Assert.Equal(StreamOpening.Begun, filter.Opening);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void Filter_passes_content_on_as_soon_as_its_event_is_whole(string lineEnd)
    {
        var filter = new ChatStreamFilter(true);
        var output = new ArrayBufferWriter<byte>();
        var content = Content.Replace("\n", lineEnd, StringComparison.Ordinal);
        filter.Feed(Encoding.UTF8.GetBytes(content), output);
        Assert.Equal(content, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void Filter_shows_usage_that_comes_with_content()
    {
        const string both = "data: {\"choices\":[{\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n";
        var (filter, output) = Run(true, Encoding.UTF8.GetBytes(both), []);
        Assert.Equal((both, new CallUsage(1, 0, 2, 0)), (output, filter.Usage!.Value));
    }

    [Theory]
    // A: a token with the usage so far. What follows it, and whether that makes a usage of it: so far 3, at the end 9.
    [InlineData("A", 1, null)]
    [InlineData("AA", 1, null)]
    [InlineData("A|data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}", 1, null)]
    [InlineData("A|data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}", 1, null)]
    [InlineData("A|data: [DONE]", 1, 3L)]
    [InlineData("A|data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":U}", 1, 9L)]
    [InlineData("A|data: {\"choices\":[{\"delta\":{},\"finish_reason\" : \"stop\"}]}|data: {\"choices\":[{\"delta\":{}}],\"usage\":U}", 1, 9L)]
    [InlineData("A|data: {\"choices\":[],\"usage\":U}", 1, 9L)]
    [InlineData("A|data: {\"usage\":U}", 1, 9L)]
    // Moonshot's: in the choice, beside the reason why it ended. A usage of the chunk's own goes before it, and of two answers none is that of both.
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}|data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\",\"usage\":U}]}|data: [DONE]", 1, 9L)]
    [InlineData("data: {\"choices\":[{\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":3},\"finish_reason\":\"stop\"}],\"usage\":U}", 1, 9L)]
    [InlineData("data: {\"choices\":[{\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":3},\"finish_reason\":\"stop\"}]}|data: {\"choices\":[],\"usage\":U}", 1, 9L)]
    [InlineData("data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"usage\":U}]}", 1, null)]
    [InlineData("data: {\"choices\":[{\"delta\":{\"usage\":U},\"finish_reason\":\"stop\"}]}", 1, null)]
    [InlineData("data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\",\"usage\":U}]}|data: [DONE]", 2, null)]
    // Of two answers one has ended.
    [InlineData("A|data: {\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":U}", 2, null)]
    [InlineData("A|data: {\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":U}|data: [DONE]", 2, 9L)]
    // It was told before the answer's end, which shows when it goes on.
    [InlineData("data: {\"choices\":[],\"usage\":U}|data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}", 1, null)]
    [InlineData("data: {\"choices\":[],\"usage\":U}|data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}|data: {\"choices\":[],\"usage\":U}", 1, 9L)]
    [InlineData("data: {\"choices\":[],\"usage\":U}|: ping", 1, 9L)]
    public void Usage_so_far_is_none_until_the_answer_is_over(string events, int choices, long? output)
    {
        var token = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":null}],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":3}}|";
        var stream = events.Replace("A", token, StringComparison.Ordinal).Replace("U}", "{\"prompt_tokens\":1,\"completion_tokens\":9}}", StringComparison.Ordinal);
        var filter = new ChatStreamFilter(true, choices);
        foreach (var one in stream.Split('|', StringSplitOptions.RemoveEmptyEntries))
        {
            filter.Feed(Encoding.UTF8.GetBytes(one + "\n\n"), new ArrayBufferWriter<byte>());
        }

        Assert.Equal(output, filter.Usage?.Output);
    }

    [Fact]
    public void Filter_of_a_cut_stream_passes_the_rest_and_knows_no_usage()
    {
        var (filter, output) = Run(true, Encoding.UTF8.GetBytes(Content + UsageOnly[..40]), [70]);
        Assert.Null(filter.Usage);
        Assert.Equal(Content + UsageOnly[..40], output);
    }

    [Fact]
    public void Filter_of_any_bytes_passes_them_all_when_there_is_no_usage() =>
        Gen.Select(Gen.Int[0, 5].Select(i => "\n\rd\":{"u8[i]).Array[0, 60], Gen.Int[0, 60].Array[0, 6]).Sample((bytes, cuts) =>
            Assert.Equal(Encoding.UTF8.GetString(bytes), Run(true, bytes, [.. cuts.Where(cut => cut <= bytes.Length)]).Output));

    [Fact]
    public void Filter_of_an_endless_event_holds_a_bounded_amount()
    {
        var filter = new ChatStreamFilter(true);
        var output = new ArrayBufferWriter<byte>();
        var piece = Encoding.UTF8.GetBytes(new string('x', 100_000));
        for (var i = 0; i < 30; i++)
        {
            filter.Feed(piece, output);
        }

        Assert.True(output.WrittenCount >= 30 * piece.Length - (1024 * 1024) - piece.Length);
    }

    [Theory]
    [InlineData("""{"usage":{"prompt_tokens":10,"completion_tokens":5}}""", true)]
    [InlineData("""{"usage":{"prompt_tokens":10}}""", false)]
    [InlineData("""{"usage":{"prompt_tokens":-1,"completion_tokens":5}}""", false)]
    [InlineData("""{"usage":{"prompt_tokens":"ten","completion_tokens":5}}""", false)]
    [InlineData("""{"usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":11}}}""", false)]
    [InlineData("""{"usage":{"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":6,"cache_write_tokens":5}}}""", false)]
    [InlineData("""{"usage":{"prompt_tokens":10,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":6}}}""", false)]
    [InlineData("""{"usage":null}""", false)]
    [InlineData("""{"choices":[{"usage":{"prompt_tokens":1,"completion_tokens":1}}]}""", false)]
    [InlineData("""{"usage":{"prompt_tokens":10,"completion_tokens":5}""", false)]
    [InlineData("nonsense", false)]
    public void Usage_that_is_missing_or_contradicts_itself_is_unknown(string answer, bool known) =>
        Assert.Equal(known, ChatUsage.Read(Encoding.UTF8.GetBytes(answer), out _) is not null);

    [Theory]
    // Reasoning within the output, as OpenAI counts it.
    [InlineData("""{"prompt_tokens":1000,"completion_tokens":2800,"total_tokens":3800,"completion_tokens_details":{"reasoning_tokens":800}}""", 2800L, 800L)]
    // Beside it, as xAI does: less than the output, and more.
    [InlineData("""{"prompt_tokens":1000,"completion_tokens":2000,"total_tokens":3800,"completion_tokens_details":{"reasoning_tokens":800}}""", 2800L, 800L)]
    [InlineData("""{"total_tokens":14428,"prompt_tokens":10120,"completion_tokens":1499,"completion_tokens_details":{"reasoning_tokens":2809}}""", 4308L, 2809L)]
    // Likewise, and only the total tells, as Gemini does.
    [InlineData("""{"prompt_tokens":1000,"completion_tokens":2000,"total_tokens":3800}""", 2800L, 0L)]
    // A total that says nothing more, or nothing at all.
    [InlineData("""{"prompt_tokens":1000,"completion_tokens":2000,"total_tokens":0}""", 2000L, 0L)]
    [InlineData("""{"prompt_tokens":1000,"completion_tokens":2000,"total_tokens":null}""", 2000L, 0L)]
    [InlineData("""{"prompt_tokens":1000,"completion_tokens":2000,"total_tokens":9000000000000000000}""", 2000L, 0L)]
    [InlineData("""{"prompt_tokens":1000,"completion_tokens":2000,"total_tokens":-3800}""", 2000L, 0L)]
    [InlineData("""{"prompt_tokens":1000,"completion_tokens":2000,"total_tokens":{"a":[3800]}}""", 2000L, 0L)]
    // More reasoning than either knows of.
    [InlineData("""{"prompt_tokens":1000,"completion_tokens":2000,"total_tokens":3800,"completion_tokens_details":{"reasoning_tokens":2801}}""", null, null)]
    public void Output_is_what_the_total_says_beyond_the_input(string usage, long? output, long? reasoning)
    {
        var (plain, chunk) = ($"{{\"usage\":{usage}}}", $"data: {{\"choices\":[],\"usage\":{usage}}}\n\n");
        foreach (var read in new[] { ChatUsage.Read(Encoding.UTF8.GetBytes(plain), out _), Run(true, Encoding.UTF8.GetBytes(Content + chunk + Done), []).Filter.Usage })
        {
            Assert.Equal((output, reasoning), (read?.Output, read?.Reasoning));
        }
    }

    [Theory]
    [InlineData("""{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110,"cached_tokens":90}""", 10L, 90L)]
    [InlineData("""{"prompt_tokens":100,"completion_tokens":10,"prompt_cache_hit_tokens":90,"prompt_cache_miss_tokens":10}""", 10L, 90L)]
    [InlineData("""{"prompt_tokens":100,"completion_tokens":10,"prompt_cache_hit_tokens":90,"prompt_tokens_details":{"cached_tokens":90}}""", 10L, 90L)]
    [InlineData("""{"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":40},"cached_tokens":90}""", 60L, 40L)]
    [InlineData("""{"prompt_tokens":100,"completion_tokens":10,"prompt_tokens_details":{"cached_tokens":0},"cached_tokens":90}""", 10L, 90L)]
    [InlineData("""{"prompt_tokens":100,"completion_tokens":10,"cached_tokens":null}""", 100L, 0L)]
    [InlineData("""{"prompt_tokens":100,"completion_tokens":10,"cached_tokens":101}""", null, null)]
    [InlineData("""{"prompt_tokens":100,"completion_tokens":10,"cached_tokens":"90%"}""", null, null)]
    public void What_was_read_from_a_cache_may_stand_beside_the_details_and_counts_once(string usage, long? input, long? cached)
    {
        var read = ChatUsage.Read(Encoding.UTF8.GetBytes($"{{\"usage\":{usage}}}"), out _);
        Assert.Equal((input, cached), (read?.Input, read?.CachedInput));
    }

    [Fact]
    public void Usage_counts_reasoning_apart_only_where_it_has_its_own_price()
    {
        var price = new Rating.Price(1, "p", "m", "USD", 1, 1, 1, 2, 2, 0);
        Assert.Equal(new Rating.TokenCounts(6, 3, 2, 57, 0), Expected.ToCounts(price));
        Assert.Equal(new Rating.TokenCounts(6, 3, 2, 52, 5), Expected.ToCounts(price with { ReasoningPerMillion = 3 }));
    }

    private static (ChatStreamFilter Filter, string Output) Run(bool hide, byte[] bytes, int[] cuts)
    {
        var filter = new ChatStreamFilter(hide);
        var output = new ArrayBufferWriter<byte>();
        var from = 0;
        foreach (var cut in cuts.Where(cut => cut <= bytes.Length).Order().Append(bytes.Length))
        {
            filter.Feed(bytes.AsSpan(from, cut - from), output);
            from = cut;
        }

        filter.End(output);
        return (filter, Encoding.UTF8.GetString(output.WrittenSpan));
    }
}
