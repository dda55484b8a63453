using System.Globalization;
using Npgsql;

namespace Platform.Metering.Imports;

/// <summary>Finds what else tells of an import's providers in its time: the same calls told twice would count twice, and no identity can know it.</summary>
internal sealed class ImportOverlap(NpgsqlDataSource dataSource)
{
    private const string OtherImports = """
        SELECT m.import_id, m.file_name
        FROM usage_import m
        WHERE m.import_id <> $1 AND m.state IN (1, 2) AND m.accepted > 0 AND m.first_occurred_at <= $3 AND m.last_occurred_at >= $2
          -- Of one source the same rows have the same keys. As many new ones in the other's time as it had left out, or as met rows that are there, are what was missing of the same
          -- file; more than that are likely another grouping of the same usage.
          AND (m.source <> $4 OR EXISTS (
            SELECT FROM usage_record r
            WHERE r.import_id = $1 AND r.corrects_record_id IS NULL AND r.occurred_at >= m.first_occurred_at AND r.occurred_at <= m.last_occurred_at
            OFFSET greatest($5, m.rows - m.accepted - m.duplicates)))
          -- One that is still open was cut off: the same file again brings what was missing of it, however much that is.
          AND NOT (m.state = 1 AND m.source = $4 AND m.file_name = $6)
          AND EXISTS (
            SELECT FROM usage_import_model a JOIN usage_import_model b USING (provider) WHERE a.import_id = m.import_id AND b.import_id = $1)
        ORDER BY m.import_no DESC LIMIT 5
        """;

    private const string OtherCalls = """
        SELECT provider, sum(calls)::bigint
        FROM usage_summary
        WHERE grain = 2 AND funding IN (1, 2) AND starts_at >= date_bin('1 day', $2, '2000-01-01Z') AND starts_at <= $3
          AND provider IN (SELECT provider FROM usage_import_model WHERE import_id = $1)
        GROUP BY provider HAVING sum(calls) > 0 ORDER BY provider
        """;

    /// <summary>For people; empty when nothing speaks against it.</summary>
    public async Task<List<string>> FindAsync(StoredImport import, CancellationToken cancellationToken)
    {
        var warnings = new List<string>();
        if (import is not { First: { } first, Last: { } last, Counts.Accepted: > 0 })
        {
            return warnings;
        }

        await using (var command = dataSource.CreateCommand(OtherImports))
        {
            command.Parameters.Add(new() { Value = import.ImportId });
            command.Parameters.Add(new() { Value = first });
            command.Parameters.Add(new() { Value = last });
            command.Parameters.Add(new() { Value = import.Settings.Source });
            command.Parameters.Add(new() { Value = import.Counts.Duplicates });
            command.Parameters.Add(new() { Value = import.FileName });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                warnings.Add($"Import {reader.GetGuid(0)} ('{reader.GetString(1)}') tells of the same provider in the same time. If it is the same usage, it counts twice: undo one of them.");
            }
        }

        await using (var command = dataSource.CreateCommand(OtherCalls))
        {
            command.Parameters.Add(new() { Value = import.ImportId });
            command.Parameters.Add(new() { Value = first });
            command.Parameters.Add(new() { Value = last });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                warnings.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{reader.GetInt64(1):#,##0} calls of provider {reader.GetString(0)} on these days are metered already, by the gateway or as external. If they are in the file too, they count twice: undo the import, set a rule that skips their key or project, and import again."));
            }
        }

        return warnings;
    }
}
