using Npgsql;

namespace Platform.Routing.Catalogue;

/// <summary>
/// The catalogue in memory: read before the gateway listens, and again within a second of a change. Calls under way keep the snapshot they began with;
/// while the database does not answer, the last snapshot stands.
/// </summary>
internal sealed partial class CatalogueReplica(CatalogueStore store, TimeProvider time, ILogger<CatalogueReplica> log) : BackgroundService
{
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(1);

    private CatalogueSnapshot? _current;

    public CatalogueSnapshot Current => Volatile.Read(ref _current) ?? throw new InvalidOperationException("The catalogue is read at start, before calls are taken.");

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
                if (await store.ReadRevisionAsync(stoppingToken) != Current.Revision)
                {
                    await ReadAsync(stoppingToken);
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

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var read = await store.ReadAsync(cancellationToken);
        Volatile.Write(ref _current, read);
        LogRead(read.Revision, read.Models.Count);
    }

    [LoggerMessage(LogLevel.Information, "Serving catalogue revision {Revision} with {Models} models.")]
    private partial void LogRead(long revision, int models);

    [LoggerMessage(LogLevel.Warning, "The catalogue could not be refreshed ({Detail}); the last one stands.")]
    private partial void LogRefreshFailed(string detail);
}
