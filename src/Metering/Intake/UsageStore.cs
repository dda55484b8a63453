using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;

namespace Platform.Metering.Intake;

/// <param name="CostNanos">Of the record and all its corrections so far.</param>
/// <param name="InputTokens">Of the record, all kinds of input: its context tier follows from them.</param>
/// <param name="LeaseId">The lease that its attempt was drawn from; null for none.</param>
/// <param name="BoundNanos">What was set aside for the attempt in its lease.</param>
internal sealed record CorrectedRecord(string TeamId, Funding Funding, long CostNanos, long InputTokens, Guid? LeaseId, long BoundNanos);

/// <summary>Writes usage records, a batch a statement.</summary>
internal static class UsageStore
{
    private static readonly Column[] Columns =
    [
        new Column<Guid>("record_id", NpgsqlDbType.Uuid, usage => usage.RecordId),
        new Column<DateTimeOffset>("occurred_at", NpgsqlDbType.TimestampTz, usage => usage.OccurredAt),
        new Column<Guid>("attempt_id", NpgsqlDbType.Uuid, usage => usage.AttemptId),
        new Column<Guid>("call_id", NpgsqlDbType.Uuid, usage => usage.CallId),
        new Column<Guid?>("corrects_record_id", NpgsqlDbType.Uuid, usage => usage.CorrectsRecordId),
        new Column<long?>("price_id", NpgsqlDbType.Bigint, usage => usage.PriceId),
        new Column<long>("input_tokens", NpgsqlDbType.Bigint, usage => usage.Tokens.Input),
        new Column<long>("cached_input_tokens", NpgsqlDbType.Bigint, usage => usage.Tokens.CachedInput),
        new Column<long>("cache_write_tokens", NpgsqlDbType.Bigint, usage => usage.Tokens.CacheWrite),
        new Column<long>("output_tokens", NpgsqlDbType.Bigint, usage => usage.Tokens.Output),
        new Column<long>("reasoning_tokens", NpgsqlDbType.Bigint, usage => usage.Tokens.Reasoning),
        new Column<long>("cache_write_hour_tokens", NpgsqlDbType.Bigint, usage => usage.Tokens.CacheWriteHour),
        new Column<long?>("cache_write_hour_nanos", NpgsqlDbType.Bigint, usage => usage.Cost?.CacheWriteHourNanos),
        new Column<string>("service_tier", NpgsqlDbType.Text, usage => PriceVersion.TierOf(usage.Event.ServiceTier)),
        new Column<string>("region", NpgsqlDbType.Text, usage => usage.Event.Region),
        new Column<long?>("input_nanos", NpgsqlDbType.Bigint, usage => usage.Cost?.InputNanos),
        new Column<long?>("cached_input_nanos", NpgsqlDbType.Bigint, usage => usage.Cost?.CachedInputNanos),
        new Column<long?>("cache_write_nanos", NpgsqlDbType.Bigint, usage => usage.Cost?.CacheWriteNanos),
        new Column<long?>("output_nanos", NpgsqlDbType.Bigint, usage => usage.Cost?.OutputNanos),
        new Column<long?>("reasoning_nanos", NpgsqlDbType.Bigint, usage => usage.Cost?.ReasoningNanos),
        new Column<long?>("request_nanos", NpgsqlDbType.Bigint, usage => usage.Cost?.RequestNanos),
        new Column<long?>("cost_nanos", NpgsqlDbType.Bigint, usage => usage.Cost?.TotalNanos),
        new Column<long>("gateway_ms", NpgsqlDbType.Bigint, usage => usage.Event.GatewayMs),
        new Column<long>("first_token_ms", NpgsqlDbType.Bigint, usage => usage.Event.FirstTokenMs),
        new Column<long>("total_ms", NpgsqlDbType.Bigint, usage => usage.Event.TotalMs),
        new Column<int>("attempt_number", NpgsqlDbType.Integer, usage => Math.Max(usage.Event.AttemptNumber, 1)),
        new Column<short>("funding", NpgsqlDbType.Smallint, usage => (short)usage.Event.Funding),
        new Column<short>("outcome", NpgsqlDbType.Smallint, usage => (short)usage.Event.Outcome),
        new Column<bool>("fallback", NpgsqlDbType.Boolean, usage => usage.Event.Fallback),
        new Column<string>("source", NpgsqlDbType.Text, usage => usage.Event.Source),
        new Column<string>("event_id", NpgsqlDbType.Text, usage => usage.Event.EventId),
        new Column<string>("team_id", NpgsqlDbType.Text, usage => usage.Event.TeamId),
        new Column<string>("user_id", NpgsqlDbType.Text, usage => usage.Event.UserId),
        new Column<string>("key_id", NpgsqlDbType.Text, usage => usage.Event.KeyId),
        new Column<string>("workload", NpgsqlDbType.Text, usage => usage.Event.Workload),
        new Column<string>("lane", NpgsqlDbType.Text, usage => usage.Event.Lane),
        new Column<string>("provider", NpgsqlDbType.Text, usage => usage.Event.Provider),
        new Column<string>("model_asked", NpgsqlDbType.Text, usage => usage.Event.ModelAsked),
        new Column<string>("model_served", NpgsqlDbType.Text, usage => usage.Event.ModelServed),
        new Column<string>("route_reason", NpgsqlDbType.Text, usage => usage.Event.RouteReason),
        new Column<string>("traceparent", NpgsqlDbType.Text, usage => usage.Event.Traceparent),
        new Column<string>("upstream_key", NpgsqlDbType.Text, usage => usage.Event.UpstreamKey),
        new Column<Guid?>("lease_id", NpgsqlDbType.Uuid, usage => usage.LeaseId),
        new Column<long>("bound_nanos", NpgsqlDbType.Bigint, usage => usage.BoundNanos),
        new Column<string>("application_id", NpgsqlDbType.Text, usage => usage.Event.ApplicationId),
        new Column<Guid?>("retry_of", NpgsqlDbType.Uuid, usage => usage.Event.RetryOf.Length == 0 ? null : Guid.Parse(usage.Event.RetryOf)),
        new Column<byte[]?>("prompt_hash", NpgsqlDbType.Bytea, usage => usage.Event.PromptHash.IsEmpty ? null : usage.Event.PromptHash.ToByteArray()),
        new Column<string>("route_policy", NpgsqlDbType.Text, usage => usage.Event.RoutePolicy),
        new Column<string?>("tags", NpgsqlDbType.Jsonb, usage => usage.Event.Tags.Count == 0 ? null : JsonSerializer.Serialize(usage.Event.Tags)),
    ];

    private static readonly string Insert = $"""
        INSERT INTO usage_record ({string.Join(", ", Columns.Select(column => column.Name))}, recorded_at, currency)
        SELECT batch.*, ${Columns.Length + 1}, ${Columns.Length + 2}
        FROM unnest({string.Join(", ", Enumerable.Range(1, Columns.Length).Select(number => $"${number}"))}) AS batch
        ON CONFLICT DO NOTHING
        RETURNING record_id
        """;

    private const string SelectCorrected = """
        SELECT record_id, team_id, funding,
               coalesce(cost_nanos, 0) + coalesce((SELECT sum(c.cost_nanos) FROM usage_record c WHERE c.corrects_record_id = r.record_id), 0)::bigint,
               input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens,
               lease_id, bound_nanos
        FROM usage_record r WHERE record_id = ANY($1)
        """;

    private const string SelectExisting = "SELECT record_id, cost_nanos FROM usage_record WHERE record_id = ANY($1)";

    /// <summary>Stores what is new and answers the ids of it.</summary>
    /// <param name="rows">By record id: two batches that share events meet in one order and cannot deadlock.</param>
    public static async Task<HashSet<Guid>> InsertAsync(
        NpgsqlTransaction transaction, IReadOnlyList<RatedUsage> rows, DateTimeOffset recordedAt, string currency, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction);
        foreach (var column in Columns)
        {
            command.Parameters.Add(column.ToParameter(rows));
        }

        command.Parameters.Add(new NpgsqlParameter<DateTimeOffset> { TypedValue = recordedAt, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = currency });
        await command.PrepareAsync(cancellationToken);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var inserted = new HashSet<Guid>(rows.Count);
        while (await reader.ReadAsync(cancellationToken))
        {
            inserted.Add(reader.GetGuid(0));
        }

        return inserted;
    }

    /// <summary>The cost of those records that are stored; null for an unpriced one.</summary>
    public static async Task<Dictionary<Guid, CorrectedRecord>> ReadCorrectedAsync(
        NpgsqlConnection connection, Guid[] recordIds, CancellationToken cancellationToken)
    {
        var corrected = new Dictionary<Guid, CorrectedRecord>(recordIds.Length);
        await using var command = new NpgsqlCommand(SelectCorrected, connection) { Parameters = { new() { Value = recordIds } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            corrected.Add(
                reader.GetGuid(0),
                new CorrectedRecord(
                    reader.GetString(1), (Funding)reader.GetInt16(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetFieldValue<Guid?>(5),
                    reader.GetInt64(6)));
        }

        return corrected;
    }

    public static async Task<Dictionary<Guid, long?>> ReadCostsAsync(
        NpgsqlConnection connection, IReadOnlyCollection<Guid> recordIds, CancellationToken cancellationToken)
    {
        var costs = new Dictionary<Guid, long?>(recordIds.Count);
        await using var command = new NpgsqlCommand(SelectExisting, connection) { Parameters = { new() { Value = recordIds.ToArray() } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            costs.Add(reader.GetGuid(0), reader.GetFieldValue<long?>(1));
        }

        return costs;
    }

    private abstract record Column(string Name)
    {
        public abstract NpgsqlParameter ToParameter(IReadOnlyList<RatedUsage> rows);
    }

    private sealed record Column<T>(string Name, NpgsqlDbType Type, Func<RatedUsage, T> Select) : Column(Name)
    {
        public override NpgsqlParameter ToParameter(IReadOnlyList<RatedUsage> rows)
        {
            var values = new T[rows.Count];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = Select(rows[i]);
            }

            return new NpgsqlParameter<T[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | Type };
        }
    }
}
