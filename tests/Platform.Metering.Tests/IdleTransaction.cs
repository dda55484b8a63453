using Npgsql;

namespace Platform.Metering.Tests;

internal static class IdleTransaction
{
    /// <summary>Keeps the server from ending it for its silence, which a slow machine may make longer than an intake's or a closing's may be.</summary>
    public static async Task LetIdleAsync(this NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SET LOCAL idle_in_transaction_session_timeout = 0", transaction.Connection, transaction);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
