using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Grpc;

namespace Platform.ServiceDefaults.Identity;

/// <summary>
/// This process's copy of the key directory, fed by Wallet's stream: a snapshot, then changes, with a heartbeat every second. A revocation is
/// effective as soon as its change arrives; a stream that has been silent longer than the grace makes the directory not current.
/// </summary>
internal sealed class DirectoryReplica(
    Contracts.Identity.V1.Identity.IdentityClient identity, IOptions<IdentityOptions> options, TimeProvider time, ILogger<DirectoryReplica> log)
    : BackgroundService, IKeyDirectory, IHealthCheck
{
    /// <summary>Heartbeats come every second; a stream without one for this long is dead though the connection may look alive.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(5);

    private ConcurrentDictionary<KeyHash, Caller> _callers = new();
    private long _lastHeard = long.MinValue;

    public bool IsCurrent
    {
        get
        {
            var lastHeard = Volatile.Read(ref _lastHeard);
            return lastHeard != long.MinValue && time.GetElapsedTime(lastHeard) <= TimeSpan.FromSeconds(options.Value.GraceSeconds);
        }
    }

    public bool TryFind(string secret, [NotNullWhen(true)] out Caller? caller) => Volatile.Read(ref _callers).TryGetValue(KeyHash.Of(secret), out caller);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        IsCurrent ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The key directory has not been received from Wallet."));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new StreamFollower("identity", SilenceLimit, time, log).FollowAsync(
        options => identity.Watch(new WatchRequest(), options),
        (change, _) =>
        {
            Apply(change);
            Volatile.Write(ref _lastHeard, time.GetTimestamp());
        },
        stoppingToken);

    private void Apply(DirectoryChange change)
    {
        var callers = change.Snapshot ? new ConcurrentDictionary<KeyHash, Caller>() : _callers;
        foreach (var key in change.Keys)
        {
            var hash = KeyHash.From(key.SecretSha256.Span);
            if (key.Revoked)
            {
                callers.TryRemove(hash, out _);
            }
            else
            {
                callers[hash] = new Caller(key.KeyId, key.Name, key.Role, key.TeamId, key.Workload);
            }
        }

        Volatile.Write(ref _callers, callers);
    }
}
