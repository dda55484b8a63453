using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;

namespace Platform.Routing.Calls;

/// <summary>
/// How many bytes of large plain answers are held at once, from their first byte until their callers have taken them. What has no room waits, those that have begun before those that have not; one of those
/// that wait goes on beyond the room, so that answers that each have half of theirs do not wait for one another. For any number of threads.
/// </summary>
internal sealed class AnswerRoom
{
    /// <summary>Up to here an answer takes no room, as a body.</summary>
    private const int MostSmallBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly LinkedList<Waiter> _waiting = [];
    private readonly IOptions<GatewayOptions> _options;
    private readonly TimeProvider _time;
    private long _all;
    private Share? _beyond;

    public AnswerRoom(IOptions<GatewayOptions> options, IMeterFactory meters, TimeProvider time)
    {
        (_options, _time) = (options, time);
        meters.Create("Platform.Routing").CreateObservableGauge("kt.routing.answers.held", () => HeldBytes, "By", "Large plain answers that are held, from their first byte until their callers have taken them.");
    }

    public long HeldBytes => Volatile.Read(ref _all);

    /// <summary>Room for one answer, none of it taken yet; all that was taken is given back by disposing of it.</summary>
    public Share Open() => new(this);

    /// <summary>Null: it is taken.</summary>
    private LinkedListNode<Waiter>? Take(Share share, long bytes)
    {
        lock (_gate)
        {
            if (_waiting.Count == 0 && TryGrow(share, bytes))
            {
                return null;
            }

            var waiter = Enqueue(new Waiter(share, bytes, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
            ServeWaiting();
            return waiter.List is null ? null : waiter;
        }
    }

    /// <summary>One that has begun is before those that have not: it gives back the sooner what it has.</summary>
    private LinkedListNode<Waiter> Enqueue(Waiter waiter)
    {
        var after = _waiting.First;
        while (waiter.Share.Bytes > 0 && after is not null && after.Value.Share.Bytes > 0)
        {
            after = after.Next;
        }

        return waiter.Share.Bytes > 0 && after is not null ? _waiting.AddBefore(after, waiter) : _waiting.AddLast(waiter);
    }

    /// <summary>True when it was served at the last moment.</summary>
    private bool Withdraw(LinkedListNode<Waiter> waiter)
    {
        lock (_gate)
        {
            if (waiter.List is null)
            {
                return true;
            }

            _waiting.Remove(waiter);
            ServeWaiting();
            return false;
        }
    }

    private void GiveBack(Share share)
    {
        lock (_gate)
        {
            _all -= share.Bytes;
            share.Bytes = 0;
            _beyond = _beyond == share ? null : _beyond;
            ServeWaiting();
        }
    }

    private void ServeWaiting()
    {
        for (var next = _waiting.First; next is not null;)
        {
            var following = next.Next;
            // The one that goes on beyond the room passes those that wait: they wait for it.
            if ((next == _waiting.First || next.Value.Share == _beyond) && TryServe(next.Value))
            {
                _waiting.Remove(next);
                next.Value.Served.SetResult();
            }

            next = following;
        }
    }

    private bool TryServe(Waiter waiter)
    {
        if (TryGrow(waiter.Share, waiter.Bytes))
        {
            return true;
        }

        if ((_beyond ??= waiter.Share) != waiter.Share)
        {
            return false;
        }

        Grow(waiter.Share, waiter.Bytes);
        return true;
    }

    private bool TryGrow(Share share, long bytes)
    {
        if (_all - share.Bytes + bytes > _options.Value.LargeAnswersBytes)
        {
            return false;
        }

        Grow(share, bytes);
        return true;
    }

    private void Grow(Share share, long bytes)
    {
        _all += bytes - share.Bytes;
        share.Bytes = bytes;
    }

    private sealed record Waiter(Share Share, long Bytes, TaskCompletionSource Served);

    /// <summary>For one answer's reader at a time.</summary>
    internal sealed class Share(AnswerRoom room) : IDisposable
    {
        /// <summary>Taken so far. The room's, under its lock.</summary>
        public long Bytes { get; set; }

        /// <summary>
        /// False when there was no room in time, which is <see cref="GatewayOptions.CallerSeconds"/> and half of what is left of the attempt's at most: what is waited for is that callers take their answers.
        /// Meanwhile no silence of the provider counts.
        /// </summary>
        /// <exception cref="OperationCanceledException">The attempt's time is over.</exception>
        public async ValueTask<bool> TryGrowToAsync(long bytes, AttemptTimer limit)
        {
            if (bytes <= MostSmallBytes || bytes <= Bytes || room.Take(this, bytes) is not { } waiter)
            {
                return true;
            }

            var isServed = false;
            try
            {
                var most = limit.WaitForCaller(TimeSpan.FromSeconds(room._options.Value.CallerSeconds));
                await waiter.Value.Served.Task.WaitAsync(most, room._time, limit.Token);
                isServed = true;
            }
            catch (TimeoutException)
            {
                // Whether it was served after all is asked below.
            }
            finally
            {
                isServed = isServed || room.Withdraw(waiter);
                limit.CallerTook();
            }

            return isServed;
        }

        public void Dispose()
        {
            if (Bytes > 0)
            {
                room.GiveBack(this);
            }
        }
    }
}
