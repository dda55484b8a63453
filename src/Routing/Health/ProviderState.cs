namespace Platform.Routing.Health;

/// <summary>What this replica knows of a provider as a whole, by calls and by probes. For any number of threads.</summary>
internal sealed class ProviderState(TimeProvider time)
{
    /// <summary>One lost packet is no outage.</summary>
    private const int ProbesToFail = 2;

    /// <summary>In a row.</summary>
    private int _failedProbes;

    private long _heardAt = time.GetTimestamp();
    private string _probe = "";

    /// <summary>Probes in a row have failed: no target of it is tried.</summary>
    public bool IsDown => Volatile.Read(ref _failedProbes) >= ProbesToFail;

    public TimeSpan SinceHeard => time.GetElapsedTime(Volatile.Read(ref _heardAt));

    /// <summary>It has answered, a call or a probe.</summary>
    public void Heard()
    {
        Volatile.Write(ref _heardAt, time.GetTimestamp());
        if (Volatile.Read(ref _failedProbes) != 0)
        {
            Volatile.Write(ref _failedProbes, 0);
        }
    }

    /// <summary>
    /// What the policy in force has it asked for; empty: nothing. Failed probes tell of where they were sent, so another address begins anew: nobody would ask again there, and no call would
    /// be let through that could show it to be well. For one thread, which is also the one that probes.
    /// </summary>
    public void IsProbedAt(string probe)
    {
        if (_probe != probe)
        {
            _probe = probe;
            Volatile.Write(ref _failedProbes, 0);
        }
    }

    public void ProbeFailed() => Interlocked.Increment(ref _failedProbes);
}
