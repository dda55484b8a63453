namespace Platform.Routing.Limits;

/// <summary>
/// What a call or an attempt has drawn from its limits. <see cref="Settle"/> when its tokens are known; <see cref="Dispose"/> when it has ended, which frees its
/// parallel requests. Without a settlement the estimate stays counted.
/// </summary>
internal sealed class LimitPermit(long estimatedTokens) : IDisposable
{
    /// <summary>Of a call that no limit applies to.</summary>
    public static readonly LimitPermit None = new(0);

    private readonly List<SliceDraw> _draws = [];
    private readonly List<ParallelGauge> _parallel = [];
    private readonly List<Gauge> _gauges = [];
    private int _settled;
    private int _disposed;

    /// <summary>All counts that it is under, for the headers.</summary>
    public IReadOnlyList<Gauge> Gauges => _gauges;

    /// <summary>Corrects the estimate by what was really used; 0 when nothing was sent. Once: what is said later changes nothing.</summary>
    public void Settle(long actualTokens)
    {
        if (ReferenceEquals(this, None) || Interlocked.Exchange(ref _settled, 1) == 1)
        {
            return;
        }

        var more = actualTokens - estimatedTokens;
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
                if (more > 0)
                {
                    gauge.Charge(more);
                }
            }

            var part = Math.Min(left, draw.Amount);
            if (part > 0)
            {
                gauge.GiveBack(draw, part);
                left -= part;
            }
        }
    }

    public void Dispose()
    {
        if (ReferenceEquals(this, None) || Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        foreach (var gauge in _parallel)
        {
            gauge.Release();
        }
    }

    /// <summary>The call is refused: it has used nothing.</summary>
    public void GiveBack()
    {
        if (Interlocked.Exchange(ref _settled, 1) == 0)
        {
            foreach (var draw in _draws)
            {
                draw.Gauge.GiveBack(draw, draw.Amount);
            }
        }

        Dispose();
    }

    public void Under(Gauge gauge) => _gauges.Add(gauge);

    public void Add(SliceDraw draw) => _draws.Add(draw);

    public void Add(ParallelGauge gauge) => _parallel.Add(gauge);
}
