using System.Buffers.Binary;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.Testing;

namespace Platform.Metering.Tests;

/// <summary>Runs alone: what is allocated is counted for the whole process, and whoever ran beside it would be counted with it.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class CountedMemoryCollection
{
    public const string Name = "allocations are counted";
}

/// <summary>Who may not call a method cannot have the service read a message, by the bytes of the wire.</summary>
[Collection(CountedMemoryCollection.Name)]
public sealed class UnreadBodyTests : IAsyncLifetime
{
    private const int MessageBytes = 16 * 1024 * 1024;

    /// <summary>Far below what the objects of a message take, far above what a refusal does.</summary>
    private const long FewBytes = 200_000_000;

    private MeteringWire _wire = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _wire = await MeteringWire.StartAsync(new RolesByName(), Cancel);

    public ValueTask DisposeAsync() => _wire.DisposeAsync();

    [Theory(Timeout = 300_000)]
    [InlineData("Usage/Record", null, StatusCode.Unauthenticated)]
    [InlineData("Usage/Record", "nobody", StatusCode.Unauthenticated)]
    [InlineData("Usage/Record", "Viewer", StatusCode.PermissionDenied)]
    [InlineData("Usage/TailUsage", null, StatusCode.Unauthenticated)]
    [InlineData("Usage/RecordStream", null, StatusCode.Unauthenticated)]
    public async Task Refusal_does_not_wait_for_a_message_that_never_comes(string method, string? token, StatusCode status)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        Assert.Equal(status, await CallAsync(method, token, new NeverSent(), encoding: null, limit.Token));
    }

    [Theory(Timeout = 300_000)]
    [InlineData(null, StatusCode.Unauthenticated)]
    [InlineData("Editor", StatusCode.Unimplemented)]
    public async Task Small_zip_of_a_large_message_is_never_unpacked(string? token, StatusCode status)
    {
        var frame = ZippedEmptyEvents();
        Assert.True(frame.Length < 32 * 1024);
        var before = GC.GetTotalAllocatedBytes();
        Assert.Equal(status, await CallAsync("Usage/Record", token, new ByteArrayContent(frame), "gzip", Cancel));
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, FewBytes);
    }

    [Fact(Timeout = 300_000)]
    public async Task Batches_may_be_larger_than_other_messages()
    {
        var text = new string('x', 5 * 1024 * 1024);
        var usage = Events.New("one", with: usage => usage.RouteReason = text);
        Assert.Equal(
            StatusCode.OK,
            await RolesByName.StatusAsync(() => new Usage.UsageClient(_wire.Channel).RecordAsync(new RecordRequest { Events = { usage } }, RolesByName.As(Role.Gateway, Cancel)).ResponseAsync));
        Assert.Equal(
            StatusCode.ResourceExhausted,
            await RolesByName.StatusAsync(() => new Contracts.Metering.V1.Budgets.BudgetsClient(_wire.Channel).SetBudgetAsync(new SetBudgetRequest { Name = text }, RolesByName.As(Role.BillingAdmin, Cancel)).ResponseAsync));
    }

    private async Task<StatusCode> CallAsync(string method, string? token, HttpContent content, string? encoding, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{_wire.Channel.Target}/platform.metering.v1.{method}")
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = content,
        };
        content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.Add("te", "trailers");
        if (encoding is not null)
        {
            request.Headers.Add("grpc-encoding", encoding);
        }

        if (token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/grpc", answer.Content.Headers.ContentType?.ToString());
        return (StatusCode)int.Parse(answer.Headers.GetValues("grpc-status").Single(), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>As many events as a message may have bytes for, each empty.</summary>
    private static byte[] ZippedEmptyEvents()
    {
        var message = new byte[MessageBytes];
        for (var index = 0; index < message.Length; index += 2)
        {
            message[index] = 0x0a;
        }

        using var zipped = new MemoryStream();
        zipped.Write([1, 0, 0, 0, 0]);
        using (var zip = new GZipStream(zipped, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zip.Write(message);
        }

        var frame = zipped.ToArray();
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), frame.Length - 5);
        return frame;
    }

    /// <summary>Announces a message and sends nothing of it.</summary>
    private sealed class NeverSent : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, Cancel);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            await stream.WriteAsync(new byte[] { 0, 0, 16, 0, 0 }, cancellationToken);
            await stream.FlushAsync(cancellationToken);
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
