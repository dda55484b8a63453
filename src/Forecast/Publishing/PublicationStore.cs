using Npgsql;

namespace Platform.Forecast.Publishing;

/// <param name="IsComplete">There was a forecast of the organisation.</param>
internal sealed record Publication(DateTimeOffset AsOf, bool IsComplete);

/// <summary>All SQL of publications.</summary>
internal static class PublicationStore
{
    /// <summary>The last publication, locked until the transaction's end; null while another replica has it.</summary>
    public static async Task<Publication?> LockAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            "SELECT as_of, is_complete FROM forecast_publication FOR UPDATE SKIP LOCKED", transaction.Connection, transaction);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? new Publication(reader.GetFieldValue<DateTimeOffset>(0), reader.GetBoolean(1)) : null;
    }

    public static async Task WriteAsync(NpgsqlTransaction transaction, Publication publication, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("UPDATE forecast_publication SET as_of = $1, is_complete = $2", transaction.Connection, transaction)
        {
            Parameters = { new() { Value = publication.AsOf }, new() { Value = publication.IsComplete } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
