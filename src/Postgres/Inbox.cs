using Npgsql;

namespace Platform.Postgres;

/// <summary>
/// Makes a consumer's effect happen once, however often its message is delivered: the message's row and the effect stand in one transaction.
/// </summary>
public static class Inbox
{
    /// <summary>
    /// Enters a message; call it before the effect, in the effect's transaction. False: the effect is already there, so do nothing. A concurrent
    /// delivery of the same message waits here for the other transaction's end.
    /// </summary>
    public static async Task<bool> TryEnterAsync(
        NpgsqlTransaction transaction, string queue, Guid messageId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO inbox (queue, message_id, recorded_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", transaction.Connection, transaction)
        {
            Parameters = { new() { Value = queue }, new() { Value = messageId }, new() { Value = now } },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }
}
