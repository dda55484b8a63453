using System.Globalization;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Imports;

/// <summary>
/// Finds what else tells of an import's providers in its time: the same calls told twice would count twice, and no identity can know it. And says where its time is of
/// months that are closed, whose figures it does not change.
/// </summary>
internal sealed class ImportOverlap(NpgsqlDataSource dataSource, TimeProvider time)
{
    private const string Providers = "SELECT DISTINCT provider FROM usage_import_model WHERE import_id = $1 ORDER BY provider";

    private const string OtherImports = """
        SELECT m.import_id, m.file_name
        FROM usage_import m
        WHERE m.import_id <> $1 AND m.state IN (1, 2) AND m.accepted > 0 AND m.first_occurred_at <= $3 AND m.last_occurred_at >= $2
          -- Of one source the same rows have the same keys. As many new ones in the other's time as it had left out, or as met rows that are there, are what was missing of the same
          -- file; more than that are likely another grouping of the same usage. Those of a preview are no records: they are counted before.
          AND (m.source <> $4
            OR EXISTS (
              SELECT FROM usage_record r
              WHERE r.import_id = $1 AND r.corrects_record_id IS NULL AND r.occurred_at >= m.first_occurred_at AND r.occurred_at <= m.last_occurred_at
              OFFSET greatest($5, m.rows - m.accepted - m.duplicates))
            OR EXISTS (
              SELECT FROM unnest($8::uuid[], $9::bigint[]) AS previewed(import_id, rows)
              WHERE previewed.import_id = m.import_id AND previewed.rows > greatest($5, m.rows - m.accepted - m.duplicates)))
          -- One that is still open was cut off: the same file again brings what was missing of it, however much that is.
          AND NOT (m.state = 1 AND m.source = $4 AND m.file_name = $6)
          AND EXISTS (SELECT FROM usage_import_model a WHERE a.import_id = m.import_id AND a.provider = ANY($7))
        ORDER BY m.import_no DESC LIMIT 5
        """;

    private const string RowsInTimeOfOthers = """
        SELECT m.import_id, count(*)
        FROM usage_import m JOIN unnest($1::timestamptz[]) AS row(occurred_at) ON row.occurred_at BETWEEN m.first_occurred_at AND m.last_occurred_at
        WHERE m.source = $2 AND m.state IN (1, 2) AND m.accepted > 0
        GROUP BY m.import_id ORDER BY m.import_id
        """;

    // Which rows an import met is kept nowhere; of which of the earlier ones they are, neither. A file that has come again since has brought what was missing of it.
    private const string MetAnUndone = """
        SELECT m.import_id, m.file_name, m.duplicates
        FROM usage_import m
        WHERE m.import_no > $1 AND m.created_at <= $2 AND m.state IN (1, 2) AND m.duplicates > 0 AND m.source = $3
          AND NOT EXISTS (
            SELECT FROM usage_import again WHERE again.created_at > $2 AND again.state IN (1, 2) AND again.source = m.source AND again.file_name = m.file_name)
        ORDER BY m.import_no DESC LIMIT 5
        """;

    private const string LastClosed = "SELECT period FROM usage_period WHERE closed_at <= $1 AND ends_at > $2 ORDER BY ends_at DESC LIMIT 1";

    private const string OtherCalls = """
        SELECT provider, sum(calls)::bigint
        FROM usage_summary
        WHERE grain = 2 AND funding IN (1, 2) AND starts_at >= date_bin('1 day', $1, '2000-01-01Z') AND starts_at <= $2 AND provider = ANY($3)
        GROUP BY provider HAVING sum(calls) > 0 ORDER BY provider
        """;

    /// <summary>For people; empty when nothing speaks against it.</summary>
    public async Task<List<string>> FindAsync(StoredImport import, CancellationToken cancellationToken)
    {
        if (import is not { First: { } first, Last: { } last, Counts.Accepted: > 0 })
        {
            return [];
        }

        var providers = await ReadAsync(Providers, reader => reader.GetString(0), cancellationToken, import.ImportId);
        var others = await OtherImportsAsync(
            import.ImportId, (first, last), import.Settings.Source, import.Counts.Duplicates, import.FileName, [.. providers], [], cancellationToken);
        return
        [
            .. others.Select(other => $"{other} tells of the same provider in the same time. If it is the same usage, it counts twice: undo one of them."),
            .. (await OtherCallsAsync((first, last), [.. providers], cancellationToken)).Select(calls =>
                $"{calls} on these days are metered already, by the gateway or as external. If they are in the file too, they count twice: undo the import, set a rule that skips their key or project, and import again."),
            .. (await ReadAsync(LastClosed, reader => reader.GetString(0), cancellationToken, import.FinishedAt ?? time.GetUtcNow(), first)).Select(month =>
                $"Some of its usage is of months that were closed ({month} and before). What came in after that is booked in the month that followed, while kt spend shows it on its days: kt periods list says what was booked late."),
        ];
    }

    /// <summary>What may be missing since an import was taken back: rows that a later file has too were not taken in from it, because they were there.</summary>
    public async Task<List<string>> FindMissingAsync(StoredImport undone, CancellationToken cancellationToken) => undone is not { UndoAskedAt: { } askedAt, Counts.Accepted: > 0 }
        ? []
        : await ReadAsync(
            MetAnUndone,
            reader => string.Create(
                CultureInfo.InvariantCulture,
                $"Import {reader.GetGuid(0)} ('{reader.GetString(1)}') found {reader.GetInt64(2):#,##0} rows there already. Those that this import had brought are taken back with it and count no more: import that file again to have them."),
            cancellationToken, undone.ImportNo, askedAt, undone.Settings.Source);

    /// <summary>As <see cref="FindAsync"/>, of rows that are not taken in.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public async Task<List<string>> PreviewAsync(PreviewOverlapRequest request, CancellationToken cancellationToken)
    {
        ImportCheck.Require(ImportCheck.Overlap(request));
        if (request.Reach is not { FirstOccurredAt: { } from, LastOccurredAt: { } to })
        {
            return [];
        }

        (DateTimeOffset First, DateTimeOffset Last) between = (from.ToDateTimeOffset(), to.ToDateTimeOffset());
        string[] providers = [.. request.Reach.Providers];
        var others = await OtherImportsAsync(
            Guid.Empty, between, request.Source, request.Duplicates, request.FileName, providers, request.Reach.Others, cancellationToken);
        return
        [
            .. others.Select(other => $"{other} tells of the same provider in the same time. If it is the same usage, it would count twice: undo that import before this file is imported, or leave this file out."),
            .. (await OtherCallsAsync(between, providers, cancellationToken)).Select(calls =>
                $"{calls} on these days are metered already, by the gateway or as external. If they are in the file too, they would count twice: set a rule that skips their key or project before it is imported."),
            .. (await ReadAsync(LastClosed, reader => reader.GetString(0), cancellationToken, time.GetUtcNow(), between.First)).Select(month =>
                $"Some of its usage is of months that are closed ({month} and before). It would be booked in the month that follows, while kt spend would show it on its days."),
        ];
    }

    /// <summary>What a request's rows tell of, which <see cref="PreviewAsync"/> is asked with for all of a file.</summary>
    public async Task<ImportReach> ReachAsync(ImportSums sums, string source, CancellationToken cancellationToken) => new()
    {
        FirstOccurredAt = sums.First.ToTimestampUtc(),
        LastOccurredAt = sums.Last.ToTimestampUtc(),
        Providers = { sums.Models.Select(pair => pair.Provider).Distinct() },
        Others =
        {
            await ReadAsync(
                RowsInTimeOfOthers, reader => new OtherImport { ImportId = reader.GetGuid(0).ToString(), Rows = reader.GetInt64(1) }, cancellationToken, sums.Times.ToArray(), source),
        },
    };

    private Task<List<string>> OtherImportsAsync(
        Guid importId, (DateTimeOffset First, DateTimeOffset Last) between, string source, long duplicates, string fileName, string[] providers, IReadOnlyList<OtherImport> previewed,
        CancellationToken cancellationToken) => ReadAsync(
            OtherImports, reader => $"Import {reader.GetGuid(0)} ('{reader.GetString(1)}')", cancellationToken,
            importId, between.First, between.Last, source, duplicates, fileName, providers,
            previewed.Select(other => ListImports.ReadId(other.ImportId)).ToArray(), previewed.Select(other => other.Rows).ToArray());

    private Task<List<string>> OtherCallsAsync((DateTimeOffset First, DateTimeOffset Last) between, string[] providers, CancellationToken cancellationToken) => ReadAsync(
        OtherCalls, reader => string.Create(CultureInfo.InvariantCulture, $"{reader.GetInt64(1):#,##0} calls of provider {reader.GetString(0)}"), cancellationToken,
        between.First, between.Last, providers);

    private async Task<List<T>> ReadAsync<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = dataSource.CreateCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(read(reader));
        }

        return rows;
    }
}
