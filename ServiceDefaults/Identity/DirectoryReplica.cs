using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Grpc;

namespace Platform.ServiceDefaults.Identity;

/// <summary>
/// This process's copy of the key directory, fed by Wallet's stream: a snapshot in parts, then changes, with a heartbeat every second. A change is effective
/// as soon as it arrives; a stream that has been silent longer than the grace makes the directory not current.
/// </summary>
internal sealed class DirectoryReplica(
    Contracts.Identity.V1.Identity.IdentityClient identity, IOptions<IdentityOptions> options, TimeProvider time, ILogger<DirectoryReplica> log)
    : BackgroundService, IKeyDirectory, IKeysById, IHealthCheck
{
    /// <summary>Heartbeats come every second; a stream without one for this long is dead though the connection may look alive.</summary>
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(5);

    private KeyTable _table = new();

    /// <summary>The snapshot that is arriving; null when none is.</summary>
    private KeyTable? _arriving;

    private long _lastHeard = long.MinValue;

    public bool IsCurrent
    {
        get
        {
            var lastHeard = Volatile.Read(ref _lastHeard);
            return lastHeard != long.MinValue && time.GetElapsedTime(lastHeard) <= TimeSpan.FromSeconds(options.Value.GraceSeconds);
        }
    }

    public KeyStanding Find(string secret, out Caller? caller) => Volatile.Read(ref _table).Find(secret, time.GetUtcNow(), out caller);

    public KeyStanding FindById(string keyId, out Caller? caller) => Volatile.Read(ref _table).FindById(keyId, time.GetUtcNow(), out caller);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        IsCurrent ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("The key directory has not been received from Wallet."));

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => new StreamFollower("identity", SilenceLimit, time, log).FollowAsync(
        options => identity.Watch(new WatchRequest(), options),
        (change, isFirst) =>
        {
            if (isFirst)
            {
                // What a broken stream had begun to send is not finished by another.
                _arriving = null;
            }

            if (Apply(change))
            {
                Volatile.Write(ref _lastHeard, time.GetTimestamp());
            }
        },
        stoppingToken);

    /// <summary>False while a snapshot is still arriving: what is known is as old as before.</summary>
    private bool Apply(DirectoryChange change)
    {
        var table = change.Snapshot ? _arriving ??= new KeyTable() : _table;
        foreach (var team in change.Teams)
        {
            table.SetTeam(team.TeamId, team.Frozen);
        }

        foreach (var user in change.Users)
        {
            table.SetUser(user.UserId, user.Disabled);
        }

        foreach (var key in change.Keys)
        {
            Apply(table, key);
        }

        if (change.Snapshot && !change.More)
        {
            Volatile.Write(ref _table, table);
            _arriving = null;
        }

        return !change.More;
    }

    private static void Apply(KeyTable table, DirectoryKey key)
    {
        var hash = KeyHash.From(key.SecretSha256.Span);
        if (key.Revoked)
        {
            table.RemoveKey(hash);
            return;
        }

        var caller = new Caller(key.KeyId, key.Name, key.Role, key.TeamId, key.Workload)
        {
            UserId = key.UserId,
            ApplicationId = key.ApplicationId,
            Holder = LeaseHolders.NameOf(key.TeamId, key.Holder),
            // A Wallet of an earlier release does not tell it.
            LineKeyId = key.LineKeyId.Length > 0 ? key.LineKeyId : key.KeyId,
            AllowedModels = key.AllowedModels.Count == 0 ? [] : [.. key.AllowedModels],
            AllowedLanes = key.AllowedLanes.Count == 0 ? [] : [.. key.AllowedLanes],
        };
        table.SetKey(hash, caller, key.ExpiresAt.ToMoment(), key.Frozen);
    }
}
