namespace Platform.Routing.Limits;

/// <summary>
/// What a call or an attempt has drawn from its limits. Every attempt says what it has used (<see cref="Use"/>, or <see cref="UseEstimate"/> where nobody knows);
/// <see cref="Dispose"/>, when all is over, corrects the estimate by the sum and frees the parallel requests.
/// </summary>
/// <param name="mayQueue">Where a limit lets calls wait.</param>
internal sealed class LimitPermit(long estimatedTokens, bool mayQueue = true) : IDisposable
{
    /// <summary>Of a call that no limit applies to.</summary>
    public static readonly LimitPermit None = new(0);

    private readonly List<SliceDraw> _draws = [];
    private readonly List<ParallelGauge> _parallel = [];
    private readonly List<Gauge> _gauges = [];
    private long _used;
    private int _ended;

    public bool MayQueue => mayQueue;

    /// <summary>A limit had nothing left for it, and would have refused it if it let no call wait.</summary>
    public bool IsDelayed { get; private set; }

    /// <summary>All counts that it is under, for the headers.</summary>
    public IReadOnlyList<Gauge> Gauges => _gauges;

    /// <summary>An attempt has used so many tokens, 0 or more.</summary>
    public void Use(long tokens)
    {
        if (!ReferenceEquals(this, None))
        {
            Interlocked.Add(ref _used, tokens);
        }
    }

    /// <summary>An attempt was sent, and what it used is not known.</summary>
    public void UseEstimate() => Use(estimatedTokens);

    public void Dispose()
    {
        if (ReferenceEquals(this, None) || Interlocked.Exchange(ref _ended, 1) == 1)
        {
            return;
        }

        Settle(Interlocked.Read(ref _used) - estimatedTokens);
        Leave();
    }

    /// <summary>The call is refused: it has used nothing, and was no request.</summary>
    public void GiveBack()
    {
        if (ReferenceEquals(this, None) || Interlocked.Exchange(ref _ended, 1) == 1)
        {
            return;
        }

        foreach (var draw in _draws)
        {
            draw.Gauge.GiveBack(draw, draw.Amount);
        }

        Leave();
    }

    public void Delay() => IsDelayed = true;

    public void Under(Gauge gauge)
    {
        gauge.Enter();
        _gauges.Add(gauge);
    }

    public void Add(SliceDraw draw) => _draws.Add(draw);

    public long DrawnOf(Gauge gauge) => _draws.Sum(draw => ReferenceEquals(draw.Gauge, gauge) ? draw.Amount : 0);

    /// <summary>What was drawn of a count, which is not drawn any more.</summary>
    public List<SliceDraw> TakeOut(CountGauge gauge)
    {
        var drawn = _draws.FindAll(draw => ReferenceEquals(draw.Gauge, gauge));
        _draws.RemoveAll(draw => ReferenceEquals(draw.Gauge, gauge));
        return drawn;
    }

    /// <summary>The call has waited, and goes on only now: that is when it uses what it has drawn, be it collected or drawn of counts that it did not have to wait for.</summary>
    public void Redate()
    {
        for (var i = 0; i < _draws.Count; i++)
        {
            _draws[i] = _draws[i].Gauge.Redate(_draws[i]);
        }
    }

    public void Add(ParallelGauge gauge) => _parallel.Add(gauge);

    /// <param name="more">Used above the estimate, or below it.</param>
    private void Settle(long more)
    {
        var (gauge, left) = ((CountGauge?)null, 0L);
        for (var i = _draws.Count - 1; i >= 0 && more != 0; i--)
        {
            var draw = _draws[i];
            if (!draw.Gauge.Spec.CountsTokens)
            {
                continue;
            }

            if (!ReferenceEquals(draw.Gauge, gauge))
            {
                (gauge, left) = (draw.Gauge, -more);
                gauge.Charge(Math.Max(0, more));
            }

            var part = Math.Min(left, draw.Amount);
            if (part > 0)
            {
                gauge.GiveBack(draw, part);
                left -= part;
            }
        }
    }

    /// <summary>Last of all: a count that no call is under may be dropped.</summary>
    private void Leave()
    {
        foreach (var gauge in _parallel)
        {
            gauge.Release();
        }

        foreach (var gauge in _gauges)
        {
            gauge.Exit();
        }
    }
}
