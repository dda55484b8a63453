using Npgsql;

namespace Platform.Routing.Policies;

/// <summary>
/// The policy in force, in memory: read before the gateway listens, and again within a second of a change. Calls under way keep the table that they began with;
/// while the database does not answer, the last table stands.
/// </summary>
internal sealed partial class RoutingTableReplica(PolicyStore store, PolicyCompiler compiler, TimeProvider time, ILogger<RoutingTableReplica> log) : BackgroundService
{
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(1);

    private RoutingTable? _current;
    private long _unusable;

    public RoutingTable Current => Volatile.Read(ref _current) ?? throw new InvalidOperationException("The policy is read at start, before calls are taken.");

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await ReadAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(RefreshInterval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                if (await store.ReadNewestVersionAsync(stoppingToken) is var newest && newest != Current.Version && newest != _unusable)
                {
                    await RefreshAsync(newest, stoppingToken);
                }
            }
            catch (NpgsqlException exception)
            {
                LogRefreshFailed(exception.Message);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    /// <summary>A document that another version of the service has accepted may be one that this process cannot serve; the last one stands then, and is told once.</summary>
    private async Task RefreshAsync(long newest, CancellationToken cancellationToken)
    {
        try
        {
            await ReadAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is TimeZoneNotFoundException or KeyNotFoundException or ArgumentException or Google.Protobuf.InvalidProtocolBufferException)
        {
            _unusable = newest;
            LogUnusable(exception, newest, Current.Version);
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var table = compiler.Compile(await store.ReadNewestAsync(cancellationToken));
        Volatile.Write(ref _current, table);
        LogRead(table.Version, table.Models.Count);
    }

    [LoggerMessage(LogLevel.Information, "Serving policy version {Version} with {Models} model names.")]
    private partial void LogRead(long version, int models);

    [LoggerMessage(LogLevel.Warning, "The policy could not be refreshed ({Detail}); the last one stands.")]
    private partial void LogRefreshFailed(string detail);

    [LoggerMessage(LogLevel.Critical, "Policy version {Version} cannot be served by this process; version {Standing} stands.")]
    private partial void LogUnusable(Exception exception, long version, long standing);
}
