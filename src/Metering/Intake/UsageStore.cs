using Npgsql;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Intake;

/// <param name="CostNanos">Of the record and all its corrections so far.</param>
/// <param name="InputTokens">What the record's context tier follows from: all kinds of its input, or what it says where it stands for many requests.</param>
/// <param name="LeaseId">The lease that its attempt was drawn from; null for none.</param>
/// <param name="BoundNanos">What was set aside for the attempt in its lease.</param>
internal sealed record CorrectedRecord(
    string TeamId, Funding Funding, long CostNanos, long InputTokens, Guid? LeaseId, long BoundNanos, DateTimeOffset OccurredAt,
    string Workload, string WorkloadRule);

/// <summary>Writes usage records, whose identities are known by then, and reads those that are corrected.</summary>
internal static class UsageStore
{
    private const string SelectCorrected = """
        SELECT r.record_id, r.team_id, r.funding,
               coalesce(r.cost_nanos, 0) + coalesce((SELECT sum(c.cost_nanos) FROM usage_record c WHERE c.corrects_record_id = r.record_id), 0)::bigint,
               coalesce(r.context_tokens, r.input_tokens + r.cached_input_tokens + r.cache_write_tokens + r.cache_write_hour_tokens), r.lease_id,
               r.bound_nanos, r.occurred_at,
               r.workload, r.workload_rule
        FROM usage_identity i
            JOIN usage_record r ON r.occurred_at = i.occurred_at AND r.attempt_id = i.attempt_id AND r.record_id = coalesce(i.record_id, i.identity_key)
        WHERE i.identity_key = ANY($1) OR i.record_id = ANY($1)
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
            corrected.Add(
                reader.GetGuid(0),
                new CorrectedRecord(
                    reader.GetString(1), (Funding)reader.GetInt16(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetFieldValue<Guid?>(5),
                    reader.GetInt64(6), reader.GetFieldValue<DateTimeOffset>(7), reader.GetString(8), reader.GetString(9)));
        }

        return corrected;
    }
}
