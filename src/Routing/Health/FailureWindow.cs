namespace Platform.Routing.Health;

/// <summary>Attempts and failures of a sliding window, counted in slices of a tenth of it; so it covers between nine and ten tenths. Not for several threads.</summary>
internal sealed class FailureWindow(TimeSpan length)
{
    private const int Slices = 10;

    private readonly long _sliceTicks = Math.Max(1, length.Ticks / Slices);
    private readonly int[] _attempts = new int[Slices];
    private readonly int[] _failures = new int[Slices];
    private long _slice;

    public int Attempts { get; private set; }

    public int Failures { get; private set; }

    public void Add(TimeSpan now, bool failed)
    {
        Look(now);
        var place = _slice % Slices;
        _attempts[place]++;
        Attempts++;
        if (failed)
        {
            _failures[place]++;
            Failures++;
        }
    }

    /// <summary>Lets go of what has left the window.</summary>
    public void Look(TimeSpan now)
    {
        var slice = now.Ticks / _sliceTicks;
        for (var gone = Math.Max(_slice + 1, slice - Slices + 1); gone <= slice; gone++)
        {
            var place = gone % Slices;
            Attempts -= _attempts[place];
            Failures -= _failures[place];
            (_attempts[place], _failures[place]) = (0, 0);
        }

        _slice = Math.Max(_slice, slice);
    }

    public void Clear()
    {
        Array.Clear(_attempts);
        Array.Clear(_failures);
        (Attempts, Failures) = (0, 0);
    }
}
