using Npgsql;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;
using Platform.Metering.Repricing;

namespace Platform.Metering.Intake;

/// <param name="WorkloadRule">The rule that gave it its workload; empty for none.</param>
/// <param name="InputTokens">What the record's context tier follows from: all kinds of its input, or what it says where it stands for many requests.</param>
/// <param name="CostNanos">Of the record and all its corrections so far, with what late prices have corrected those by.</param>
/// <param name="PriceId">The version that it is rated at by now: its own, or that of the last price that came late for it; 0 while unpriced.</param>
internal sealed record CorrectedRecord(UsageEvent Event, string WorkloadRule, long InputTokens, long CostNanos, long PriceId);

/// <summary>Writes usage records, whose identities are known by then, and reads those that are corrected.</summary>
internal static class UsageStore
{
    private const string SelectCorrected = $"""
        WITH found AS (
            SELECT occurred_at, attempt_id, coalesce(record_id, identity_key) AS record_id FROM usage_identity WHERE identity_key = ANY($1) OR record_id = ANY($1))
        SELECT {UsageReader.Columns},
            coalesce(context_tokens, input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens),
            coalesce(cost_nanos, 0) + coalesce((
                SELECT sum(c.cost_nanos)
                FROM (SELECT d.cost_nanos FROM usage_record d WHERE d.corrects_record_id = r.record_id
                    UNION ALL SELECT n.cost_nanos FROM usage_record d JOIN usage_record n ON n.corrects_record_id = d.record_id
                    WHERE d.corrects_record_id = r.record_id) c), 0)::bigint,
            coalesce((
                SELECT c.price_id FROM usage_record c WHERE c.corrects_record_id = r.record_id AND c.source = '{RepriceUsage.Source}'
                ORDER BY c.recorded_at DESC, c.price_id DESC LIMIT 1), price_id, 0)
        FROM usage_record r JOIN found USING (occurred_at, attempt_id, record_id)
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
                new CorrectedRecord(record.Event, record.WorkloadRule, reader.GetInt64(Own), reader.GetInt64(Own + 1), reader.GetInt64(Own + 2)));
        }

        return corrected;
    }
}
