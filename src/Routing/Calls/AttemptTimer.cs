namespace Platform.Routing.Calls;

/// <summary>
/// An attempt's own time: until the answer begins, until a stream's first token, between its pieces, and in all. It ends with the caller's connection only where the policy has it cancelled with that.
/// </summary>
internal sealed class AttemptTimer : IDisposable
{
    private const string Silent = "was silent for too long";
    private const string WithoutToken = "sent no first token in time";
    private const string TooLong = "took longer than it may in all";

    private readonly CancellationTokenSource _source;
    private readonly TimeProvider _time;
    private readonly AttemptTimes _times;
    private readonly long _began;
    private CancellationTokenRegistration _caller;
    private bool _hasToken;
    private long _waitsSince;
    private TimeSpan _waited;
    private string _next;

    public AttemptTimer(AttemptTimes times, TimeProvider time)
    {
        (_time, _times, _began) = (time, times, time.GetTimestamp());
        (var until, _next) = Next(times.FirstByte, TimeSpan.Zero);
        _source = new CancellationTokenSource(until, time);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>The caller went away, and the attempt was to end with that.</summary>
    public bool IsAbandoned { get; private set; }

    /// <summary>Which of its times is over, for records; null while none is.</summary>
    public string? Overrun => _source.IsCancellationRequested && !IsAbandoned ? _next : null;

    /// <summary>Its time in all is over, of which its caller took a part by being slow to read: that says nothing about the provider.</summary>
    public bool IsCallersFault => _waited > TimeSpan.Zero && Overrun == TooLong;

    /// <summary>Of its time in all; zero when that is over.</summary>
    private TimeSpan Left => _times.Total - _time.GetElapsedTime(_began) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

    /// <summary>It ends when the caller goes away.</summary>
    public void EndWith(CancellationToken caller) => _caller = caller.Register(Abandon);

    /// <summary>The provider has sent something; its silence counts from now.</summary>
    /// <param name="hasToken">Of the answer itself, at last: what only keeps the line open ends no wait for it.</param>
    public void Progressed(bool hasToken)
    {
        if (_source.IsCancellationRequested)
        {
            return;
        }

        _hasToken |= hasToken;
        (var until, _next) = Next(_times.Silence, _time.GetElapsedTime(_began));
        _source.CancelAfter(until);
    }

    /// <summary>The caller is behind with what has come already: until <see cref="CallerTook"/> no silence of the provider counts.</summary>
    /// <param name="most">How long a caller may take nothing.</param>
    /// <returns>How long this one may: half of what is left of the attempt's time at most, so that the rest can still be read for its usage.</returns>
    public TimeSpan WaitForCaller(TimeSpan most)
    {
        _waitsSince = _time.GetTimestamp();
        var left = Left;
        if (!_source.IsCancellationRequested)
        {
            _next = TooLong;
            _source.CancelAfter(left);
        }

        return most < left / 2 ? most : left / 2;
    }

    /// <summary>The caller has caught up, or is given up: the provider's silence counts from now.</summary>
    public void CallerTook()
    {
        _waited += _time.GetElapsedTime(_waitsSince);
        Progressed(hasToken: false);
    }

    public void Dispose()
    {
        _caller.Dispose();
        _source.Dispose();
    }

    /// <summary>Which of its times is over first, and when; not below zero.</summary>
    private (TimeSpan Until, string Which) Next(TimeSpan silence, TimeSpan elapsed)
    {
        var next = (Until: silence, Which: Silent);
        if (!_hasToken && _times.FirstToken - (elapsed - _waited) < next.Until)
        {
            next = (_times.FirstToken - (elapsed - _waited), WithoutToken);
        }

        if (_times.Total - elapsed < next.Until)
        {
            next = (_times.Total - elapsed, TooLong);
        }

        return next.Until > TimeSpan.Zero ? next : (TimeSpan.Zero, next.Which);
    }

    private void Abandon()
    {
        IsAbandoned = true;
        _source.Cancel();
    }
}
