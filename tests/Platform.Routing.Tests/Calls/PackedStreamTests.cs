using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Platform.Routing.Tests.Calls;

/// <summary>Streams that are packed although they were asked for as they are: an answer whose usage nobody reads has its bound wait for the bill.</summary>
public sealed class PackedStreamTests() : AttemptTest()
{
    private const string First = "data: {\"choices\":[{\"delta\":{\"content\":\"h\"}}]}\n\n";
    private const string Usage = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":10}}\n\n";
    private const string Done = "data: [DONE]\n\n";

    [Theory(Timeout = 600_000)]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Stream_is_unpacked_piece_by_piece_and_its_usage_known(string coding)
    {
        using var caller = new WatchedAnswer();
        await using var server = await ServeAsync(coding, async packer =>
        {
            await packer.WriteAsync(Encoding.UTF8.GetBytes(First));
            await packer.FlushAsync();

            // The rest is sent when the caller has had this.
            await caller.HasBegun.WaitAsync(TestContext.Current.CancellationToken);
            await packer.WriteAsync(Encoding.UTF8.GetBytes(Usage + Done));
        });
        var answer = await Gateway.CallAsync(LocalGateway.Set(Once, LocalGateway.Target("a", server.Urls.Single())), stream: true, answer: caller);
        Assert.Equal((200, "a#1 Finished", "", First + Done), (answer.Status, Gateway.Story(), answer.Headers.ContentEncoding.ToString(), answer.Body));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task Stream_that_is_not_packed_as_it_says_has_broken_off(string coding)
    {
        await using var server = await ServeAsync(coding, packer: null);
        var answer = await Gateway.CallAsync(LocalGateway.Set(Once, LocalGateway.Target("a", server.Urls.Single())), stream: true);
        Assert.Equal((502, "a#1 LeasedUnknown"), (answer.Status, Gateway.Story()));
    }

    /// <param name="packer">Writes what is packed; null: what is sent is not packed at all.</param>
    private static async Task<WebApplication> ServeAsync(string coding, Func<Stream, Task>? packer)
    {
        var app = LoopbackServer.NewBuilder().Build();
        app.Run(async http =>
        {
            await http.Request.Body.CopyToAsync(Stream.Null, http.RequestAborted);
            (http.Response.ContentType, http.Response.Headers.ContentEncoding) = ("text/event-stream", coding);
            if (packer is null)
            {
                await http.Response.WriteAsync(First + Usage + Done);
                return;
            }

            await using Stream stream = coding switch
            {
                "br" => new BrotliStream(http.Response.Body, CompressionLevel.Fastest, leaveOpen: true),
                "deflate" => new ZLibStream(http.Response.Body, CompressionLevel.Fastest, leaveOpen: true),
                _ => new GZipStream(http.Response.Body, CompressionLevel.Fastest, leaveOpen: true),
            };
            await packer(stream);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    /// <summary>Tells when the first of an answer has come.</summary>
    private sealed class WatchedAnswer : MemoryStream
    {
        private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task HasBegun => _begun.Task;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Write(buffer.Span);
            _begun.TrySetResult();
            return ValueTask.CompletedTask;
        }
    }
}
