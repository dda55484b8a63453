using System.Text.Json;

namespace Platform.Contracts.Events;

/// <summary>One item of <see cref="UsageMetered"/> as a list: what every item has, and behind it, for those that have any of them, what fewer and fewer have.</summary>
internal static class UsageMeteredItemJson
{
    /// <param name="caller">Its place among the message's callers.</param>
    /// <param name="route">Likewise.</param>
    public static void Write(Utf8JsonWriter writer, UsageMeteredItem item, int caller, int route)
    {
        writer.WriteStartArray();
        writer.WriteNumberValue(caller);
        writer.WriteNumberValue(route);
        writer.WriteStringValue(item.RecordId);
        writer.WriteStringValue(item.AttemptId);
        Write(writer, item.CostNanos);
        writer.WriteNumberValue(item.InputTokens);
        writer.WriteNumberValue(item.OutputTokens);
        writer.WriteStringValue(item.OccurredAt);
        writer.WriteStringValue(item.Traceparent);
        var hasShadow = item.ShadowRule.Length > 0 || item.ShadowCostNanos is not null;
        var isCompared = hasShadow || item.PrimaryCostNanos is not null || item.DefaultCostNanos is not null;
        var isRare = isCompared || item.BookedAt is not null || item.Calls is not null;
        if (isRare || item.CorrectsRecordId is not null || item.LeaseId is not null || item.BoundNanos != 0)
        {
            Write(writer, item.CorrectsRecordId);
            Write(writer, item.LeaseId);
            writer.WriteNumberValue(item.BoundNanos);
        }

        if (isRare)
        {
            Write(writer, item.BookedAt);
            Write(writer, item.Calls);
        }

        if (isCompared)
        {
            Write(writer, item.PrimaryCostNanos);
            Write(writer, item.DefaultCostNanos);
        }

        if (hasShadow)
        {
            writer.WriteStringValue(item.ShadowRule);
            Write(writer, item.ShadowCostNanos);
        }

        writer.WriteEndArray();
    }

    /// <exception cref="JsonException">It names a place that the message does not have.</exception>
    public static UsageMeteredItem Read(ref Utf8JsonReader reader, List<UsageCaller> callers, List<UsageRoute> routes)
    {
        reader.Read();
        var caller = UsageMeteredJson.At(callers, reader.GetInt32());
        reader.Read();
        var route = UsageMeteredJson.At(routes, reader.GetInt32());
        reader.Read();
        var recordId = reader.GetGuid();
        reader.Read();
        var attemptId = reader.GetGuid();
        reader.Read();
        long? cost = reader.TokenType == JsonTokenType.Null ? null : reader.GetInt64();
        reader.Read();
        var input = reader.GetInt64();
        reader.Read();
        var output = reader.GetInt64();
        reader.Read();
        var occurredAt = reader.GetDateTimeOffset();
        reader.Read();
        var traceparent = reader.GetString();
        reader.Read();
        var (corrects, lease, bound) = reader.TokenType == JsonTokenType.EndArray ? default : ReadLease(ref reader);
        var (bookedAt, calls) = reader.TokenType == JsonTokenType.EndArray ? default : ReadRare(ref reader);
        var (primary, byDefault) = reader.TokenType == JsonTokenType.EndArray ? default : (ReadNumber(ref reader), ReadNumber(ref reader));
        var (shadowRule, shadow) = reader.TokenType == JsonTokenType.EndArray ? ("", null) : ReadShadow(ref reader);
        return new UsageMeteredItem(
            recordId, attemptId, route.Funding, caller.TeamId, route.Workload, route.Lane, route.Provider, route.Model, cost, route.Currency, input, output,
            route.Fallback, occurredAt, route.RecordedAt, traceparent, corrects, lease, bound, caller.UserId, caller.ApplicationId, bookedAt, calls, primary, byDefault, shadowRule, shadow);
    }

    private static (string Rule, long? Cost) ReadShadow(ref Utf8JsonReader reader)
    {
        var rule = reader.GetString() ?? throw new JsonException("A rule's name is missing.");
        reader.Read();
        return (rule, ReadNumber(ref reader));
    }

    /// <summary>A number or null, and on to what follows it.</summary>
    private static long? ReadNumber(ref Utf8JsonReader reader)
    {
        long? number = reader.TokenType == JsonTokenType.Null ? null : reader.GetInt64();
        reader.Read();
        return number;
    }

    private static (DateTimeOffset? BookedAt, long? Calls) ReadRare(ref Utf8JsonReader reader)
    {
        DateTimeOffset? bookedAt = reader.TokenType == JsonTokenType.Null ? null : reader.GetDateTimeOffset();
        reader.Read();
        return (bookedAt, ReadNumber(ref reader));
    }

    private static (Guid? Corrects, Guid? Lease, long Bound) ReadLease(ref Utf8JsonReader reader)
    {
        Guid? corrects = reader.TokenType == JsonTokenType.Null ? null : reader.GetGuid();
        reader.Read();
        Guid? lease = reader.TokenType == JsonTokenType.Null ? null : reader.GetGuid();
        reader.Read();
        var bound = reader.GetInt64();
        reader.Read();
        return (corrects, lease, bound);
    }

    private static void Write(Utf8JsonWriter writer, long? value)
    {
        if (value is { } number)
        {
            writer.WriteNumberValue(number);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private static void Write(Utf8JsonWriter writer, Guid? value)
    {
        if (value is { } id)
        {
            writer.WriteStringValue(id);
        }
        else
        {
            writer.WriteNullValue();
        }
    }

    private static void Write(Utf8JsonWriter writer, DateTimeOffset? value)
    {
        if (value is { } moment)
        {
            writer.WriteStringValue(moment);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
