using Npgsql;

namespace Platform.Metering.Intake;

/// <summary>Sends rows by PostgreSQL's binary COPY.</summary>
internal static class CopyRows
{
    /// <param name="write">Adds one row to the buffer.</param>
    /// <exception cref="PostgresException">Nothing of it stands; the transaction is lost unless it goes back to a savepoint.</exception>
    public static async Task WriteAsync<T>(
        NpgsqlTransaction transaction, string copyCommand, IReadOnlyList<T> rows, Action<CopyBuffer, T> write, CancellationToken cancellationToken)
    {
        using var buffer = new CopyBuffer();
        await using var copy = await transaction.Connection!.BeginRawBinaryCopyAsync(copyCommand, cancellationToken);
        buffer.Begin();
        foreach (var row in rows)
        {
            write(buffer, row);
            if (buffer.IsFull)
            {
                await copy.WriteAsync(buffer.Written, cancellationToken);
                buffer.Clear();
            }
        }

        buffer.End();
        await copy.WriteAsync(buffer.Written, cancellationToken);
    }
}
