using Npgsql;
using Platform.Contracts;

namespace Platform.Export.Books;

/// <summary>What Metering said last of the books.</summary>
internal sealed class BookStore(NpgsqlDataSource dataSource)
{
    private const string Upsert = """
        INSERT INTO export_books (time_zone) VALUES ($1) ON CONFLICT (only_row) DO UPDATE SET time_zone = $1 WHERE export_books.time_zone <> $1
        """;

    /// <summary>UTC before anything was said, which is also what Metering says before the first close.</summary>
    public async Task<TimeZoneInfo> ReadZoneAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("SELECT time_zone FROM export_books");
        return await command.ExecuteScalarAsync(cancellationToken) is string name ? CalendarPeriod.StoredZone(name) : TimeZoneInfo.Utc;
    }

    public async Task WriteZoneAsync(TimeZoneInfo zone, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Upsert);
        command.Parameters.Add(new() { Value = zone.Id });
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
