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
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(2);

    private readonly RolesByName _keys = new();
    private MeteringWire _wire = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Usage.UsageClient Usage => new(_wire.Channel);

    public async ValueTask InitializeAsync() => _wire = await MeteringWire.StartAsync(_keys, Cancel);

    public ValueTask DisposeAsync() => _wire.DisposeAsync();

    [Theory(Timeout = 60_000)]
    [InlineData(KeyStanding.Unknown, StatusCode.Unauthenticated, Reasons.TokenInvalid)]
    [InlineData(KeyStanding.Expired, StatusCode.Unauthenticated, Reasons.TokenInvalid)]
    [InlineData(KeyStanding.KeyFrozen, StatusCode.PermissionDenied, Reasons.KeyFrozen)]
    [InlineData(KeyStanding.UserDisabled, StatusCode.PermissionDenied, Reasons.UserDisabled)]
    [InlineData(KeyStanding.TeamFrozen, StatusCode.PermissionDenied, Reasons.TeamFrozen)]
    public async Task Key_that_ends_records_nothing_more_on_a_stream_that_it_opened(KeyStanding standing, StatusCode code, string reason)
    {
        using var stream = Usage.RecordStream(As(Role.Editor));
        await stream.RequestStream.WriteAsync(Chunk("before"), Cancel);
        Assert.True(await stream.ResponseStream.MoveNext(Cancel));

        _keys.Standing = standing;
        await stream.RequestStream.WriteAsync(Chunk("after"), Cancel);
        var ended = await EndAsync(stream.ResponseStream);
        Assert.Equal((code, reason), (ended.StatusCode, RpcErrors.ReasonOf(ended)));
        _keys.Standing = KeyStanding.Usable;
        Assert.Equal("before", Assert.Single(await _wire.Metering.StreamAsync()).Event.EventId);
    }

    [Fact(Timeout = 60_000)]
    public async Task Stream_whose_caller_says_nothing_ends_with_its_key_all_the_same()
    {
        using var stream = Usage.RecordStream(As(Role.Editor));
        await stream.RequestStream.WriteAsync(Chunk("before"), Cancel);
        Assert.True(await stream.ResponseStream.MoveNext(Cancel));
        _keys.Standing = KeyStanding.Unknown;
        Assert.Equal(Reasons.TokenInvalid, RpcErrors.ReasonOf(await EndAsync(stream.ResponseStream)));
    }

    [Fact(Timeout = 60_000)]
    public async Task Viewer_whose_key_ends_sees_no_further_usage()
    {
        using var tail = Usage.TailUsage(new TailUsageRequest(), As(Role.Viewer));
        Assert.True(await tail.ResponseStream.MoveNext(Cancel));
        _keys.Standing = KeyStanding.KeyFrozen;
        Assert.Equal(Reasons.KeyFrozen, RpcErrors.ReasonOf(await EndAsync(tail.ResponseStream)));
    }

    [Fact(Timeout = 60_000)]
    public async Task Stream_that_nobody_can_judge_ends_as_a_call_would()
    {
        using var watch = new Contracts.Metering.V1.Prices.PricesClient(_wire.Channel).WatchPrices(new WatchPricesRequest(), As(Role.Gateway));
        Assert.True(await watch.ResponseStream.MoveNext(Cancel));
        _keys.IsCurrent = false;
        Assert.Equal(Reasons.DirectoryUnavailable, RpcErrors.ReasonOf(await EndAsync(watch.ResponseStream)));
    }

    /// <summary>What ends a stream, which must not take longer than is promised.</summary>
    private static async Task<RpcException> EndAsync<T>(IAsyncStreamReader<T> stream) => await Assert.ThrowsAsync<RpcException>(async () =>
    {
        while (await stream.MoveNext(Cancel).WaitAsync(Promised, Cancel))
        {
            // What was on its way before.
        }
    });

    private static RecordRequest Chunk(string id) => new() { Events = { Events.New(id, with: usage => usage.Funding = Funding.External) } };

    private static CallOptions As(Role role) => RolesByName.As(role, Cancel);
}
