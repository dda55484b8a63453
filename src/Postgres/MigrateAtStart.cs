using System.Reflection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Platform.Postgres;

/// <summary>
/// Brings the service's database to its newest version before the hosted services that are registered after it, and before the server listens. A server that takes connections and is too busy to answer
/// within the connection string's <c>Timeout</c> is asked again, <see cref="Tries"/> times in all: whoever starts a dozen services at once is no reason to give one up. One that is not there is told at once.
/// </summary>
internal sealed partial class MigrateAtStart(ServiceDatabase database, Migrator migrator, Assembly service, ILogger<MigrateAtStart> log) : IHostedLifecycleService
{
    private const int Tries = 4;

    /// <exception cref="InvalidOperationException">As of <see cref="ServiceDatabase.EnsureAsync"/> and <see cref="Migrator.MigrateAsync"/>.</exception>
    /// <exception cref="NpgsqlException">The server is not there, refuses, or has not answered in any of the tries.</exception>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        var left = Tries - 1;
        while (!await TryMigrateAsync(left, cancellationToken))
        {
            left--;
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>False: the server did not answer in time, and may be asked again. Each migration is a transaction, so what a try has left undone the next one does.</summary>
    private async Task<bool> TryMigrateAsync(int left, CancellationToken cancellationToken)
    {
        try
        {
            await database.EnsureAsync(cancellationToken);
            await migrator.MigrateAsync(service, cancellationToken);
            return true;
        }
        catch (NpgsqlException exception) when (exception.InnerException is TimeoutException && left > 0)
        {
            LogSlow(left, exception);
            return false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The database's server did not answer in time; it is asked {Left} more times.")]
    private partial void LogSlow(int left, Exception exception);
}
