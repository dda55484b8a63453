using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Platform.ServiceDefaults.Identity;

namespace Platform.Wallet.Identity;

/// <summary>
/// The key directory in this replica's memory. The <see cref="DirectoryFeed"/> brings it up to date; authentication and the streams read it.
/// </summary>
internal sealed class WalletDirectory(TimeProvider time) : IKeyDirectory, IHealthCheck
{
    /// <summary>How long the directory is trusted after the database last answered.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<KeyHash, KeyRow> _keys = new();
    private readonly Lock _changing = new();
    private TaskCompletionSource _changed = NewSignal();
    private long _revision;
    private long _lastRead = long.MinValue;

    public string Currency { get; private set; } = "";

    public string Organisation { get; private set; } = "";

    public bool IsCurrent
    {
        get
        {
            var lastRead = Volatile.Read(ref _lastRead);
            return lastRead != long.MinValue && time.GetElapsedTime(lastRead) <= Grace;
        }
    }

    public long Revision => Volatile.Read(ref _revision);

    public bool TryFind(string secret, [NotNullWhen(true)] out Caller? caller)
    {
        caller = _keys.TryGetValue(KeyHash.Of(secret), out var key) && key.RevokedAt is null
            ? new Caller(key.KeyId, key.Name, key.Role, key.TeamId, key.Workload)
            : null;
        return caller is not null;
    }

    public KeyRow? Find(string keyId) => _keys.Values.FirstOrDefault(key => key.KeyId == keyId);

    /// <summary>Takes over what changed up to a revision, and wakes the streams.</summary>
    public void Apply(OrganisationRow organisation, IReadOnlyList<KeyRow> changes)
    {
        TaskCompletionSource signal;
        lock (_changing)
        {
            Organisation = organisation.Name;
            Currency = organisation.Currency;
            foreach (var key in changes)
            {
                _keys[KeyHash.From(key.SecretSha256)] = key;
            }

            Volatile.Write(ref _lastRead, time.GetTimestamp());
            if (changes.Count == 0 && organisation.Revision <= _revision)
            {
                return;
            }

            Volatile.Write(ref _revision, Math.Max(organisation.Revision, changes.Count > 0 ? changes[^1].Revision : 0));
            signal = _changed;
            _changed = NewSignal();
        }

        signal.SetResult();
    }

    /// <summary>Keys that changed after a revision, the revision they lead to, and a task that ends with the next change.</summary>
    public (IReadOnlyList<KeyRow> Keys, long Revision, Task Changed) ReadAfter(long revision)
    {
        lock (_changing)
        {
            var keys = revision == _revision ? [] : _keys.Values.Where(key => key.Revision > revision).OrderBy(key => key.Revision).ToArray();
            return (keys, _revision, _changed.Task);
        }
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        IsCurrent ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The key directory was not read from the database."));

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
