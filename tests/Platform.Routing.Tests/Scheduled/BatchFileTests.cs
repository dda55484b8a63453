using System.IO.Pipelines;
using System.Text;
using Platform.Routing.Calls;
using Platform.Routing.Scheduled;

namespace Platform.Routing.Tests.Scheduled;

public sealed class BatchFileTests
{
    private const string Good = """{"custom_id":"ID","method":"POST","url":"/v1/chat/completions","body":{"model":"m"}}""";

    [Fact]
    public async Task Right_lines_are_taken_in_order_whatever_their_ends_and_gaps()
    {
        var (error, taken) = await ReadAsync($"{Line("a")}\r\n\n   \n{Line("b")}\n{Line("c")}");
        Assert.Null(error);
        Assert.Equal(["1 a", "2 b", "3 c"], taken);
    }

    [Fact]
    public async Task Mark_of_the_byte_order_before_the_first_line_is_none_of_it()
    {
        var (error, taken) = await ReadAsync($"\uFEFF{Line("a")}\n{Line("b")}");
        Assert.Null(error);
        Assert.Equal(["1 a", "2 b"], taken);
        Assert.Contains("Line 2: it is no JSON", (await ReadAsync($"{Line("a")}\n\uFEFF{Line("b")}")).Error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "Line 1: it is no JSON (byte 2)")]
    [InlineData("[]", "it is no JSON object")]
    [InlineData("""{"custom_id":"a\ud800","url":"/x","body":{}}""", "Line 1: it holds text that is no valid Unicode")]
    [InlineData("""{"custom_id":"a","method":"\udc00","url":"/x","body":{}}""", "no valid Unicode")]
    [InlineData("""{"\ud800":"a","custom_id":"a","url":"\ud800","body":{}}""", "no valid Unicode")]
    [InlineData("""{"method":"POST","url":"/x","body":{}}""", "custom_id must be")]
    [InlineData("""{"custom_id":7,"url":"/x","body":{}}""", "custom_id must be")]
    [InlineData("""{"custom_id":"a","method":"GET","url":"/x","body":{}}""", "method must be POST")]
    [InlineData("""{"custom_id":"a","body":{}}""", "url is missing")]
    [InlineData("""{"custom_id":"a","url":"/x","body":"text"}""", "body must be the request")]
    [InlineData("""{"custom_id":"a","url":"/refused","body":{}}""", "Line 1: not this one.")]
    [InlineData("", "no requests")]
    public async Task Wrong_line_is_named_and_nothing_is_accepted(string line, string problem)
    {
        var (error, _) = await ReadAsync(line);
        Assert.Equal(400, error!.Status);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_wrong_lines_are_named_at_once_and_repeated_ids_are_wrong()
    {
        var (error, _) = await ReadAsync($"{Line("a")}\n{{\n{Line("a")}\n{Line("b")}\nnull");
        Assert.Contains("Line 2: ", error!.Message, StringComparison.Ordinal);
        Assert.Contains("Line 3: custom_id 'a' was there before.", error.Message, StringComparison.Ordinal);
        Assert.Contains("Line 5: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Too_many_too_long_or_too_large_is_refused_without_reading_on()
    {
        Assert.Equal(413, (await ReadAsync(string.Join('\n', Enumerable.Range(0, 12).Select(i => Line($"{i}"))))).Error!.Status);
        Assert.Equal(413, (await ReadAsync(new string('x', 3_000))).Error!.Status);
        Assert.Equal(413, (await ReadAsync(string.Concat(Enumerable.Repeat(new string(' ', 900) + "\n", 10)))).Error!.Status);
    }

    [Fact]
    public async Task Line_that_is_too_long_is_named_for_no_parting_of_the_file_helps()
    {
        var message = (await ReadAsync($"{Line("a")}\n\n{new string('x', 3_000)}\n{Line("b")}")).Error!.Message;
        Assert.Contains("Line 3 is above 2000 bytes", message, StringComparison.Ordinal);
        Assert.DoesNotContain("in parts", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public async Task File_of_another_encoding_is_told_which_is_taken(string encoding)
    {
        var (error, _) = await ReadAsync(Encoding.GetEncoding(encoding).GetBytes($"\uFEFF{Line("a")}\r\n"));
        Assert.StartsWith("Nothing was accepted. Line 1: it looks like UTF-16: send the file in UTF-8.", error!.Message, StringComparison.Ordinal);
    }

    [Theory]
    // Bytes, the last of them a line's end or not; 5,000 are taken.
    [InlineData(5_000, "", true)]
    [InlineData(5_000, "\n", true)]
    [InlineData(5_001, "", false)]
    [InlineData(5_001, "\n", false)]
    public async Task File_is_as_large_as_it_is_whether_its_last_line_has_an_end_or_not(int bytes, string end, bool isTaken)
    {
        var gaps = string.Concat(Enumerable.Repeat(new string(' ', 1_500) + "\n", 3));
        var (error, _) = await ReadAsync($"{Line("a")}\n{gaps}".PadRight(bytes - end.Length) + end);
        Assert.Equal(isTaken ? null : 413, error?.Status);
    }

    private static string Line(string id) => Good.Replace("ID", id);

    private static Task<(ApiError? Error, List<string> Taken)> ReadAsync(string text) => ReadAsync(Encoding.UTF8.GetBytes(text));

    private static async Task<(ApiError? Error, List<string> Taken)> ReadAsync(byte[] bytes)
    {
        var file = new BatchFile(
            PipeReader.Create(new MemoryStream(bytes), new StreamPipeReaderOptions(bufferSize: 64, minimumReadSize: 1)),
            new ScheduledOptions { MaxItems = 10, MaxFileBytes = 5_000 }, maxLineBytes: 2_000);
        var taken = new List<string>();
        var (error, read) = await file.ReadAsync(
            line => line.Path == "/refused" ? "not this one" : null,
            (position, line) =>
            {
                taken.Add($"{position} {line.CustomId}");
                return Task.CompletedTask;
            },
            TestContext.Current.CancellationToken);
        Assert.Equal(error is null, read is not null);
        return (error, taken);
    }
}
