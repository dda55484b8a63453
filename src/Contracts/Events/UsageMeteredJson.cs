using System.Text.Json;
using System.Text.Json.Serialization;

namespace Platform.Contracts.Events;

/// <summary>
/// How <see cref="UsageMetered"/> is written: what many items have in common (callers, routes) stands once, and an item is a list that begins with its places in
/// those two. A third of the size of objects with names, which matters to every process and disk that it passes (docs/decisions/0044). The form with names, which
/// versions before wrote, is read too.
/// </summary>
internal sealed class UsageMeteredJson : JsonConverter<UsageMetered>
{
    public override UsageMetered Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        Guid batchId = default;
        List<Caller> callers = [];
        List<Route> routes = [];
        List<int> awaiting = [];
        List<Priced> priced = [];
        var items = reader;
        var hasItems = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "batchId":
                    batchId = reader.GetGuid();
                    break;
                case "callers":
                    callers = ReadList(ref reader, ReadCaller);
                    break;
                case "routes":
                    routes = ReadList(ref reader, ReadRoute);
                    break;
                case "items":
                    // Read last, wherever it stands: jsonb has an order of its own.
                    items = reader;
                    hasItems = true;
                    reader.Skip();
                    break;
                case "awaiting":
                    awaiting = ReadPlaces(ref reader);
                    break;
                case "priced":
                    priced = ReadList(ref reader, ReadPriced);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return hasItems
            ? new UsageMetered(batchId, Price(Await(ReadItems(items, callers, routes, options), awaiting), priced))
            : throw new JsonException("UsageMetered has no items.");
    }

    public override void Write(Utf8JsonWriter writer, UsageMetered value, JsonSerializerOptions options)
    {
        var callers = new Places<Caller>();
        var routes = new Places<Route>();
        writer.WriteStartObject();
        writer.WriteString("batchId", value.BatchId);
        writer.WriteStartArray("items");
        foreach (var item in value.Items)
        {
            WriteItem(writer, item, callers.Of(Caller.Of(item)), routes.Of(Route.Of(item)));
        }

        writer.WriteEndArray();
        WriteList(writer, "callers", callers.All, static (writer, caller) => caller.Write(writer));
        WriteList(writer, "routes", routes.All, static (writer, route) => route.Write(writer));
        WriteAwaiting(writer, value.Items);
        WritePriced(writer, value.Items);
        writer.WriteEndObject();
    }

    private static void WriteItem(Utf8JsonWriter writer, UsageMeteredItem item, int caller, int route)
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

    /// <summary>The places of the items that await their record, where there are any: few, and of later versions only.</summary>
    private static void WriteAwaiting(Utf8JsonWriter writer, IReadOnlyList<UsageMeteredItem> items)
    {
        if (!items.Any(item => item.AwaitsRecord))
        {
            return;
        }

        writer.WriteStartArray("awaiting");
        for (var place = 0; place < items.Count; place++)
        {
            if (items[place].AwaitsRecord)
            {
                writer.WriteNumberValue(place);
            }
        }

        writer.WriteEndArray();
    }

    /// <summary>The places of the items that bring calls of before their first price, with how many, where there are any: as few, and of later versions only.</summary>
    private static void WritePriced(Utf8JsonWriter writer, IReadOnlyList<UsageMeteredItem> items)
    {
        if (items.Any(item => item.PricedCalls != 0))
        {
            WriteList(writer, "priced", items.Index().Where(item => item.Item.PricedCalls != 0).Select(item => new Priced(item.Index, item.Item.PricedCalls)), static (writer, priced) =>
            {
                writer.WriteNumberValue(priced.Place);
                writer.WriteNumberValue(priced.Calls);
            });
        }
    }

    private static Priced ReadPriced(ref Utf8JsonReader reader)
    {
        reader.Read();
        var place = reader.GetInt32();
        reader.Read();
        return new Priced(place, reader.GetInt64());
    }

    private static List<UsageMeteredItem> Price(List<UsageMeteredItem> items, List<Priced> priced)
    {
        foreach (var (place, calls) in priced)
        {
            items[place] = At(items, place) with { PricedCalls = calls };
        }

        return items;
    }

    private static List<int> ReadPlaces(ref Utf8JsonReader reader)
    {
        var places = new List<int>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            places.Add(reader.GetInt32());
        }

        return places;
    }

    private static List<UsageMeteredItem> Await(List<UsageMeteredItem> items, List<int> awaiting)
    {
        foreach (var place in awaiting)
        {
            items[place] = At(items, place) with { AwaitsRecord = true };
        }

        return items;
    }

    private static List<UsageMeteredItem> ReadItems(Utf8JsonReader reader, List<Caller> callers, List<Route> routes, JsonSerializerOptions options)
    {
        var items = new List<UsageMeteredItem>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(reader.TokenType == JsonTokenType.StartObject
                ? JsonSerializer.Deserialize<UsageMeteredItem>(ref reader, options)!
                : ReadItem(ref reader, callers, routes));
        }

        return items;
    }

    private static UsageMeteredItem ReadItem(ref Utf8JsonReader reader, List<Caller> callers, List<Route> routes)
    {
        reader.Read();
        var caller = At(callers, reader.GetInt32());
        reader.Read();
        var route = At(routes, reader.GetInt32());
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

    private static Caller ReadCaller(ref Utf8JsonReader reader) => new(NextText(ref reader), NextText(ref reader), NextText(ref reader));

    private static Route ReadRoute(ref Utf8JsonReader reader)
    {
        var (funding, workload, lane) = (NextText(ref reader), NextText(ref reader), NextText(ref reader));
        var (provider, model, currency) = (NextText(ref reader), NextText(ref reader), NextText(ref reader));
        reader.Read();
        var recordedAt = reader.GetDateTimeOffset();
        reader.Read();
        return new Route(funding, workload, lane, provider, model, currency, recordedAt, reader.GetBoolean());
    }

    private static List<T> ReadList<T>(ref Utf8JsonReader reader, Reading<T> read)
    {
        var list = new List<T>();
        while (reader.Read() && reader.TokenType == JsonTokenType.StartArray)
        {
            list.Add(read(ref reader));
            reader.Read();
        }

        return list;
    }

    private static void WriteList<T>(Utf8JsonWriter writer, string name, IEnumerable<T> list, Action<Utf8JsonWriter, T> write)
    {
        writer.WriteStartArray(name);
        foreach (var entry in list)
        {
            writer.WriteStartArray();
            write(writer, entry);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
    }

    private static T At<T>(List<T> list, int place) =>
        place >= 0 && place < list.Count ? list[place] : throw new JsonException($"An item names place {place} of {list.Count} {typeof(T).Name}s.");

    private static string NextText(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.GetString() ?? throw new JsonException("A text is missing.");
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

    private delegate T Reading<T>(ref Utf8JsonReader reader);

    private readonly record struct Priced(int Place, long Calls);

    private readonly record struct Caller(string TeamId, string UserId, string ApplicationId)
    {
        public static Caller Of(UsageMeteredItem item) => new(item.TeamId, item.UserId, item.ApplicationId);

        public void Write(Utf8JsonWriter writer)
        {
            writer.WriteStringValue(TeamId);
            writer.WriteStringValue(UserId);
            writer.WriteStringValue(ApplicationId);
        }
    }

    private readonly record struct Route(
        string Funding, string Workload, string Lane, string Provider, string Model, string Currency, DateTimeOffset RecordedAt, bool Fallback)
    {
        public static Route Of(UsageMeteredItem item) =>
            new(item.Funding, item.Workload, item.Lane, item.Provider, item.Model, item.Currency, item.RecordedAt, item.Fallback);

        public void Write(Utf8JsonWriter writer)
        {
            writer.WriteStringValue(Funding);
            writer.WriteStringValue(Workload);
            writer.WriteStringValue(Lane);
            writer.WriteStringValue(Provider);
            writer.WriteStringValue(Model);
            writer.WriteStringValue(Currency);
            writer.WriteStringValue(RecordedAt);
            writer.WriteBooleanValue(Fallback);
        }
    }

    private sealed class Places<T>
        where T : notnull
    {
        private readonly Dictionary<T, int> _places = [];

        public List<T> All { get; } = [];

        public int Of(T value)
        {
            if (!_places.TryGetValue(value, out var place))
            {
                _places.Add(value, place = All.Count);
                All.Add(value);
            }

            return place;
        }
    }
}
