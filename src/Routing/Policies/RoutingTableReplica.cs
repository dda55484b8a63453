using System.Runtime.ExceptionServices;
using Google.Protobuf;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Platform.Routing.Policies;

/// <summary>
/// The policy in force, in memory: read before the gateway listens, and again within a second of a change, or within seconds of a change of a key's file. Calls under way keep the table that they began
/// with; while the database does not answer, the last table stands. A document that another version of the service has accepted may be one that this process cannot serve: the newest that it can
/// serve stands then, and people hear of it.
/// </summary>
internal sealed partial class RoutingTableReplica(
    PolicyStore store, PolicyCompiler compiler, SecretFiles keys, UnusablePolicyAlert alert, IOptions<PolicyOptions> options, TimeProvider time, ILogger<RoutingTableReplica> log)
    : BackgroundService, IHealthCheck
{
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(1);

    /// <summary>In refreshes: how often files of keys are looked at.</summary>
    private const int KeysEvery = 5;

    private StoredPolicy? _stored;
    private RoutingTable? _current;
    private long _unusable;

    public RoutingTable Current => Volatile.Read(ref _current) ?? throw new InvalidOperationException("The policy is read at start, before calls are taken.");

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        Volatile.Read(ref _unusable) is var unusable and not 0
            ? HealthCheckResult.Degraded($"Policy version {unusable} cannot be served by this process; version {Current.Version} stands.")
            : Current is { Departures: [_, ..] departures } current ? HealthCheckResult.Degraded($"Policy version {current.Version} is not served as it says. {string.Join(" ", departures)}")
            : HealthCheckResult.Healthy());

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var newest = await store.ReadNewestVersionAsync(cancellationToken);
        if (await TryServeAsync(newest, cancellationToken) is { } problem)
        {
            await StartWithOlderAsync(newest, problem, cancellationToken);
        }

        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var round = 1; !stoppingToken.IsCancellationRequested; round++)
        {
            await Task.Delay(RefreshInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                // Before the policy, which is not read while the database is away.
                if (round % KeysEvery == 0)
                {
                    LookAtKeys();
                }

                await RefreshAsync(stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                LogRefreshFailed(exception.Message);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // The edge: whatever a policy or a file of a key has this code fail at, calls go on with what is served.
                LogRefreshFaulted(exception);
            }
        }
    }

    private async Task RefreshAsync(CancellationToken stoppingToken)
    {
        if (await store.ReadNewestVersionAsync(stoppingToken) is var newest && newest != Current.Version && newest != _unusable
            && await TryServeAsync(newest, stoppingToken) is { } problem)
        {
            await StandAsync(newest, problem, stoppingToken);
        }
    }

    private void LookAtKeys()
    {
        if (keys.HaveChanged())
        {
            Serve(_stored!);
            LogKeysChanged();
            if (Current.Departures is { Count: > 0 } departures)
            {
                LogDeparted(Current.Version, string.Join(" ", departures));
            }
        }
    }

    /// <exception cref="Exception">The problem of the newest version: no older one can be served, or none may be.</exception>
    private async Task StartWithOlderAsync(long newest, Exception problem, CancellationToken cancellationToken)
    {
        var older = options.Value.RequireNewest ? null : await store.FindVersionBelowAsync(newest, cancellationToken);
        while (older is { } version && await TryServeAsync(version, cancellationToken) is not null)
        {
            older = await store.FindVersionBelowAsync(version, cancellationToken);
        }

        if (older is null)
        {
            ExceptionDispatchInfo.Throw(problem);
        }

        await StandAsync(newest, problem, cancellationToken);
    }

    /// <summary>Goes on with what is served, and tells of it.</summary>
    private async Task StandAsync(long newest, Exception problem, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _unusable, newest);
        LogUnusable(problem, newest, Current.Version);
        await alert.TellAsync(newest, Current.Version, problem.Message, cancellationToken);
    }

    /// <summary>Null when the version is served from here on, else why this process cannot.</summary>
    private async Task<Exception?> TryServeAsync(long version, CancellationToken cancellationToken)
    {
        try
        {
            Serve(await store.FindAsync(version, cancellationToken) ?? throw new KeyNotFoundException($"Policy version {version} is gone."));
            Volatile.Write(ref _unusable, 0);
            LogRead(version, Current.Models.Count);
            if (Current.Departures is { Count: > 0 } departures)
            {
                await TellDepartedAsync(version, string.Join(" ", departures), cancellationToken);
            }

            return null;
        }
        catch (Exception exception) when (exception is TimeZoneNotFoundException or KeyNotFoundException or ArgumentException or InvalidProtocolBufferException)
        {
            return exception;
        }
    }

    /// <summary>It is served, and part of it otherwise than it says, which nobody would notice but on a bill.</summary>
    private Task TellDepartedAsync(long version, string departures, CancellationToken cancellationToken)
    {
        LogDeparted(version, departures);
        return alert.TellAsync(version, version, departures, cancellationToken);
    }

    private void Serve(StoredPolicy stored)
    {
        Volatile.Write(ref _current, compiler.Compile(stored));
        _stored = stored;
    }

    [LoggerMessage(LogLevel.Information, "Serving policy version {Version} with {Models} model names.")]
    private partial void LogRead(long version, int models);

    [LoggerMessage(LogLevel.Critical, "Policy version {Version} is not served as it says: {Departures}")]
    private partial void LogDeparted(long version, string departures);

    [LoggerMessage(LogLevel.Warning, "The policy could not be refreshed ({Detail}); the last one stands.")]
    private partial void LogRefreshFailed(string detail);

    [LoggerMessage(LogLevel.Error, "The policy could not be refreshed; the last one stands.")]
    private partial void LogRefreshFaulted(Exception exception);

    [LoggerMessage(LogLevel.Critical, "Policy version {Version} cannot be served by this process; version {Standing} stands.")]
    private partial void LogUnusable(Exception exception, long version, long standing);

    [LoggerMessage(LogLevel.Information, "Files of keys have changed; calls from here on use what is in them.")]
    private partial void LogKeysChanged();
}
