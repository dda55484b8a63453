using Npgsql;
using Platform.Postgres;

namespace Platform.Export.Runs;

/// <summary>
/// One writer a run, among all replicas: an advisory lock that lives as long as its database session, so a crash frees it at once and nobody has to guess
/// when a silent writer is dead.
/// </summary>
internal sealed class RunLock : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;

    private RunLock(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Null when another session holds it.</summary>
    public static async Task<RunLock?> TryTakeAsync(NpgsqlDataSource dataSource, Guid runId, CancellationToken cancellationToken)
    {
        var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var isTaken = false;
        try
        {
            await using var command = new NpgsqlCommand("SELECT pg_try_advisory_lock(hashtextextended('export_run ' || $1::text, 0))", connection)
            {
                Parameters = { new() { Value = runId } },
            };
            isTaken = (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
            return isTaken ? new RunLock(connection) : null;
        }
        finally
        {
            if (!isTaken)
            {
                await connection.DisposeAsync();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await using var connection = _connection;
        await SessionLock.FreeAsync(connection);
    }
}
