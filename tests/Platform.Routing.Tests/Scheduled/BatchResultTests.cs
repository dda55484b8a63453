using System.Buffers;
using System.Text;
using System.Text.Json;
using Platform.Routing.Scheduled;

namespace Platform.Routing.Tests.Scheduled;

public sealed class BatchResultTests
{
    [Theory]
    // As OpenAI lays its answers out; an error page; text that is no answer at all.
    [InlineData("{\n  \"id\": \"chatcmpl-1\",\r\n  \"content\": \"two\\nlines\",\n  \"total\": 1.50\n}\n", "{ \"id\":\"chatcmpl-1\",\"content\":\"two\\nlines\",\"total\":1.50}")]
    [InlineData("<html>\n<p>down</p>\r\n</html>", "\"<html>\\n<p>down</p>\\r\\n</html>\"")]
    [InlineData("{\"a\":\"bare\nline\"}", "\"{\\\"a\\\":\\\"bare\\nline\\\"}\"")]
    public void Result_is_one_line_however_its_answer_is_laid_out(string answer, string body)
    {
        var output = new ArrayBufferWriter<byte>();
        BatchResult.Write(output, new ItemResult(1, "a", ItemState.Succeeded, 200, Encoding.UTF8.GetBytes(answer), "att_1"));
        BatchResult.Write(output, new ItemResult(2, "b", ItemState.Cancelled, 0, [], ""));

        var lines = Encoding.UTF8.GetString(output.WrittenSpan).Split('\n');
        Assert.Equal(["", "\"position\":2", "\"position\":1"], [lines[^1], .. lines[..^1].Reverse().Select(line => line[1..13])]);
        using var first = JsonDocument.Parse(lines[0]);
        using var expected = JsonDocument.Parse(body);
        Assert.True(JsonElement.DeepEquals(expected.RootElement, first.RootElement.GetProperty("response").GetProperty("body")), lines[0]);
        Assert.DoesNotContain('\r', lines[0]);
    }

    [Fact]
    public void Answer_that_is_no_utf_8_is_a_text_with_marks_in_place_of_what_is_none()
    {
        var output = new ArrayBufferWriter<byte>();
        BatchResult.Write(output, new ItemResult(1, "a", ItemState.Succeeded, 200, [.. "{\"a\":\""u8, 0xE5, 0x80, .. "\"}"u8], "att_1"));

        using var line = JsonDocument.Parse(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(output.WrittenSpan));
        Assert.Equal("{\"a\":\"\uFFFD\"}", line.RootElement.GetProperty("response").GetProperty("body").GetString());
    }

    [Theory]
    [InlineData(60, JsonValueKind.Array)]
    [InlineData(200, JsonValueKind.Array)]
    [InlineData(2_000, JsonValueKind.String)]
    public void Answer_is_an_object_of_the_result_as_deep_as_answers_are_read(int depth, JsonValueKind kind)
    {
        var output = new ArrayBufferWriter<byte>();
        var answer = Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth));
        BatchResult.Write(output, new ItemResult(1, "a", ItemState.Succeeded, 200, answer, "att_1"));

        using var line = JsonDocument.Parse(output.WrittenMemory, new JsonDocumentOptions { MaxDepth = 2_100 });
        Assert.Equal(kind, line.RootElement.GetProperty("response").GetProperty("body").ValueKind);
    }
}
