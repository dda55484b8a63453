using System.Text.Json;
using Google.Protobuf;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>The columns of a usage record in one order, and a record from them.</summary>
internal static class UsageReader
{
    public const string Columns = """
        record_id, recorded_at, source, event_id, attempt_id, call_id, funding, occurred_at, team_id, user_id, key_id, workload, lane, provider,
        model_asked, model_served, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, price_id, outcome,
        attempt_number, fallback, gateway_ms, first_token_ms, total_ms, route_reason, traceparent, upstream_key, corrects_record_id, tags,
        currency, cost_nanos, input_nanos, cached_input_nanos, cache_write_nanos, output_nanos, reasoning_nanos, request_nanos,
        cache_write_hour_tokens, coalesce(cache_write_hour_nanos, 0), service_tier, region,
        lease_id, bound_nanos, application_id, retry_of, prompt_hash, route_policy, coalesce(booked_at, occurred_at), workload_rule,
        undelivered_ppm, coalesce(requests, 0), context_tokens, import_id,
        primary_cost_nanos, default_cost_nanos, coalesce(shadow_rule, ''), shadow_cost_nanos, coalesce(mark, 0), adjustment_nanos
        """;

    public const int ColumnCount = 63;

    public static UsageRecord Read(NpgsqlDataReader reader) => new()
    {
        RecordId = reader.GetGuid(0).ToString(),
        RecordedAt = reader.GetFieldValue<DateTimeOffset>(1).ToTimestampUtc(),
        Event = ReadEvent(reader),
        BookedAt = reader.GetFieldValue<DateTimeOffset>(51).ToTimestampUtc(),
        WorkloadRule = reader.GetString(52),
        Currency = reader.GetString(33),
        Cost = reader.IsDBNull(34) ? null : ReadCost(reader),
    };

    private static UsageEvent ReadEvent(NpgsqlDataReader reader)
    {
        var usage = new UsageEvent
        {
            Source = reader.GetString(2),
            EventId = reader.GetString(3),
            AttemptId = reader.GetGuid(4).ToString(),
            CallId = reader.GetGuid(5).ToString(),
            Funding = (Funding)reader.GetInt16(6),
            OccurredAt = reader.GetFieldValue<DateTimeOffset>(7).ToTimestampUtc(),
            TeamId = reader.GetString(8),
            UserId = reader.GetString(9),
            KeyId = reader.GetString(10),
            Workload = reader.GetString(11),
            Lane = reader.GetString(12),
            Provider = reader.GetString(13),
            ModelAsked = reader.GetString(14),
            ModelServed = reader.GetString(15),
            Tokens = new Tokens
            {
                Input = reader.GetInt64(16),
                CachedInput = reader.GetInt64(17),
                CacheWrite = reader.GetInt64(18),
                CacheWrite1H = reader.GetInt64(41),
                Output = reader.GetInt64(19),
                Reasoning = reader.GetInt64(20),
            },
            PriceId = reader.IsDBNull(21) ? 0 : reader.GetInt64(21),
            Outcome = (Outcome)reader.GetInt16(22),
            AttemptNumber = reader.GetInt32(23),
            Fallback = reader.GetBoolean(24),
            GatewayMs = reader.GetInt64(25),
            FirstTokenMs = reader.GetInt64(26),
            TotalMs = reader.GetInt64(27),
            RouteReason = reader.GetString(28),
            Traceparent = reader.GetString(29),
            UpstreamKey = reader.GetString(30),
            CorrectsRecordId = reader.IsDBNull(31) ? "" : reader.GetGuid(31).ToString(),
            ServiceTier = reader.GetString(43),
            Region = reader.GetString(44),
            LeaseId = reader.IsDBNull(45) ? "" : reader.GetGuid(45).ToString(),
            BoundNanos = reader.GetInt64(46),
            ApplicationId = reader.GetString(47),
            RetryOf = reader.IsDBNull(48) ? "" : reader.GetGuid(48).ToString(),
            PromptHash = reader.IsDBNull(49) ? ByteString.Empty : UnsafeByteOperations.UnsafeWrap(reader.GetFieldValue<byte[]>(49)),
            RoutePolicy = reader.GetString(50),
            UndeliveredPpm = reader.GetInt32(53),
            Requests = reader.GetInt64(54),
            ImportId = reader.IsDBNull(56) ? "" : reader.GetGuid(56).ToString(),
            ShadowRule = reader.GetString(59),
            Mark = (Mark)reader.GetInt32(61),
        };
        AddComparedCosts(reader, usage);
        if (!reader.IsDBNull(62))
        {
            usage.AdjustmentNanos = reader.GetInt64(62);
        }

        if (!reader.IsDBNull(55))
        {
            usage.ContextTokens = reader.GetInt64(55);
        }

        if (!reader.IsDBNull(32))
        {
            usage.Tags.Add(JsonSerializer.Deserialize<Dictionary<string, string>>(reader.GetString(32))!);
        }

        return usage;
    }

    private static void AddComparedCosts(NpgsqlDataReader reader, UsageEvent usage)
    {
        if (!reader.IsDBNull(57))
        {
            usage.PrimaryCostNanos = reader.GetInt64(57);
        }

        if (!reader.IsDBNull(58))
        {
            usage.DefaultCostNanos = reader.GetInt64(58);
        }

        if (!reader.IsDBNull(60))
        {
            usage.ShadowCostNanos = reader.GetInt64(60);
        }
    }

    private static Cost ReadCost(NpgsqlDataReader reader) => new()
    {
        TotalNanos = reader.GetInt64(34),
        InputNanos = reader.GetInt64(35),
        CachedInputNanos = reader.GetInt64(36),
        CacheWriteNanos = reader.GetInt64(37),
        OutputNanos = reader.GetInt64(38),
        ReasoningNanos = reader.GetInt64(39),
        RequestNanos = reader.GetInt64(40),
        CacheWrite1HNanos = reader.GetInt64(42),
        AdjustmentNanos = reader.IsDBNull(62) ? 0 : reader.GetInt64(62),
    };
}
