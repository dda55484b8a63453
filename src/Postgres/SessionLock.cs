using System.Data;
using Npgsql;

namespace Platform.Postgres;

/// <summary>An advisory lock of a session that was opened for it: one replica at a time, and nobody once the session is gone.</summary>
public static class SessionLock
{
    /// <summary>
    /// Frees what the session holds before the connection goes back to the pool, where it would keep it. A broken session has freed it already, and to ask it would put an error of its own in the
    /// place of the one that broke it, which those who try again look for.
    /// </summary>
    public static async Task FreeAsync(NpgsqlConnection connection)
    {
        if (connection.FullState != ConnectionState.Open)
        {
            return;
        }

        await using var unlock = new NpgsqlCommand("SELECT pg_advisory_unlock_all()", connection);
        await unlock.ExecuteNonQueryAsync(CancellationToken.None);
    }
}
