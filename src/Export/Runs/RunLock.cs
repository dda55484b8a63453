using Npgsql;

namespace Platform.Export.Runs;

/// <summary>
/// One writer a run, among all replicas: an advisory lock that lives as long as its database session, so a crash frees it at once and nobody has to guess
/// when a silent writer is dead.
/// </summary>
internal sealed class RunLock : IAsyncDisposable
{
    private const string Key = "hashtextextended('export_run ' || $1::text, 0)";

    private readonly NpgsqlConnection _connection;
    private readonly Guid _runId;

    private RunLock(NpgsqlConnection connection, Guid runId)
    {
        _connection = connection;
        _runId = runId;
    }

    /// <summary>Null when another session holds it.</summary>
    public static async Task<RunLock?> TryTakeAsync(NpgsqlDataSource dataSource, Guid runId, CancellationToken cancellationToken)
    {
        var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        if (await ExecuteAsync(connection, $"SELECT pg_try_advisory_lock({Key})", runId, cancellationToken))
        {
            return new RunLock(connection, runId);
        }

        await connection.DisposeAsync();
        return null;
    }

    /// <summary>Frees the lock before the connection goes back to the pool, where it would keep it. A broken session has freed it already.</summary>
    public async ValueTask DisposeAsync()
    {
        await using var connection = _connection;
        if (connection.FullState == System.Data.ConnectionState.Open)
        {
            await ExecuteAsync(connection, $"SELECT pg_advisory_unlock({Key})", _runId, CancellationToken.None);
        }
    }

    private static async Task<bool> ExecuteAsync(NpgsqlConnection connection, string sql, Guid runId, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = runId } } };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
