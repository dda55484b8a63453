namespace Platform.Routing.Limits;

/// <summary>
/// What this replica has of a count of requests or tokens: slices, each for a time, and what is to be told of them. Everything told is a change of a slot: a use
/// moves from its slice's slot to the one that it happened in, what is unused leaves the slice's slot, a correction changes the slot of the use.
/// </summary>
internal sealed class CountGauge(GaugeKey key, GaugeSpec spec, LimitClock clock, Action<Gauge> attend) : Gauge(key, spec, clock, attend)
{
    /// <summary>The first slice is for so many calls like the one that asks.</summary>
    private const int FirstCalls = 4;

    private readonly List<Slice> _slices = [];
    private readonly Dictionary<long, long> _pending = [];
    private readonly LimitDemand _demand = new(clock);
    private IReadOnlyList<SlotDelta> _told = [];
    private long _redated;
    private long _toldRedated;
    private long _left;
    private long _low;
    private long _lastAmount = 1;

    /// <summary>Others may wait for a call of this replica that waited when the database was asked last: its end is to be told.</summary>
    private bool _hasToldOfWait;
    private long _toldAt = clock.Now;

    /// <summary>By then the database had decided: what it said will be free is free no later than so long from then.</summary>
    private long _answeredAt = clock.Now;
    private TimeSpan _life = TimeSpan.FromSeconds(1);
    private CountAnswer? _answer;

    public override LimitStanding Read()
    {
        lock (Gate)
        {
            var now = Clock.Now;
            return new LimitStanding(Spec, Math.Max(0, (_answer?.Remaining ?? Spec.Limit) + _left), Left(_answer?.ResetAfter, Clock.Between(_toldAt, now)));
        }
    }

    public override TimeSpan RetryAfter(long amount, long collected)
    {
        lock (Gate)
        {
            // The database was asked for what others lacked: of how the count stood then each is told his own wait, a small call no large one's and a large one no small one's. Those who wait here go before him.
            var (now, missing, here) = (Clock.Now, amount + WaitingAmount, collected + _left);
            var whole = _answer?.Short is { } stood ? CountDecision.Wait(stood, Spec, missing - here) : _answer?.RetryAfter;
            if (_answer?.Short is { } paced && Spec.BurstPercent < 100 && whole > _life)
            {
                // What lies here goes back before he is there, too late for the bucket to have it again.
                whole = CountDecision.Wait(paced, Spec, missing);
            }

            var (free, asked) = (Left(whole, Clock.Between(_answeredAt, now)), AskedAgainIn(now));
            return free > asked ? free : asked;
        }
    }

    /// <summary>Takes back what a call did not use of a draw.</summary>
    public void GiveBack(SliceDraw draw, long amount)
    {
        lock (Gate)
        {
            Tell(draw.Slot, -amount);
            if (!draw.Slice.IsClosed)
            {
                Tell(draw.Slice.Slot, amount);
                draw.Slice.Left += amount;
                _left += amount;
                Serve();
            }
        }
    }

    /// <summary>What a call drew, and goes on with only now: it is used now. A day's use stays in its day.</summary>
    /// <returns>The draw as it counts from here on.</returns>
    public SliceDraw Redate(in SliceDraw draw)
    {
        if (Spec.Window == CountWindow.Day)
        {
            return draw;
        }

        lock (Gate)
        {
            var slot = Math.Max(draw.Slot, SlotNow(long.MaxValue));
            if (slot > draw.Slot)
            {
                Tell(draw.Slot, -draw.Amount);
                Tell(slot, draw.Amount);
                _redated += draw.Amount;
            }

            return draw with { Slot = slot };
        }
    }

    /// <summary>Counts what a call used above what it had drawn; nothing is asked for it, later calls pay.</summary>
    public void Charge(long amount)
    {
        lock (Gate)
        {
            Expire(Clock.Now);
            var there = Math.Min(amount, _left);
            Draw(there, permit: null);
            Tell(SlotNow(long.MaxValue), amount - there);
        }
    }

    public override bool IsDue(long now)
    {
        lock (Gate)
        {
            Expire(now);
            return IsAwaited(now) || (WantsMore && !IsKnownEmpty) || (_pending.Count > 0 && Clock.Between(_toldAt, now) >= _life / 4) || (_hasToldOfWait && !HasWaiters && !IsKnownEmpty);
        }
    }

    public override (LimitAsk Ask, long Waiting) Peek(long amount)
    {
        lock (Gate)
        {
            Expire(Clock.Now);
            var need = Math.Max(0, amount + WaitingAmount - _left);
            return (new LimitAsk(Key, new CountAsk(Spec, Guid.Empty, [.. _pending.Select(delta => new SlotDelta(delta.Key, delta.Value))], need, 0, _left), null), WaitingAmount);
        }
    }

    public override LimitAsk BeginAsk(Guid replica)
    {
        lock (Gate)
        {
            Expire(Clock.Now);
            _told = [.. _pending.Select(delta => new SlotDelta(delta.Key, delta.Value))];
            _pending.Clear();
            (_toldRedated, _redated) = (_redated, 0);

            // Who waits for this answer alone may be before those who have turns: what he gets carries none of them past the turn of another replica's call.
            var wait = FirstWaiter is { IsPatient: true } first ? new CountWait(first.Since, first.Missing) : null;
            var need = Math.Max(0, (wait is null ? ImpatientAmount : WaitingAmount) - _left);
            var wantsAhead = !IsClosed && (WantsMore || need > 0);
            _demand.Look();
            var ahead = wantsAhead ? Math.Max(0, Wanted - _left) : 0;
            _hasToldOfWait = wait is not null;
            return new LimitAsk(Key, new CountAsk(Spec, replica, _told, need, ahead, _left, wait), null);
        }
    }

    protected override bool WantsMore => _demand.IsFresh && _left < _low;

    protected override bool IsIdle => _slices.Count == 0 && _pending.Count == 0;

    /// <summary>What should be there for calls to come: a quarter of a slice's life of them.</summary>
    private long Wanted => Math.Max(_demand.PerSecond(_life / 4), FirstCalls * _lastAmount);

    protected override bool TryTake(long amount, LimitPermit permit)
    {
        var now = Clock.Now;
        if (_left < amount)
        {
            return false;
        }

        Expire(now);
        if (_left < amount)
        {
            return false;
        }

        Draw(amount, permit);
        _lastAmount = Math.Max(1, amount);
        return true;
    }

    protected override long Collect(long amount, LimitPermit permit)
    {
        Expire(Clock.Now);
        var there = Math.Min(amount, _left);
        Draw(there, permit);
        return there;
    }

    protected override bool Take(LimitAnswer answer, long sentAt)
    {
        _answer = answer.Count!;
        _told = [];
        (_toldAt, _answeredAt, _life) = (sentAt, Clock.Now, _answer.Life);
        if (_answer.IsOthersTurn && FirstWaiter is { Collected: > 0 } first)
        {
            GiveWay(first);
        }

        if (_answer.Granted > 0)
        {
            _slices.Add(new Slice(_answer.Slot, Clock.After(sentAt, _answer.Life)) { Left = _answer.Granted });
            _left += _answer.Granted;
        }

        // More is asked for when half of what is there now is gone: what the database could not give ahead is not asked for again and again.
        _low = Math.Min(Wanted, Math.Max(0, _left - WaitingAmount)) / 2;
        return _answer.RetryAfter > TimeSpan.Zero;
    }

    protected override void Restore()
    {
        foreach (var delta in _told)
        {
            Tell(delta.Slot, delta.Amount);
        }

        _told = [];
        _redated += _toldRedated;
    }

    /// <summary>
    /// What was used above draws, or later than it was drawn, is told again: twice is better than never. What was to be freed is not: it frees itself when its slot is gone.
    /// </summary>
    protected override void Lose()
    {
        var more = _told.Sum(delta => delta.Amount);
        _told = [];
        Tell(SlotNow(long.MaxValue), Math.Max(0, more) + _toldRedated);
    }

    /// <summary>What it has collected goes back, for another replica's call to collect.</summary>
    private void GiveWay(LimitWaiter waiter)
    {
        foreach (var draw in waiter.Permit.TakeOut(this))
        {
            Tell(draw.Slot, -draw.Amount);
        }

        waiter.Collected = 0;
    }

    private static TimeSpan Left(TimeSpan? span, TimeSpan since) => span is { } whole && whole > since ? whole - since : TimeSpan.Zero;

    private void Draw(long amount, LimitPermit? permit)
    {
        foreach (var slice in _slices)
        {
            var part = Math.Min(amount, slice.Left);
            if (part > 0)
            {
                var slot = SlotNow(slice.Slot);
                Tell(slot, part);
                Tell(slice.Slot, -part);
                slice.Left -= part;
                permit?.Add(new SliceDraw(this, slice, slot, part));
                (_left, amount) = (_left - part, amount - part);
                _demand.Drawn(part);
            }
        }
    }

    /// <summary>Where a use of now is counted: never later than the slice's own slot, since no use is later than its slice.</summary>
    private long SlotNow(long latest) => Math.Min(latest, Spec.Window.SlotOf(Clock.DatabaseTime(Clock.Now)));

    private void Expire(long now)
    {
        for (var i = _slices.Count - 1; i >= 0; i--)
        {
            var slice = _slices[i];
            if (IsClosed || now >= slice.Deadline || (slice.Left == 0 && i < _slices.Count - 1))
            {
                Tell(slice.Slot, -slice.Left);
                _left -= slice.Left;
                slice.IsClosed = true;
                _slices.RemoveAt(i);
            }
        }
    }

    private void Tell(long slot, long amount)
    {
        if (amount == 0)
        {
            return;
        }

        var sum = _pending.GetValueOrDefault(slot) + amount;
        if (sum == 0)
        {
            _pending.Remove(slot);
        }
        else
        {
            _pending[slot] = sum;
        }
    }
}
