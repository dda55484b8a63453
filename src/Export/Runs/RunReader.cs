using System.Text.Json;
using Npgsql;
using Platform.Export.Files;
using Platform.Export.Objects;

namespace Platform.Export.Runs;

/// <summary>The columns of a run in one order, with its files, and a run from them.</summary>
internal static class RunReader
{
    /// <summary>Of a statement that names the runs' table export_run.</summary>
    public const string Columns = """
        run_id, job_id, job_name, due_at, state, window_from, window_to, basis, period, time_zone, series_from, recorded_after, watermark, format, bucket, data_key,
        manifest_key, started_at, completed_at, failure_count, next_attempt_at, error, asked_by, store,
        (SELECT json_agg(f ORDER BY f.billing_period) FROM export_file f WHERE f.run_id = export_run.run_id), late_kept_from
        """;

    private static readonly JsonSerializerOptions FileOptions = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static async Task<List<RunRow>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var runs = new List<RunRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            runs.Add(Read(reader));
        }

        return runs;
    }

    private static RunRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.IsDBNull(1) ? null : reader.GetGuid(1), reader.GetString(2), MomentOrNull(reader, 3),
        Enum.Parse<RunStatus>(reader.GetString(4), ignoreCase: true),
        new RunSpan(Moment(reader, 5), Moment(reader, 6), Enum.Parse<RunBasis>(reader.GetString(7), ignoreCase: true), reader.GetString(8))
        {
            SeriesFrom = MomentOrNull(reader, 10),
            RecordedAfter = MomentOrNull(reader, 11),
            LateKeptFrom = MomentOrNull(reader, 25),
        },
        reader.GetString(9), Moment(reader, 12), reader.GetString(13), reader.GetString(14), reader.GetString(15), reader.GetString(16), Moment(reader, 17),
        MomentOrNull(reader, 18), reader.IsDBNull(24) ? null : ReadFiles(reader.GetString(24)), reader.GetInt32(19), MomentOrNull(reader, 20),
        reader.GetString(21), reader.GetString(22))
    {
        Store = reader.IsDBNull(23) ? null : Enum.Parse<ObjectStoreKind>(reader.GetString(23), ignoreCase: true),
    };

    private static RunFiles ReadFiles(string json) =>
        new([.. JsonSerializer.Deserialize<List<FileRow>>(json, FileOptions)!.Select(file => file.ToDataFile())]);

    private static DateTimeOffset Moment(NpgsqlDataReader reader, int column) => reader.GetFieldValue<DateTimeOffset>(column);

    private static DateTimeOffset? MomentOrNull(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : Moment(reader, column);

    /// <summary>A row of export_file as PostgreSQL writes it as JSON.</summary>
    private sealed record FileRow(
        string BillingPeriod, string ObjectKey, long RowCount, long UnpricedCount, long CostNanos, long LateCount, long LateCostNanos, string Currency, string Sha256,
        long Bytes)
    {
        public DataFile ToDataFile() =>
            new(BillingPeriod, ObjectKey, new FileFigures(RowCount, UnpricedCount, CostNanos, LateCount, LateCostNanos), Currency, Sha256, Bytes);
    }
}
