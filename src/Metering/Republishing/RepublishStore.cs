using Npgsql;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Metering.Queries;
using Platform.Metering.Repricing;

namespace Platform.Metering.Republishing;

/// <summary>Reads stored records as the items that told of them.</summary>
internal static class RepublishStore
{
    // History moves no money, and what has no price does not until it has one. A correction waits for its attempt's first posting, but for the one that brought its record's first price: that is the first.
    private const string Select = $"""
        SELECT record_id, attempt_id, funding, team_id, workload, lane, provider, model_served, cost_nanos, currency,
            input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens, output_tokens + reasoning_tokens, fallback, occurred_at, recorded_at,
            nullif(traceparent, ''), corrects_record_id, lease_id, coalesce(bound_nanos, 0), user_id, application_id, booked_at,
            CASE
                WHEN corrects_record_id IS NULL THEN false
                WHEN source <> '{RepriceUsage.Source}' THEN true
                ELSE EXISTS (
                        SELECT FROM usage_record o WHERE o.occurred_at = r.occurred_at AND o.record_id = r.corrects_record_id AND (o.cost_nanos IS NOT NULL OR o.corrects_record_id IS NOT NULL))
                    OR EXISTS (
                        SELECT FROM usage_record e WHERE e.corrects_record_id = r.corrects_record_id AND e.source = '{RepriceUsage.Source}'
                            AND (e.recorded_at, e.record_id) < (r.recorded_at, r.record_id))
            END, CASE WHEN adjustment_nanos IS NOT NULL THEN 0::bigint END
        FROM usage_record r
        WHERE recorded_at >= $1 AND (recorded_at, record_id) > ($1, $2) AND recorded_at < $3 AND funding <> $4 AND cost_nanos IS NOT NULL
        ORDER BY recorded_at, record_id LIMIT $5
        """;

    /// <summary>Oldest first, in the order in which they were recorded.</summary>
    public static async Task<List<UsageMeteredItem>> ReadAsync(
        NpgsqlTransaction transaction, PagePosition after, DateTimeOffset before, int limit, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Select, transaction.Connection, transaction)
        {
            // A page is cheap; the first one of a span may pass over much that moves no money.
            CommandTimeout = 0,
            Parameters =
            {
                new() { Value = after.Moment }, new() { Value = after.RecordId }, new() { Value = before }, new() { Value = (short)Funding.History },
                new() { Value = limit },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var items = new List<UsageMeteredItem>();
        while (await reader.ReadAsync(cancellationToken))
        {
            items.Add(Read(reader));
        }

        return items;
    }

    private static UsageMeteredItem Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetGuid(1), UsageMessages.ToClass((Funding)reader.GetInt16(2)), reader.GetString(3), reader.GetString(4), reader.GetString(5),
        reader.GetString(6), reader.GetString(7), reader.GetInt64(8), reader.GetString(9), reader.GetInt64(10), reader.GetInt64(11), reader.GetBoolean(12),
        reader.GetFieldValue<DateTimeOffset>(13), reader.GetFieldValue<DateTimeOffset>(14), reader.IsDBNull(15) ? null : reader.GetString(15),
        reader.GetFieldValue<Guid?>(16), reader.GetFieldValue<Guid?>(17), reader.GetInt64(18), reader.GetString(19), reader.GetString(20),
        reader.GetFieldValue<DateTimeOffset?>(21), AwaitsRecord: reader.GetBoolean(22),
        Calls: reader.GetFieldValue<long?>(23));
}
