using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Testing;

namespace Platform.Routing.Tests.Calls;

/// <summary>Many large answers at once: 2 MB each, and room for four of them.</summary>
public sealed class AnswerRoomTests : IDisposable
{
    private const int Megabyte = 1024 * 1024;
    private const int Answer = 2 * Megabyte;
    private const int Room = 4 * Answer;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ServiceProvider _meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FakeTimeProvider _time = new();
    private readonly AnswerRoom _room;

    public AnswerRoomTests() =>
        _room = new AnswerRoom(Options.Create(new GatewayOptions { LargeAnswersBytes = Room }), _meters.GetRequiredService<IMeterFactory>(), _time);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _meters.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Fifty_that_have_half_of_their_room_at_once_all_come_whole_and_hold_no_more_than_the_room_and_one(bool isChunked)
    {
        var rest = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var most = 0L;
        var reading = Enumerable.Range(0, 50).Select(_ => Task.Run(ReadAsync, Cancel)).ToList();
        await Eventually.TrueAsync(() => Task.FromResult(_room.HeldBytes >= Room), Patience, "the room to be full");
        rest.SetResult();
        Assert.All(await Task.WhenAll(reading).WaitAsync(Patience, Cancel), read => Assert.Equal((Answer, AnswerLoss.None), read));
        Assert.InRange(most, Room - Answer, Room + Answer);
        Assert.Equal(0, _room.HeldBytes);

        async Task<(int?, AnswerLoss)> ReadAsync()
        {
            using var answer = new HttpResponseMessage { Content = new StreamContent(new HalvedAnswer(rest.Task)) { Headers = { ContentLength = isChunked ? null : Answer } } };
            using var limit = NewTimer();
            using var share = _room.Open();
            var (body, loss) = await AnswerReader.ReadAsync(answer, Answer, share, limit);
            for (var held = _room.HeldBytes; Interlocked.Read(ref most) is var before && before < held && Interlocked.CompareExchange(ref most, held, before) != before;)
            {
                // Another was faster.
            }

            return (body?.Length, loss);
        }
    }

    [Fact]
    public async Task One_that_waits_for_callers_who_take_nothing_is_given_up_in_time_and_its_provider_counts_as_silent_no_sooner()
    {
        // Of its silence a provider has 60 seconds, and a caller as many.
        using var limit = NewTimer();
        using var first = _room.Open();
        using var beyond = _room.Open();
        using var waits = _room.Open();
        Assert.True(await first.TryGrowToAsync(Room, limit));
        Assert.True(await beyond.TryGrowToAsync(Answer, limit).AsTask().WaitAsync(Patience, Cancel));
        limit.Progressed(hasToken: false);
        _time.Advance(TimeSpan.FromSeconds(30));
        var waiting = waits.TryGrowToAsync(Answer, limit).AsTask();
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.False(waiting.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(await waiting.WaitAsync(Patience, Cancel));
        Assert.Null(limit.Overrun);
        Assert.Equal(Room + Answer, _room.HeldBytes);

        // And one that waits is served as soon as there is room.
        var again = waits.TryGrowToAsync(Answer, limit).AsTask();
        first.Dispose();
        Assert.True(await again.WaitAsync(Patience, Cancel));
    }

    private AttemptTimer NewTimer() => new(AttemptTimes.Of(new GatewayOptions(), RouteTimeouts.Unsaid, isStream: false, TimeSpan.Zero), _time);

    /// <summary>Half of it is there at once, the rest in time.</summary>
    private sealed class HalvedAnswer(Task rest) : Stream
    {
        private int _read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_read >= Answer / 2)
            {
                await rest.WaitAsync(cancellationToken);
            }

            var read = Math.Min(buffer.Length, (_read < Answer / 2 ? Answer / 2 : Answer) - _read);
            _read += read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
