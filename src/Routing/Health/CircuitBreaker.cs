namespace Platform.Routing.Health;

internal enum BreakerState
{
    Closed,

    /// <summary>The cool-down is over: one attempt at a time shows whether the target is well.</summary>
    HalfOpen,
    Open,
}

internal enum BreakerPass
{
    Refused,

    /// <summary>The one attempt of a half-open breaker.</summary>
    Probe,
    Normal,
}

/// <summary>
/// Leaves a target alone that keeps failing: closed → (failures in a row, or too many of a window's attempts) → open → (cool-down) → half-open → (attempts that
/// succeed) → closed, or (one that fails) → open, for twice as long. Pure: the time is told. Not for several threads.
/// </summary>
internal sealed class CircuitBreaker(BreakerOptions options)
{
    /// <summary>A probe that has not ended by then (a long answer, or a platform that does not report) keeps others out no longer.</summary>
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan TrippedCoolDown = TimeSpan.FromSeconds(15);

    private readonly FailureWindow _window = new(TimeSpan.FromSeconds(options.WindowSeconds));
    private BreakerState _state;
    private TimeSpan _coolDown = TimeSpan.FromSeconds(options.CoolDownSeconds);
    private TimeSpan _openUntil;
    private int _inARow;
    private int _probesSucceeded;
    private TimeSpan _probingSince;
    private bool _probing;

    /// <summary>Failures in a row, as far as the breaker was closed.</summary>
    public int FailuresInARow => _inARow;

    public int WindowAttempts => _window.Attempts;

    public int WindowFailures => _window.Failures;

    /// <summary>When the cool-down ends; zero unless open.</summary>
    public TimeSpan OpenUntil => _state == BreakerState.Open ? _openUntil : TimeSpan.Zero;

    /// <summary>As it stands at the moment: an open one whose cool-down is over is half-open.</summary>
    public BreakerState StateAt(TimeSpan now)
    {
        _window.Look(now);
        return _state == BreakerState.Open && now >= _openUntil ? BreakerState.HalfOpen : _state;
    }

    /// <summary>What an attempt that came now would get; nothing changes.</summary>
    public BreakerPass Peek(TimeSpan now) => StateAt(now) switch
    {
        BreakerState.Closed => BreakerPass.Normal,
        BreakerState.HalfOpen => _probing && now - _probingSince < ProbeLimit ? BreakerPass.Refused : BreakerPass.Probe,
        BreakerState.Open => BreakerPass.Refused,
    };

    /// <summary>An attempt wants to go to the target. What passes must be told its end: <see cref="Succeeded"/>, <see cref="Failed"/> or <see cref="Neither"/>.</summary>
    public BreakerPass TryPass(TimeSpan now)
    {
        var pass = Peek(now);
        if (pass == BreakerPass.Probe)
        {
            _probesSucceeded = _state == BreakerState.Open ? 0 : _probesSucceeded;
            (_state, _probing, _probingSince) = (BreakerState.HalfOpen, true, now);
        }

        return pass;
    }

    public void Succeeded(BreakerPass pass, TimeSpan now)
    {
        if (pass == BreakerPass.Probe && _state == BreakerState.HalfOpen)
        {
            _probing = false;
            if (++_probesSucceeded >= options.ProbesToClose)
            {
                Close();
            }
        }
        else if (_state == BreakerState.Closed)
        {
            _inARow = 0;
            _window.Add(now, failed: false);
        }
    }

    /// <returns>True when this opened the breaker.</returns>
    public bool Failed(BreakerPass pass, TimeSpan now)
    {
        if (pass == BreakerPass.Probe && _state == BreakerState.HalfOpen)
        {
            _probing = false;
            var longest = TimeSpan.FromSeconds(options.MaxCoolDownSeconds);
            _coolDown = _coolDown * 2 < longest ? _coolDown * 2 : longest;
            Open(now);
            return true;
        }

        if (_state != BreakerState.Closed)
        {
            // Sent before it opened: that is known by now.
            return false;
        }

        _inARow++;
        _window.Add(now, failed: true);
        var tooMany = options.FailurePercent < 100 && _window.Attempts >= options.MinimumAttempts
            && _window.Failures * 100L >= (long)_window.Attempts * options.FailurePercent;
        if (_inARow < options.ConsecutiveFailures && !tooMany)
        {
            return false;
        }

        Open(now);
        return true;
    }

    /// <summary>A failure that time does not mend: one is enough, and the first cool-down is longer.</summary>
    /// <returns>True when this opened the breaker.</returns>
    public bool Trip(BreakerPass pass, TimeSpan now)
    {
        if (_state != BreakerState.Closed)
        {
            return Failed(pass, now);
        }

        _inARow++;
        _window.Add(now, failed: true);
        var longest = TimeSpan.FromSeconds(options.MaxCoolDownSeconds);
        _coolDown = TrippedCoolDown < longest ? TrippedCoolDown : longest;
        Open(now);
        return true;
    }

    /// <summary>The attempt ended without saying anything about the target (the caller's own mistake, or it was not sent after all).</summary>
    public void Neither(BreakerPass pass) => _probing = pass != BreakerPass.Probe && _probing;

    /// <summary>Something else shows that the target may be well again: the next attempt may try it at once.</summary>
    public void EndCoolDown(TimeSpan now)
    {
        if (_state == BreakerState.Open && now < _openUntil)
        {
            _openUntil = now;
        }
    }

    private void Open(TimeSpan now)
    {
        _state = BreakerState.Open;
        _openUntil = now + _coolDown;
    }

    private void Close()
    {
        _state = BreakerState.Closed;
        _coolDown = TimeSpan.FromSeconds(options.CoolDownSeconds);
        _inARow = 0;
        _window.Clear();
    }
}
