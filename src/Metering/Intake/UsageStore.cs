using Npgsql;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;
using Platform.Metering.Repricing;
using Platform.Rating;

namespace Platform.Metering.Intake;

/// <param name="WorkloadRule">The rule that gave it its workload; empty for none.</param>
/// <param name="InputTokens">What the record's context tier follows from: all kinds of its input, or what it says where it stands for many requests.</param>
/// <param name="PriceId">The version that it is rated at by now: its own, or that of the last price that came late for it; 0 while unpriced.</param>
/// <param name="Left">Of the record and all its corrections so far, with what late prices have corrected those by.</param>
internal sealed record CorrectedRecord(UsageEvent Event, string WorkloadRule, long InputTokens, long PriceId, UsageLeft Left);

/// <summary>What is left of a record after corrections.</summary>
/// <param name="Calls">0 when it was taken back whole.</param>
internal readonly record struct UsageLeft(TokenCounts Tokens, Rating.Cost Cost, long Calls);

/// <summary>Writes usage records, whose identities are known by then, and reads those that are corrected.</summary>
internal static class UsageStore
{
    private const string SelectCorrected = $"""
        WITH found AS (
            SELECT occurred_at, attempt_id, coalesce(record_id, identity_key) AS record_id FROM usage_identity WHERE identity_key = ANY($1) OR record_id = ANY($1))
        SELECT {UsageReader.Columns},
            coalesce(context_tokens, input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens),
            coalesce((
                SELECT c.price_id FROM usage_record c WHERE c.corrects_record_id = r.record_id AND c.source = '{RepriceUsage.Source}'
                ORDER BY c.recorded_at DESC, c.price_id DESC LIMIT 1), price_id, 0),
            remains.*
        FROM usage_record r JOIN found USING (occurred_at, attempt_id, record_id), LATERAL (
            SELECT sum(input_tokens)::bigint, sum(cached_input_tokens)::bigint, sum(cache_write_tokens)::bigint, sum(output_tokens)::bigint,
                sum(reasoning_tokens)::bigint, sum(cache_write_hour_tokens)::bigint,
                coalesce(sum(input_nanos), 0)::bigint, coalesce(sum(cached_input_nanos), 0)::bigint, coalesce(sum(cache_write_nanos), 0)::bigint,
                coalesce(sum(output_nanos), 0)::bigint, coalesce(sum(reasoning_nanos), 0)::bigint, coalesce(sum(request_nanos), 0)::bigint,
                coalesce(sum(cache_write_hour_nanos), 0)::bigint, sum(coalesce(requests, CASE WHEN corrects_record_id IS NULL THEN 1 ELSE 0 END))::bigint
            FROM (SELECT r.* UNION ALL SELECT d.* FROM usage_record d WHERE d.corrects_record_id = r.record_id
                UNION ALL SELECT n.* FROM usage_record d JOIN usage_record n ON n.corrects_record_id = d.record_id WHERE d.corrects_record_id = r.record_id) AS record) remains
        """;

    /// <summary>Writes the records of identities that were added in this transaction.</summary>
    public static Task CopyAsync(
        NpgsqlTransaction transaction, IReadOnlyList<RatedUsage> rows, DateTimeOffset recordedAt, string currency, CancellationToken cancellationToken) =>
        CopyRows.WriteAsync(
            transaction, UsageColumns.Copy, rows, (buffer, usage) => UsageColumns.Write(buffer, usage, recordedAt, currency), cancellationToken);

    /// <summary>Those of the records that are stored and kept.</summary>
    /// <param name="transaction">Where corrections are decided: their records are locked, so that no two transactions take back the same money. Null: look only.</param>
    public static async Task<Dictionary<Guid, CorrectedRecord>> ReadCorrectedAsync(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, Guid[] recordIds, CancellationToken cancellationToken)
    {
        if (transaction is not null)
        {
            await IdentityStore.LockAsync(transaction, recordIds, cancellationToken);
        }

        var corrected = new Dictionary<Guid, CorrectedRecord>(recordIds.Length);
        await using var command = new NpgsqlCommand(SelectCorrected, connection) { Parameters = { new() { Value = recordIds } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var record = UsageReader.Read(reader);
            const int Own = UsageReader.ColumnCount;
            corrected.Add(
                Guid.Parse(record.RecordId),
                new CorrectedRecord(record.Event, record.WorkloadRule, reader.GetInt64(Own), reader.GetInt64(Own + 1), ReadLeft(reader, Own + 2)));
        }

        return corrected;
    }

    private static UsageLeft ReadLeft(NpgsqlDataReader reader, int first)
    {
        return new UsageLeft(
            new TokenCounts(Sum(0), Sum(1), Sum(2), Sum(3), Sum(4), Sum(5)), new Rating.Cost(Sum(6), Sum(7), Sum(8), Sum(9), Sum(10), Sum(11), Sum(12)), Sum(13));

        long Sum(int column) => reader.GetInt64(first + column);
    }
}
