namespace Platform.Metering.Workloads;

/// <summary>This process's copy of the rules, which is at most a second behind those in force.</summary>
internal sealed class WorkloadClassifier(WorkloadRuleStore store, TimeProvider time)
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _reading = new(1, 1);
    private Known? _known;

    public async ValueTask<WorkloadRuleSet> GetCurrentAsync(CancellationToken cancellationToken)
    {
        var known = Volatile.Read(ref _known);
        if (known is not null && time.GetElapsedTime(known.CheckedAt) < CheckInterval)
        {
            return known.Rules;
        }

        await _reading.WaitAsync(cancellationToken);
        try
        {
            known = _known;
            if (known is null || time.GetElapsedTime(known.CheckedAt) >= CheckInterval)
            {
                var checkedAt = time.GetTimestamp();
                var rules = known is not null && await store.ReadRevisionAsync(cancellationToken) == known.Rules.Revision
                    ? known.Rules
                    : await store.ReadAsync(cancellationToken);
                Volatile.Write(ref _known, known = new Known(rules, checkedAt));
            }

            return known.Rules;
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>Lets the next question look at the rules: one was changed here.</summary>
    public void Forget() => Volatile.Write(ref _known, null);

    private sealed record Known(WorkloadRuleSet Rules, long CheckedAt);
}
