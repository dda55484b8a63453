namespace Platform.Routing.Leases;

/// <summary>
/// One lease as this process holds it: its balance, until when it may be drawn from, and what is going on with Wallet about it. Draws and give-backs take no
/// lock; operations (ask, report, close) come one at a time.
/// </summary>
/// <param name="attend">Called from a draw or a give-back when the lease wants looking after; must return at once.</param>
internal sealed class HeldLease(Guid id, LeaseSubject subject, LeaseOptions options, TimeProvider time, Action<HeldLease> attend)
{
    /// <summary>A report that was posted past on its way is contradictory once; totals that are wrong are so again and again.</summary>
    private const int ContradictionLimit = 3;

    private readonly LeaseBalance _balance = new();
    private readonly Lock _gate = new();
    private readonly LeasePace _pace = new(options, time);
    private long _deadline = long.MinValue;
    private long _lastDraw = time.GetTimestamp();
    private long _lastBound;
    private long _attendBelow = -1;
    private long _waitingBound;
    private WalletStanding _standing = WalletStanding.Unknown;

    // What follows is behind the gate.
    private TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource? _asking;
    private int _contradictions;
    private bool _operating;
    private bool _retirementTold;
    private bool _closed;

    public Guid Id { get; } = id;

    /// <summary>Who it was asked for first; others with the same scope draw from it too.</summary>
    public LeaseSubject Subject { get; } = subject;

    /// <summary>False when Wallet can know nothing of it: it was never asked, or refused to make it.</summary>
    public bool MayExist { get; set; }

    /// <summary>Wallet keeps finding the totals contradictory: what is not accounted for is to go to suspense.</summary>
    public bool Disputed => Volatile.Read(ref _contradictions) >= ContradictionLimit;

    /// <summary>How the charged wallet stood at the last answer.</summary>
    public WalletStanding Standing
    {
        get => Volatile.Read(ref _standing);
        set => Volatile.Write(ref _standing, value);
    }

    public bool IsRetired => _balance.IsRetired;

    public LeaseTotals Totals => _balance.Read();

    /// <summary>Draws a bound; false when the lease has too little, is retired, or is past its deadline.</summary>
    public bool TryDraw(long boundNanos)
    {
        var now = time.GetTimestamp();
        if (now >= Volatile.Read(ref _deadline) || !_balance.TryDraw(boundNanos, out var left))
        {
            return false;
        }

        Volatile.Write(ref _lastDraw, now);
        Volatile.Write(ref _lastBound, boundNanos);
        if (left <= Volatile.Read(ref _attendBelow))
        {
            attend(this);
        }

        return true;
    }

    /// <summary>Ends a draw, of which <paramref name="spentNanos"/> were spent, or go to suspense.</summary>
    public void GiveBack(long boundNanos, long spentNanos)
    {
        if (_balance.GiveBack(boundNanos, spentNanos))
        {
            attend(this);
        }
    }

    /// <summary>Ends when the operation under way, or else the next one, has ended.</summary>
    public Task NextAnswer
    {
        get
        {
            lock (_gate)
            {
                return _answered.Task;
            }
        }
    }

    /// <summary>An operation with Wallet is under way.</summary>
    public bool IsOperating
    {
        get
        {
            lock (_gate)
            {
                return _operating;
            }
        }
    }

    /// <summary>Says that a call waits for so much.</summary>
    public void WaitFor(long boundNanos)
    {
        var seen = Volatile.Read(ref _waitingBound);
        while (seen < boundNanos && Interlocked.CompareExchange(ref _waitingBound, boundNanos, seen) is var found && found != seen)
        {
            seen = found;
        }
    }

    /// <summary>From its return on nothing is drawn. An ask under way is given up: what it may have granted is learnt from the next answer.</summary>
    public void Retire()
    {
        _balance.Retire();
        CancellationTokenSource? asking;
        lock (_gate)
        {
            _pace.TryNow();
            asking = _asking;
        }

        asking?.Cancel();
    }

    /// <summary>Decides what is to be done and takes it on: the caller does it and then calls <see cref="EndOperation"/>, unless it is nothing.</summary>
    public LeaseAction BeginOperation()
    {
        lock (_gate)
        {
            if (_operating || _closed)
            {
                return LeaseAction.Nothing;
            }

            var now = time.GetTimestamp();
            _pace.Look(now, _balance.Read(), Volatile.Read(ref _lastBound));
            var idleLimit = TimeSpan.FromSeconds(options.IdleSeconds);
            var action = LeaseDecision.Decide(View(now), idleLimit);
            if (action == LeaseAction.Retire)
            {
                _balance.Retire();
                action = LeaseDecision.Decide(View(now), idleLimit);
            }

            _operating = action != LeaseAction.Nothing;
            return action;
        }
    }

    /// <summary>Lets go of those who wait: whoever sees that no operation is under way finds its answer there.</summary>
    public void EndOperation()
    {
        lock (_gate)
        {
            _operating = false;
            _answered.SetResult();
            _answered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    /// <summary>What to ask for, and a token that ends the asking when the lease is recalled meanwhile.</summary>
    public (long WantedNanos, long BoundNanos, CancellationToken Recalled) BeginAsking()
    {
        lock (_gate)
        {
            var waiting = Interlocked.Exchange(ref _waitingBound, 0);
            _asking = new CancellationTokenSource();
            if (IsRetired)
            {
                _asking.Cancel();
            }

            if (_lastBound == 0)
            {
                Volatile.Write(ref _lastBound, waiting);
            }

            return (_pace.Wanted(waiting, _lastBound), Math.Max(1, Math.Max(_pace.TypicalBound(_lastBound), waiting)), _asking.Token);
        }
    }

    /// <summary>From which level on more is asked for follows from what is there now.</summary>
    public void EndAsking()
    {
        lock (_gate)
        {
            _asking = null;
            _pace.SetLow(_balance.UndrawnNanos, Volatile.Read(ref _lastBound));
            SetAttention();
        }
    }

    /// <summary>Counts what is not needed, or everything when it is retired, as returned; answers the totals to report.</summary>
    public (LeaseTotals Totals, bool Retired) BeginReport()
    {
        lock (_gate)
        {
            var retired = IsRetired;
            var undrawn = _balance.UndrawnNanos;
            var kept = LeaseDecision.Keep(retired, undrawn, _pace.Wanted(waitingBoundNanos: 0, Volatile.Read(ref _lastBound)));
            if (kept < undrawn)
            {
                _balance.Return(kept);
                _pace.SetLow(kept, Volatile.Read(ref _lastBound));
            }

            return (_balance.Read(), retired);
        }
    }

    /// <summary>Wallet has answered a call that was sent at <paramref name="sentAt"/> and lets the holder draw for so long from then on.</summary>
    public void Answered(long sentAt, long grantedNanos, int timeToLiveSeconds)
    {
        lock (_gate)
        {
            _contradictions = 0;
            _pace.Answered(sentAt, timeToLiveSeconds);
            Volatile.Write(ref _deadline, sentAt + (timeToLiveSeconds * time.TimestampFrequency));
            _balance.Grant(grantedNanos);
            SetAttention();
        }
    }

    public void ToldRetirement()
    {
        lock (_gate)
        {
            _retirementTold = true;
        }
    }

    /// <summary>Nothing is owed to Wallet for it any more, and nothing is to be done.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
        }
    }

    /// <summary>Ends a lease of which Wallet can know nothing. False when it was asked for, or is being: then it is to be given back.</summary>
    public bool TryDiscard()
    {
        lock (_gate)
        {
            _closed = !_operating && !MayExist;
            return _closed;
        }
    }

    /// <summary>Nothing more for now: until then, calls that find too little do not wait.</summary>
    public void AskLater(TimeSpan delay)
    {
        lock (_gate)
        {
            _pace.AskLater(delay);
            SetAttention();
        }
    }

    /// <summary>Wallet refused the totals. Nothing changed there; the next totals may be right.</summary>
    public void Contradicted()
    {
        Interlocked.Increment(ref _contradictions);
        Failed();
    }

    /// <summary>Wallet did not answer.</summary>
    public void Failed()
    {
        lock (_gate)
        {
            _pace.Failed();
            SetAttention();
        }
    }

    private void SetAttention() => Volatile.Write(ref _attendBelow, _pace.AttendBelowNanos);

    private LeaseView View(long now) => new()
    {
        Retired = IsRetired,
        Totals = _balance.Read(),
        RetirementTold = _retirementTold,
        LowNanos = _pace.LowNanos,
        Waiting = Volatile.Read(ref _waitingBound) > 0,
        SinceDraw = time.GetElapsedTime(Volatile.Read(ref _lastDraw), now),
        SinceAnswer = _pace.SinceAnswer(now),
        TimeToLive = _pace.TimeToLive,
        AskLater = _pace.AsksLater(now),
        TryLater = _pace.TriesLater(now),
    };
}
