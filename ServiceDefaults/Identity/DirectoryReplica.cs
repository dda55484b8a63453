using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Grpc.Core;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Platform.Contracts.Identity.V1;

namespace Platform.ServiceDefaults.Identity;

/// <summary>
/// This process's copy of the key directory, fed by Wallet's stream: a snapshot, then changes, with a heartbeat every second. A revocation is
/// effective as soon as its change arrives; a stream that has been silent longer than the grace makes the directory not current.
/// </summary>
internal sealed partial class DirectoryReplica(
    Contracts.Identity.V1.Identity.IdentityClient identity, IOptions<IdentityOptions> options, TimeProvider time, ILogger<DirectoryReplica> log)
    : BackgroundService, IKeyDirectory, IHealthCheck
{
    private static readonly TimeSpan ReconnectDelay = TimeSpan.FromMilliseconds(250);

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

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
            }
            catch (RpcException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (RpcException exception)
            {
                LogStreamBroken(exception.StatusCode, exception.Status.Detail);
            }
            catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
            {
                LogStreamSilent();
            }

            await Task.Delay(ReconnectDelay, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        silence.CancelAfter(SilenceLimit);
        using var stream = identity.Watch(new WatchRequest(), cancellationToken: silence.Token);
        while (await stream.ResponseStream.MoveNext(silence.Token))
        {
            Apply(stream.ResponseStream.Current);
            Volatile.Write(ref _lastHeard, time.GetTimestamp());
            silence.CancelAfter(SilenceLimit);
        }
    }

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

    [LoggerMessage(LogLevel.Information, "The identity stream broke ({Status}: {Detail}); connecting again.")]
    private partial void LogStreamBroken(StatusCode status, string detail);

    [LoggerMessage(LogLevel.Warning, "The identity stream fell silent; connecting again.")]
    private partial void LogStreamSilent();
}
