using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;

namespace Platform.ProviderSimulator.Tests;

/// <summary>A clock that stands still until the test turns it, and tells of every wait that has begun by it.</summary>
internal sealed class TurnedClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly Channel<TimeSpan> _waits = Channel.CreateUnbounded<TimeSpan>();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        if (dueTime > TimeSpan.Zero)
        {
            _waits.Writer.TryWrite(dueTime);
        }

        return timer;
    }

    /// <summary>Until the answer is there, turns the clock by what is waited for, wait by wait: an answer that waits for nothing turns nothing.</summary>
    /// <returns>All that was waited for.</returns>
    public async Task<TimeSpan> TurnUntilAsync(Task answer, CancellationToken deadline)
    {
        var waited = TimeSpan.Zero;
        while (true)
        {
            var next = _waits.Reader.WaitToReadAsync(deadline).AsTask();
            if (await Task.WhenAny(answer, next) == answer)
            {
                return waited;
            }

            await next;
            while (_waits.Reader.TryRead(out var wait))
            {
                waited += wait;
                Advance(wait);
            }
        }
    }
}
