using Platform.Metering.Budgets;

namespace Platform.Metering.Workloads;

/// <summary>This process's copy of the rules, which is at most a second behind those in force.</summary>
internal sealed class WorkloadClassifier(WorkloadRuleStore store, KeyLines keys, TimeProvider time)
{
    /// <summary>How ids of Wallet's keys begin. What others make up is asked for nowhere.</summary>
    private const string KeyPrefix = "key_";

    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _reading = new(1, 1);
    private Known? _known;

    /// <summary>The rules in force, which know the lines of these keys.</summary>
    /// <param name="keyIds">Of what is to be classified; empty ones are of no key.</param>
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE when a rule names a key, one of these is not known, and Wallet does not answer.</exception>
    public async ValueTask<WorkloadRuleSet> GetCurrentAsync(IEnumerable<string> keyIds, CancellationToken cancellationToken)
    {
        var rules = await GetRulesAsync(cancellationToken);
        return rules.KeyIds.Count == 0
            ? rules
            : rules.With(await keys.FindFirstAsync(
                [.. rules.KeyIds.Concat(keyIds).Where(id => id.StartsWith(KeyPrefix, StringComparison.Ordinal)).Distinct(StringComparer.Ordinal)], cancellationToken));
    }

    /// <summary>Lets the next question look at the rules: one was changed here.</summary>
    public void Forget() => Volatile.Write(ref _known, null);

    private async ValueTask<WorkloadRuleSet> GetRulesAsync(CancellationToken cancellationToken)
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

    private sealed record Known(WorkloadRuleSet Rules, long CheckedAt);
}
