using Platform.Contracts;

namespace Platform.Routing.Limits;

/// <summary>
/// What this replica has of one count, and who waits for it. Draws are made in memory; <see cref="LimitSync"/> tells the database what became of them and
/// brings more. One exchange at a time.
/// </summary>
internal abstract class Gauge(GaugeKey key, GaugeSpec spec, LimitClock clock, Action<Gauge> attend)
{
    /// <summary>How soon the database is asked again after it had nothing, or did not answer: until then calls that may not wait are refused in memory.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(100);

    private static readonly TimeSpan IdleLimit = TimeSpan.FromMinutes(2);

    /// <summary>A call that may not wait waits for one answer of the database, and no longer than this; then it hears that limits cannot be counted, not that one is reached.</summary>
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(3);

    private readonly LinkedList<LimitWaiter> _waiters = [];
    private GaugeSpec _spec = spec;
    private long _lastDraw = clock.Now;
    private long _emptyUntil = long.MinValue;
    private bool _isAway;
    private bool _isRetired;
    private bool _isClosed;
    private bool _isLifted;
    private int _attended;
    private int _calls;

    public GaugeKey Key { get; } = key;

    /// <summary>What the policy says. Set, it holds from here on, for calls that wait too: they are what is asked for next.</summary>
    public GaugeSpec Spec
    {
        get => Volatile.Read(ref _spec);
        set
        {
            lock (Gate)
            {
                Volatile.Write(ref _spec, value);
                _isLifted = false;
            }
        }
    }

    protected LimitClock Clock { get; } = clock;

    /// <summary>Nothing is drawn any more: what is unused can go back before its time.</summary>
    protected bool IsClosed => _isClosed;

    protected Lock Gate { get; } = new();

    /// <summary>Behind the gate.</summary>
    protected long WaitingAmount => _waiters.Sum(waiter => waiter.Missing);

    /// <summary>Behind the gate. Of those before the first that waits until its time is over.</summary>
    protected long ImpatientAmount => _waiters.TakeWhile(waiter => !waiter.IsPatient).Sum(waiter => waiter.Missing);

    protected bool HasWaiters => _waiters.Count > 0;

    /// <summary>Behind the gate.</summary>
    protected LimitWaiter? FirstWaiter => _waiters.First?.Value;

    /// <summary>Until then the database is known to have nothing.</summary>
    protected bool IsKnownEmpty => Clock.Now < _emptyUntil;

    /// <summary>Behind the gate. Whoever comes back sooner is refused in memory, whatever is free by then.</summary>
    protected TimeSpan AskedAgainIn(long now) => now < _emptyUntil ? Clock.Between(now, _emptyUntil) : TimeSpan.Zero;

    /// <summary>Draws at once, from what this replica has. False: not so much is there, or others were here before.</summary>
    public bool TryDraw(long amount, LimitPermit permit)
    {
        bool drawn, wantsMore;
        lock (Gate)
        {
            if (_isLifted)
            {
                return true;
            }

            drawn = !_isRetired && !_isClosed && _waiters.Count == 0 && amount <= Spec.Burst && TryTake(amount, permit);
            if (drawn)
            {
                _lastDraw = Clock.Now;
            }

            wantsMore = drawn && WantsMore && !IsKnownEmpty;
        }

        if (wantsMore)
        {
            Attend();
        }

        return drawn;
    }

    /// <summary>Draws, and waits as long as the limit lets a call wait, counted from its arrival, where it may wait at all.</summary>
    public async ValueTask<DrawOutcome> DrawAsync(long amount, LimitPermit permit, long arrived, CancellationToken cancellationToken)
    {
        var spec = Spec;
        LinkedListNode<LimitWaiter> waiter;
        lock (Gate)
        {
            if (_isLifted)
            {
                return DrawOutcome.Drawn;
            }

            var now = _lastDraw = Clock.Now;
            var isPatient = permit.MayQueue && spec.Queue > Clock.Between(arrived, now);
            if (_isRetired || _isClosed || amount > spec.Burst)
            {
                return _isRetired ? DrawOutcome.Retired : _isClosed ? DrawOutcome.Unavailable : DrawOutcome.AboveLimit;
            }

            if (_waiters.Count == 0 && TryTake(amount, permit))
            {
                return DrawOutcome.Drawn;
            }

            if (!isPatient && now < _emptyUntil)
            {
                return _isAway ? DrawOutcome.Unavailable : DrawOutcome.Refused;
            }

            if (now < _emptyUntil && !_isAway)
            {
                permit.Delay();
            }

            waiter = _waiters.AddLast(new LimitWaiter(amount, permit, isPatient, Clock.DatabaseTime(now).TruncateToMicroseconds()));
        }

        Attend();
        var limit = waiter.Value.IsPatient ? spec.Queue - Clock.Between(arrived, Clock.Now) : AnswerLimit;
        try
        {
            return await waiter.Value.Ended.WaitAsync(limit > TimeSpan.Zero ? limit : TimeSpan.Zero, Clock.Time, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            var outcome = Leave(waiter);
            cancellationToken.ThrowIfCancellationRequested();
            return outcome;
        }
    }

    /// <summary>How it stands, as far as this replica knows.</summary>
    public abstract LimitStanding Read();

    /// <summary>When so much will be free at the latest, as far as this replica knows: for one who has just been refused it.</summary>
    /// <param name="collected">Of it, what he had got while he waited, and gives back.</param>
    public abstract TimeSpan RetryAfter(long amount, long collected);

    /// <summary>Something is to be told or asked, now.</summary>
    public abstract bool IsDue(long now);

    /// <summary>What would be told and asked if one call more wanted so much now, and what those wait for who go before it. Nothing of it counts as told or asked.</summary>
    public abstract (LimitAsk Ask, long Waiting) Peek(long amount);

    /// <summary>Begins an exchange: what is in it counts as told.</summary>
    public abstract LimitAsk BeginAsk(Guid replica);

    /// <summary>Ends an exchange that was sent at <paramref name="sentAt"/>.</summary>
    public void EndAsk(LimitAnswer answer, long sentAt)
    {
        lock (Gate)
        {
            _isAway = false;
            var isShort = Take(answer, sentAt);
            Serve();
            if (isShort)
            {
                // It may come back before it is due: others return what they do not use.
                _emptyUntil = Clock.After(Clock.Now, AskAgain);
                RefuseImpatient(DrawOutcome.Refused);
                foreach (var waiter in _waiters)
                {
                    waiter.Permit.Delay();
                }
            }
        }
    }

    /// <summary>The exchange had no answer.</summary>
    /// <param name="isUnknown">Nobody knows whether it took place; else it did not.</param>
    public void FailAsk(bool isUnknown)
    {
        lock (Gate)
        {
            _isAway = true;
            _emptyUntil = Clock.After(Clock.Now, AskAgain);
            if (isUnknown)
            {
                Lose();
            }
            else
            {
                Restore();
            }

            RefuseImpatient(DrawOutcome.Unavailable);
        }
    }

    /// <summary>What a begun exchange would have told is to be told by the next: it was not sent.</summary>
    public void UndoAsk()
    {
        lock (Gate)
        {
            Restore();
        }
    }

    /// <summary>A call comes under this count. What it will give back, or has used above its estimate, must be told when it ends, so until then the count is kept.</summary>
    public void Enter() => Interlocked.Increment(ref _calls);

    /// <summary>The call has ended, and everything of it has been taken in.</summary>
    public void Exit() => Interlocked.Decrement(ref _calls);

    /// <summary>
    /// Drops the counts of one subject, all of them in one moment or none: a call draws from all, so it must find them all there or all gone. True: nobody has
    /// asked for them lately, no call is under way, they admit nothing any more and owe nothing.
    /// </summary>
    public static bool TryRetire(IReadOnlyList<Gauge> gauges)
    {
        var held = 0;
        try
        {
            // Nothing else holds two gates, so their order cannot matter.
            for (; held < gauges.Count; held++)
            {
                gauges[held].Gate.Enter();
            }

            var isUnused = gauges.All(gauge => gauge.IsUnused);
            foreach (var gauge in gauges)
            {
                gauge._isRetired |= isUnused;
            }

            return isUnused;
        }
        finally
        {
            while (held > 0)
            {
                gauges[--held].Gate.Exit();
            }
        }
    }

    /// <summary>Admits nothing more and takes back what is not used. True: that is to be told.</summary>
    public bool TryClose()
    {
        lock (Gate)
        {
            _isClosed = true;
            return !IsIdle;
        }
    }

    /// <summary>
    /// The policy has it no more: calls that wait go on, and those that began under the policy before pass without drawing. What was drawn is told and given back as ever.
    /// </summary>
    public void Lift()
    {
        lock (Gate)
        {
            _isLifted = true;
            while (_waiters.First is { } first)
            {
                _waiters.RemoveFirst();
                first.Value.End(DrawOutcome.Drawn);
            }
        }
    }

    /// <summary>Asks <see cref="LimitSync"/> to look, once until it has looked.</summary>
    public void Attend()
    {
        if (Interlocked.Exchange(ref _attended, 1) == 0)
        {
            attend(this);
        }
    }

    public void Attended() => Volatile.Write(ref _attended, 0);

    /// <summary>True when somebody waits and it is time to ask, behind the gate.</summary>
    protected bool IsAwaited(long now) => _waiters.Count > 0 && now >= _emptyUntil;

    /// <summary>Lets those who wait have what there is, in their order.</summary>
    protected void Serve()
    {
        while (_waiters.First is { } first)
        {
            var waiter = first.Value;
            if (!TryTake(waiter.Missing, waiter.Permit))
            {
                waiter.Collected += waiter.IsPatient ? Collect(waiter.Missing, waiter.Permit) : 0;
                return;
            }

            _waiters.RemoveFirst();
            waiter.End(DrawOutcome.Drawn);
        }
    }

    /// <summary>More should be asked for ahead of demand.</summary>
    protected abstract bool WantsMore { get; }

    /// <summary>Nothing is held and nothing is to be told.</summary>
    protected abstract bool IsIdle { get; }

    /// <summary>Draws all of it or nothing.</summary>
    protected abstract bool TryTake(long amount, LimitPermit permit);

    /// <summary>Draws what there is of it.</summary>
    protected abstract long Collect(long amount, LimitPermit permit);

    /// <summary>Takes an answer in. True: it had less than was needed.</summary>
    protected abstract bool Take(LimitAnswer answer, long sentAt);

    /// <summary>What was in an exchange that did not take place is to be told again.</summary>
    protected abstract void Restore();

    /// <summary>What was in an exchange of unknown outcome must never let more pass.</summary>
    protected abstract void Lose();

    /// <summary>Behind the gate. A call that enters after this was read finds the count retired.</summary>
    private bool IsUnused => Volatile.Read(ref _calls) == 0 && _waiters.Count == 0 && IsIdle && Clock.Between(_lastDraw, Clock.Now) > IdleLimit;

    /// <summary>A large call that is refused leaves what there is to those behind it.</summary>
    private void RefuseImpatient(DrawOutcome outcome)
    {
        for (var node = _waiters.First; node is not null;)
        {
            var next = node.Next;
            if (!node.Value.IsPatient)
            {
                var wasFirst = node.Previous is null;
                _waiters.Remove(node);
                node.Value.End(wasFirst && TryTake(node.Value.Missing, node.Value.Permit) ? DrawOutcome.Drawn : outcome);
            }

            node = next;
        }
    }

    /// <summary>The waiter's time is over. What it had collected is in its permit, which is given back whole.</summary>
    private DrawOutcome Leave(LinkedListNode<LimitWaiter> waiter)
    {
        lock (Gate)
        {
            if (waiter.List is null)
            {
                return waiter.Value.Ended.Result;
            }

            _waiters.Remove(waiter);

            // An answer that there is nothing ends who waits for one answer alone: he has had none in time, or only such as were over when they came.
            return _isAway || !waiter.Value.IsPatient ? DrawOutcome.Unavailable : DrawOutcome.Refused;
        }
    }
}
