using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Metering.V1;
using Platform.ServiceDefaults.Identity;
using Platform.Testing;

namespace Platform.Metering.Tests;

/// <summary>A stream lives as long as its caller may open it: the end of the key ends it, with the reason of any call, by real clocks.</summary>
public sealed class StreamEndTests : IAsyncLifetime
{
    private readonly RolesByName _keys = new();
    private MeteringWire _wire = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Usage.UsageClient Usage => new(_wire.Channel);

    public async ValueTask InitializeAsync() => _wire = await MeteringWire.StartAsync(_keys, Cancel);

    public ValueTask DisposeAsync() => _wire.DisposeAsync();

    [Theory(Timeout = 300_000)]
    [InlineData(KeyStanding.Unknown, StatusCode.Unauthenticated, Reasons.TokenInvalid)]
    [InlineData(KeyStanding.Expired, StatusCode.Unauthenticated, Reasons.TokenInvalid)]
    [InlineData(KeyStanding.KeyFrozen, StatusCode.PermissionDenied, Reasons.KeyFrozen)]
    [InlineData(KeyStanding.UserDisabled, StatusCode.PermissionDenied, Reasons.UserDisabled)]
    [InlineData(KeyStanding.TeamFrozen, StatusCode.PermissionDenied, Reasons.TeamFrozen)]
    public async Task Key_that_ends_records_nothing_more_on_a_stream_that_it_opened(KeyStanding standing, StatusCode code, string reason)
    {
        var ended = await EndAsync(async () =>
        {
            var stream = Usage.RecordStream(As(Role.Editor));
            await stream.RequestStream.WriteAsync(Chunk("before"), Cancel);
            Assert.True(await stream.ResponseStream.MoveNext(Cancel));
            _keys.Standing = standing;
            await stream.RequestStream.WriteAsync(Chunk("after"), Cancel);
            return stream.ResponseStream;
        });
        Assert.Equal((code, reason), (ended.StatusCode, RpcErrors.ReasonOf(ended)));
        _keys.Standing = KeyStanding.Usable;
        Assert.Equal("before", Assert.Single(await _wire.Metering.StreamAsync()).Event.EventId);
    }

    [Fact(Timeout = 300_000)]
    public async Task Stream_whose_caller_says_nothing_ends_with_its_key_all_the_same()
    {
        var ended = await EndAsync(async () =>
        {
            var stream = Usage.RecordStream(As(Role.Editor));
            await stream.RequestStream.WriteAsync(Chunk("before"), Cancel);
            Assert.True(await stream.ResponseStream.MoveNext(Cancel));
            _keys.Standing = KeyStanding.Unknown;
            return stream.ResponseStream;
        });
        Assert.Equal(Reasons.TokenInvalid, RpcErrors.ReasonOf(ended));
    }

    [Fact(Timeout = 300_000)]
    public async Task Viewer_whose_key_ends_sees_no_further_usage()
    {
        var ended = await EndAsync(async () =>
        {
            var tail = Usage.TailUsage(new TailUsageRequest(), As(Role.Viewer));
            Assert.True(await tail.ResponseStream.MoveNext(Cancel));
            _keys.Standing = KeyStanding.KeyFrozen;
            return tail.ResponseStream;
        });
        Assert.Equal(Reasons.KeyFrozen, RpcErrors.ReasonOf(ended));
    }

    [Fact(Timeout = 300_000)]
    public async Task Stream_that_nobody_can_judge_ends_as_a_call_would()
    {
        var ended = await EndAsync(async () =>
        {
            var watch = new Contracts.Metering.V1.Prices.PricesClient(_wire.Channel).WatchPrices(new WatchPricesRequest(), As(Role.Gateway));
            Assert.True(await watch.ResponseStream.MoveNext(Cancel));
            _keys.IsCurrent = false;
            return watch.ResponseStream;
        });
        Assert.Equal(Reasons.DirectoryUnavailable, RpcErrors.ReasonOf(ended));
    }

    [Fact(Timeout = 300_000)]
    public async Task Caller_who_reads_slowly_gets_what_was_on_its_way_and_then_the_reason()
    {
        // More than the connection takes without a reader, so that the service waits in the middle of a message when the key ends.
        foreach (var ids in Enumerable.Range(0, 4_000).Chunk(1_000))
        {
            await _wire.Metering.RecordAsync([.. ids.Select(id => Events.New($"{id}", with: usage => usage.Funding = Funding.External))]);
        }

        using var read = Usage.StreamUsage(new StreamUsageRequest(), As(Role.Viewer));
        Assert.True(await read.ResponseStream.MoveNext(Cancel));
        _keys.Standing = KeyStanding.KeyFrozen;
        await Eventually.TrueAsync(() => Task.FromResult(_keys.Refused > 0), Promise.Patience, "the key to be judged again");
        var ended = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await read.ResponseStream.MoveNext(Cancel).WaitAsync(Promise.Patience, Cancel))
            {
                // What was on its way before.
            }
        });
        Assert.Equal((StatusCode.PermissionDenied, Reasons.KeyFrozen), (ended.StatusCode, RpcErrors.ReasonOf(ended)));
    }

    /// <summary>What ends a stream, which must not take longer than is promised.</summary>
    /// <param name="outlive">Opens a stream by a key that is usable, and ends the key.</param>
    private async Task<RpcException> EndAsync<T>(Func<Task<IAsyncStreamReader<T>>> outlive)
    {
        IAsyncStreamReader<T> stream = null!;
        RpcException ended = null!;
        await Promise.KeptAsync(Promise.TwoSeconds, new Change("the end of a stream with its key", OutliveAsync, SeeAsync));
        return ended;

        async Task OutliveAsync()
        {
            (_keys.IsCurrent, _keys.Standing) = (true, KeyStanding.Usable);
            stream = await outlive();
        }

        async Task SeeAsync() => ended = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await stream.MoveNext(Cancel).WaitAsync(Promise.Patience, Cancel))
            {
                // What was on its way before.
            }
        });
    }

    private static RecordRequest Chunk(string id) => new() { Events = { Events.New(id, with: usage => usage.Funding = Funding.External) } };

    private static CallOptions As(Role role) => RolesByName.As(role, Cancel);
}
