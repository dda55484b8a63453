using Npgsql;

namespace Platform.Postgres;

/// <summary>How long a transaction may be silent between two statements (docs/decisions/0292).</summary>
public static class Silence
{
    /// <summary>
    /// Lets a transaction be silent for an hour while its process computes what it is to write: the five minutes that all others have would end the forecast of a large organisation each time
    /// before it is there.
    /// </summary>
    public static async Task LetComputeAsync(this NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SET LOCAL idle_in_transaction_session_timeout = '1h'", transaction.Connection, transaction);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
