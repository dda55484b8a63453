using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts.Metering.V1;
using Platform.Routing.Attempts;
using Platform.Routing.Calls;
using Platform.Routing.Health;
using Platform.Routing.Journal;
using Platform.Routing.Policies;
using Platform.Routing.Shapes;
using Platform.Routing.Shapes.Chat;
using Platform.Testing;

namespace Platform.Routing.Tests.Calls;

/// <summary>Callers who go away, and providers that keep a line open and send nothing: what becomes of the attempt and its money.</summary>
public sealed class AbandonedCallTests : IAsyncLifetime
{
    private static readonly RouteFailover Once = new(default, default, 1, 20, TimeSpan.FromMilliseconds(1));
    private static readonly RouteTimeouts Brief = RouteTimeouts.Unsaid with { FirstToken = TimeSpan.FromSeconds(1) };
    private static readonly RouteTimeouts Hasty = RouteTimeouts.Unsaid with { Silence = TimeSpan.FromSeconds(3) };
    private readonly LocalGateway _gateway = new();
    private ScriptedProvider? _providers;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private RouteTarget A => LocalGateway.Target("a", _providers!.AddressOf("a"));

    private RouteTarget Bb => LocalGateway.Target("bb", _providers!.AddressOf("bb"));

    public async ValueTask InitializeAsync() => _providers = await ScriptedProvider.StartAsync(Cancel);

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _providers!.DisposeAsync();
    }

    [Fact]
    public async Task Stream_whose_caller_goes_away_is_read_for_its_usage_unless_the_policy_says_otherwise()
    {
        _providers!.Script("a", "stream");
        await LeaveAtFirstByteAsync(LocalGateway.Set(Once, A));
        var end = _gateway.Attempts()[0].Last;
        Assert.Equal((JournalKind.Finished, Outcome.ClientClosed, 110), (end.Kind, end.Event!.Outcome, end.AmountNanos));
    }

    [Fact]
    public async Task Stream_is_cut_off_where_the_policy_says_so_and_all_that_was_set_aside_waits_for_the_bill()
    {
        _providers!.Script("a", "stay");
        var target = A with { CancelsAbandoned = true };
        await LeaveAtFirstByteAsync(LocalGateway.Set(Once, target));
        var attempt = _gateway.Attempts()[0];
        Assert.Equal((JournalKind.LeasedUnknown, "cancelled because its caller went away"), (attempt.Last.Kind, attempt.Last.Text));
        Assert.Equal((attempt.Intent.AmountNanos, attempt.Intent.AmountNanos), (attempt.Last.AmountNanos, attempt.Last.DrawnNanos));
        Assert.True(await _providers.LeftAsync("a", Cancel));
        var standing = _gateway.Board.Of(target).Stand();
        Assert.Equal((BreakerState.Closed, 0, 0), (standing.State, standing.FailuresInARow, standing.OpenAttempts));
    }

    [Fact]
    public async Task Answer_that_has_not_begun_is_cut_off_too()
    {
        _providers!.Script("a", "hang");
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var calling = _gateway.CallAsync(LocalGateway.Set(Once, A with { CancelsAbandoned = true }), caller: caller);
        await Eventually.TrueAsync(() => Task.FromResult(!_providers.Calls.IsEmpty), TimeSpan.FromSeconds(30), "the provider to be asked");
        await caller.CancelAsync();
        await calling;
        Assert.Equal((JournalKind.LeasedUnknown, "cancelled because its caller went away"), (_gateway.Attempts()[0].Last.Kind, _gateway.Attempts()[0].Last.Text));
    }

    [Theory]
    [InlineData("ok", 200, Outcome.Succeeded)]
    [InlineData("400 bad", 400, Outcome.Failed)]
    public async Task Whole_answer_that_its_caller_does_not_take_is_held_no_longer_than_the_attempts_time(string step, int status, Outcome outcome)
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var gateway = new LocalGateway(gateway: new GatewayOptions { CallerSeconds = 1 }, clock: time);
        await using var stuck = new StuckCaller();
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        _providers!.Script("a", step);
        var calling = gateway.CallAsync(LocalGateway.Set(Once, A with { Timeouts = RouteTimeouts.Unsaid with { Total = TimeSpan.FromSeconds(3) } }), answer: stuck, caller: caller);
        await stuck.IsGiven.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.False(caller.IsCancellationRequested);
        await Eventually.TrueAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(caller.IsCancellationRequested);
            },
            TimeSpan.FromSeconds(30), "the caller to be given up");
        Assert.Equal(status, (await calling.WaitAsync(TimeSpan.FromSeconds(30), Cancel)).Status);
        Assert.Equal((JournalKind.Finished, outcome), (gateway.Attempts()[0].Last.Kind, gateway.Attempts()[0].Last.Event!.Outcome));
    }

    [Fact]
    public async Task Target_is_heard_to_be_well_when_its_answer_is_whole_whatever_time_the_caller_takes()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var gateway = new LocalGateway(breaker: new BreakerOptions { ConsecutiveFailures = 1, CoolDownSeconds = 1, ProbesToClose = 1 }, clock: time);
        _providers!.Script("a", "500", "ok");
        await gateway.CallAsync(LocalGateway.Set(Once, A));
        Assert.Equal(BreakerState.Open, gateway.Board.Of(A).Stand().State);
        time.Advance(TimeSpan.FromSeconds(1));
        await using var stuck = new StuckCaller();
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var calling = gateway.CallAsync(LocalGateway.Set(Once, A), answer: stuck, caller: caller);
        await stuck.IsGiven.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        var standing = gateway.Board.Of(A).Stand();
        Assert.Equal((BreakerState.Closed, 0), (standing.State, standing.OpenAttempts));
        await caller.CancelAsync();
        await calling.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
    }

    [Fact]
    public async Task Text_of_an_error_takes_room_until_its_caller_has_it()
    {
        _providers!.Script("a", "400 " + new string('h', 100_000));
        await using var stuck = new StuckCaller();
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var calling = _gateway.CallAsync(LocalGateway.Set(Once, A), answer: stuck, caller: caller);
        await stuck.IsGiven.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.InRange(_gateway.Answers.HeldBytes, 100_000, 400_000);
        await caller.CancelAsync();
        await calling.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal(0, _gateway.Answers.HeldBytes);
    }

    [Fact]
    public async Task Usage_that_was_stated_before_the_caller_left_settles_a_cancelled_attempt()
    {
        _providers!.Script("a", "usage-stay");
        await LeaveAtFirstByteAsync(LocalGateway.Set(Once, A with { CancelsAbandoned = true }));
        var end = _gateway.Attempts()[0].Last;
        Assert.Equal((JournalKind.Finished, Outcome.ClientClosed, 110), (end.Kind, end.Event!.Outcome, end.AmountNanos));
    }

    [Fact]
    public async Task Provider_that_opens_a_stream_and_sends_no_token_is_given_up_in_time_and_another_may_be_asked()
    {
        _providers!.Script("a", "openings");
        _providers.Script("bb", "stream");
        var answer = await _gateway.CallAsync(LocalGateway.Set(Once with { FallbackOn = FailureKinds.Timeout, MaxAttempts = 2 }, A with { Timeouts = Brief }, Bb), stream: true);
        Assert.Equal((200, "a#1 LeasedUnknown, bb#2 Finished"), (answer.Status, _gateway.Story()));
        Assert.Equal("provider sent no first token in time", _gateway.Attempts()[0].Last.Text);
        Assert.Equal("fallback: a/m-a sent no first token in time", _gateway.Attempts()[1].Intent.Event!.RouteReason);
    }

    [Fact]
    public async Task Comments_that_keep_the_line_open_are_passed_on_and_are_no_token()
    {
        _providers!.Script("a", "comments");

        // Two of them must come in time on a busy machine too.
        var answer = await _gateway.CallAsync(LocalGateway.Set(Once, A with { Timeouts = Brief with { FirstToken = TimeSpan.FromSeconds(3) } }), stream: true);
        Assert.StartsWith(": PROCESSING\n\n: PROCESSING", answer.Body, StringComparison.Ordinal);
        Assert.Equal((JournalKind.LeasedUnknown, "provider sent no first token in time, before its usage"), (_gateway.Attempts()[0].Last.Kind, _gateway.Attempts()[0].Last.Text));
        Assert.Equal("sent no first token in time", _gateway.Board.Of(A).Stand().LastFailure);
    }

    [Fact]
    public async Task Provider_that_never_sends_a_token_is_answered_for_with_a_time_out()
    {
        _providers!.Script("a", "openings");
        var answer = await _gateway.CallAsync(LocalGateway.Set(Once, A with { Timeouts = Brief }), stream: true);
        Assert.Equal((504, "a#1 LeasedUnknown"), (answer.Status, _gateway.Story()));
    }

    [Fact]
    public async Task What_is_read_for_its_usage_alone_is_not_kept()
    {
        _providers!.Script("a", "long 8");
        var shape = new WatchedShape();
        await LeaveAtFirstByteAsync(LocalGateway.Set(Once, A), shape);
        Assert.Equal((JournalKind.Finished, 110), (_gateway.Attempts()[0].Last.Kind, _gateway.Attempts()[0].Last.AmountNanos));
        Assert.InRange(shape.MostKept, 0, 512 * 1024);
    }

    [Fact(Timeout = 300_000)]
    public async Task Time_that_a_caller_takes_is_no_silence_of_the_provider()
    {
        _providers!.Script("a", "stream");
        var target = A with { Timeouts = Hasty };
        await using var answer = new SlowCaller(TimeSpan.FromSeconds(5));
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var (_, body, _) = await _gateway.CallAsync(LocalGateway.Set(Once, target), stream: true, answer: answer, caller: caller);
        var end = _gateway.Attempts()[0].Last;
        Assert.Equal((JournalKind.Finished, Outcome.Succeeded, 110), (end.Kind, end.Event?.Outcome, end.AmountNanos));
        Assert.EndsWith("data: [DONE]\n\n", body, StringComparison.Ordinal);
        Assert.Equal((0, 0), Failures(_gateway, target));
    }

    [Theory(Timeout = 300_000)]
    [InlineData(1, 600)]
    [InlineData(600, 10)]
    public async Task Caller_who_takes_nothing_any_more_is_gone_and_the_provider_has_not_failed(int callerSeconds, int totalSeconds)
    {
        await using var gateway = new LocalGateway(gateway: new GatewayOptions { CallerSeconds = callerSeconds });
        _providers!.Script("a", "long 1");
        var target = A with { Timeouts = Hasty with { Total = TimeSpan.FromSeconds(totalSeconds) } };
        await using var answer = new SlowCaller(Timeout.InfiniteTimeSpan);
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await gateway.CallAsync(LocalGateway.Set(Once, target), stream: true, answer: answer, caller: caller);
        var end = gateway.Attempts()[0].Last;
        Assert.Equal((JournalKind.Finished, Outcome.ClientClosed, 110), (end.Kind, end.Event?.Outcome, end.AmountNanos));
        Assert.True(caller.IsCancellationRequested);
        Assert.Equal((0, 0), Failures(gateway, target));
    }

    [Fact(Timeout = 300_000)]
    public async Task Caller_who_takes_nothing_any_more_has_the_provider_cut_off_where_the_policy_says_so()
    {
        await using var gateway = new LocalGateway(gateway: new GatewayOptions { CallerSeconds = 1 });
        _providers!.Script("a", "stay");
        var target = A with { CancelsAbandoned = true };
        await using var answer = new SlowCaller(Timeout.InfiniteTimeSpan);
        using var caller = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        await gateway.CallAsync(LocalGateway.Set(Once, target), stream: true, answer: answer, caller: caller);
        Assert.Equal("cancelled because its caller went away", gateway.Attempts()[0].Last.Text);
        Assert.True(await _providers.LeftAsync("a", Cancel));
        Assert.Equal((0, 0), Failures(gateway, target));
    }

    private static (int InARow, int InWindow) Failures(LocalGateway gateway, RouteTarget target)
    {
        var standing = gateway.Board.Of(target).Stand();
        return (standing.FailuresInARow, standing.WindowFailures);
    }

    private async Task LeaveAtFirstByteAsync(RouteSet set, WireShape? shape = null)
    {
        using var caller = new CancellationTokenSource();
        await using var answer = new LeavingCaller(caller);
        await _gateway.CallAsync(set, stream: true, shape: shape, answer: answer, caller: caller);
    }

    /// <summary>Takes the first piece of the answer only after that time, or when he is given up.</summary>
    private sealed class SlowCaller(TimeSpan takes) : MemoryStream
    {
        private bool _took;

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!_took)
            {
                await Task.Delay(takes, cancellationToken);
                _took = true;
            }

            await base.WriteAsync(buffer, cancellationToken);
        }
    }

    /// <summary>Chat, with an eye on what the forwarder keeps of a stream.</summary>
    private sealed class WatchedShape : WireShape
    {
        private readonly ChatShape _chat = new();

        public int MostKept { get; private set; }

        public override ShapeKinds Kind => _chat.Kind;

        public override string Operation => _chat.Operation;

        public override ApiError? TryRead(byte[] body, out CallRequest request) => _chat.TryRead(body, out request);

        public override HttpRequestMessage NewRequest(Attempt attempt, HttpRequest caller) => _chat.NewRequest(attempt, caller);

        public override CallUsage? ReadUsage(ReadOnlySpan<byte> answer) => _chat.ReadUsage(answer);

        public override StreamFilter NewStreamFilter(CallRequest request) => new Filter(this, _chat.NewStreamFilter(request));

        private sealed class Filter(WatchedShape shape, StreamFilter inner) : StreamFilter
        {
            public override void Feed(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
            {
                inner.Feed(chunk, output);
                Look(output);
            }

            public override void End(IBufferWriter<byte> output)
            {
                inner.End(output);
                Look(output);
            }

            private void Look(IBufferWriter<byte> output)
            {
                (Usage, Opening, HasToken, HasFailed) = (inner.Usage, inner.Opening, inner.HasToken, inner.HasFailed);
                shape.MostKept = Math.Max(shape.MostKept, ((ArrayBufferWriter<byte>)output).WrittenCount);
            }
        }
    }

    /// <summary>Goes away when the answer begins.</summary>
    private sealed class LeavingCaller(CancellationTokenSource caller) : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            caller.Cancel();
            return ValueTask.CompletedTask;
        }
    }
}
