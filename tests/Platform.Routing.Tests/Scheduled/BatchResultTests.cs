using System.Buffers;
using System.Text;
using System.Text.Json;
using Platform.Routing.Scheduled;

namespace Platform.Routing.Tests.Scheduled;

public sealed class BatchResultTests
{
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
