namespace Platform.Routing.Limits;

/// <summary>
/// How many calls may be under way here of a limit of parallel requests. What the database allows holds for some seconds and is renewed every second; a replica
/// that cannot renew begins no more calls under the limit, and what it has under way ends by itself.
/// </summary>
internal sealed class ParallelGauge(GaugeKey key, GaugeSpec spec, LimitClock clock, Action<Gauge> attend) : Gauge(key, spec, clock, attend)
{
    private const int FirstCalls = 4;

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    /// <summary>As which this one was heard of.</summary>
    private Guid _replica;
    private long _inUse;
    private long _allowed;
    private long _deadline = long.MinValue;
    private long _toldAt = clock.Now;
    private long _toldInUse;
    private long _asked;
    private long _most;
    private SlotAnswer? _answer;

    public override LimitStanding Read()
    {
        lock (Gate)
        {
            return new LimitStanding(Spec, Math.Max(0, (_answer?.Remaining ?? Spec.Limit) + _allowed - _inUse), TimeSpan.Zero);
        }
    }

    /// <summary>When a call ends nobody knows.</summary>
    public override TimeSpan RetryAfter(long amount, long collected) => TimeSpan.FromSeconds(1);

    /// <summary>A call has ended.</summary>
    public void Release()
    {
        bool isMissed;
        lock (Gate)
        {
            _inUse--;
            Serve();

            // Where the limit is near, others may wait for what came free here.
            isMissed = _inUse < _toldInUse && _answer is { Remaining: 0 };
        }

        if (isMissed)
        {
            Attend();
        }
    }

    public override bool IsDue(long now)
    {
        lock (Gate)
        {
            var isKnown = _allowed > 0 || _inUse > 0 || _toldInUse > 0;
            return IsAwaited(now) || (WantsMore && !IsKnownEmpty) || (isKnown && Clock.Between(_toldAt, now) >= Beat)
                || (_answer is { Remaining: 0 } && _inUse < _toldInUse);
        }
    }

    public override (LimitAsk Ask, long Waiting) Peek(long amount)
    {
        lock (Gate)
        {
            var allowed = Clock.Now < _deadline ? _allowed : 0;
            return (new LimitAsk(Key, null, new SlotAsk(Spec, _replica, Math.Max(_inUse, allowed), _inUse + WaitingAmount + amount, 0)), WaitingAmount);
        }
    }

    public override LimitAsk BeginAsk(Guid replica)
    {
        lock (Gate)
        {
            _replica = replica;
            _toldInUse = _inUse;
            _asked = _inUse + WaitingAmount;
            var ahead = !IsClosed && (_most > 0 || HasWaiters) ? Math.Max(FirstCalls, _most / 4) : 0;
            _most = _inUse;

            // No call begins above this until the answer is there: the answer counts on it.
            _allowed = Math.Min(_allowed, _inUse + (_answer is { Remaining: > 0 } ? ahead : 0));
            return new LimitAsk(Key, null, new SlotAsk(Spec, replica, Math.Max(_inUse, _allowed), _asked, ahead));
        }
    }

    protected override bool WantsMore => false;

    protected override bool IsIdle => _inUse == 0 && _allowed == 0 && _toldInUse == 0;

    protected override bool TryTake(long amount, LimitPermit permit)
    {
        if (_inUse + amount > _allowed || Clock.Now >= _deadline)
        {
            return false;
        }

        _inUse += amount;
        _most = Math.Max(_most, _inUse);
        permit.Add(this);
        return true;
    }

    protected override long Collect(long amount, LimitPermit permit) => 0;

    protected override bool Take(LimitAnswer answer, long sentAt)
    {
        _answer = answer.Slots!;
        _toldAt = sentAt;
        _deadline = Clock.After(sentAt, _answer.Life);
        _allowed = _answer.Allowed;
        return _allowed < _asked;
    }

    protected override void Restore()
    {
    }

    protected override void Lose()
    {
    }
}
