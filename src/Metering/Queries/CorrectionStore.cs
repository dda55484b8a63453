using Npgsql;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>What corrects a record.</summary>
/// <param name="First">The oldest of them.</param>
/// <param name="Count">All of them.</param>
/// <param name="Tokens">Of all of them.</param>
/// <param name="Cost">Of all of them; null while none has a price.</param>
/// <param name="Requests">Of all of them: negative where the record was taken back whole, else 0.</param>
internal sealed record UsageCorrections(IReadOnlyList<UsageRecord> First, long Count, Tokens Tokens, Cost? Cost, long Requests);

/// <summary>Reads what corrects a record: itself, and by a late price that corrects a correction of it.</summary>
internal sealed class CorrectionStore(NpgsqlDataSource dataSource)
{
    private const int Most = 100;

    // Sums are of all, whatever is listed: windows are worked out before the limit.
    private static readonly string SelectCorrections = $"""
        WITH direct AS MATERIALIZED (SELECT * FROM usage_record WHERE corrects_record_id = $1),
        correction AS (
            TABLE direct
            UNION ALL SELECT c.* FROM direct d JOIN usage_record c ON c.corrects_record_id = d.record_id)
        SELECT {UsageReader.Columns}, count(*) OVER (), count(cost_nanos) OVER (),
            {Sum("input_tokens")}, {Sum("cached_input_tokens")}, {Sum("cache_write_tokens")}, {Sum("cache_write_hour_tokens")}, {Sum("output_tokens")}, {Sum("reasoning_tokens")},
            {Sum("cost_nanos")}, {Sum("input_nanos")}, {Sum("cached_input_nanos")}, {Sum("cache_write_nanos")}, {Sum("cache_write_hour_nanos")}, {Sum("output_nanos")},
            {Sum("reasoning_nanos")}, {Sum("request_nanos")}, {Sum("requests")}
        FROM correction ORDER BY recorded_at, record_id LIMIT {Most}
        """;

    public async Task<UsageCorrections> ReadAsync(Guid recordId, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectCorrections);
        command.Parameters.Add(new() { Value = recordId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var corrections = new UsageCorrections([], 0, new Tokens(), null, 0);
        var first = new List<UsageRecord>();
        while (await reader.ReadAsync(cancellationToken))
        {
            first.Add(UsageReader.Read(reader));
            corrections = corrections.Count == 0 ? ReadSums(reader, first) : corrections;
        }

        return corrections;
    }

    private static UsageCorrections ReadSums(NpgsqlDataReader reader, List<UsageRecord> first)
    {
        long Figure(int ordinal) => reader.GetInt64(UsageReader.ColumnCount + ordinal);
        return new UsageCorrections(
            first, Figure(0),
            new Tokens { Input = Figure(2), CachedInput = Figure(3), CacheWrite = Figure(4), CacheWrite1H = Figure(5), Output = Figure(6), Reasoning = Figure(7) },
            Figure(1) == 0
                ? null
                : new Cost
                {
                    TotalNanos = Figure(8), InputNanos = Figure(9), CachedInputNanos = Figure(10), CacheWriteNanos = Figure(11), CacheWrite1HNanos = Figure(12),
                    OutputNanos = Figure(13), ReasoningNanos = Figure(14), RequestNanos = Figure(15),
                },
            Figure(16));
    }

    private static string Sum(string column) => $"coalesce(sum({column}) OVER (), 0)::bigint";
}
