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
        List<UsageCaller> callers = [];
        List<UsageRoute> routes = [];
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
                    callers = ReadList(ref reader, UsageCaller.Read);
                    break;
                case "routes":
                    routes = ReadList(ref reader, UsageRoute.Read);
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
        var callers = new Places<UsageCaller>();
        var routes = new Places<UsageRoute>();
        writer.WriteStartObject();
        writer.WriteString("batchId", value.BatchId);
        writer.WriteStartArray("items");
        foreach (var item in value.Items)
        {
            UsageMeteredItemJson.Write(writer, item, callers.Of(UsageCaller.Of(item)), routes.Of(UsageRoute.Of(item)));
        }

        writer.WriteEndArray();
        WriteList(writer, "callers", callers.All, static (writer, caller) => caller.Write(writer));
        WriteList(writer, "routes", routes.All, static (writer, route) => route.Write(writer));
        WriteAwaiting(writer, value.Items);
        WritePriced(writer, value.Items);
        writer.WriteEndObject();
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

    private static List<UsageMeteredItem> ReadItems(Utf8JsonReader reader, List<UsageCaller> callers, List<UsageRoute> routes, JsonSerializerOptions options)
    {
        var items = new List<UsageMeteredItem>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(reader.TokenType == JsonTokenType.StartObject
                ? JsonSerializer.Deserialize<UsageMeteredItem>(ref reader, options)!
                : UsageMeteredItemJson.Read(ref reader, callers, routes));
        }

        return items;
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

    /// <exception cref="JsonException">There is no such place.</exception>
    internal static T At<T>(List<T> list, int place) =>
        place >= 0 && place < list.Count ? list[place] : throw new JsonException($"An item names place {place} of {list.Count} {typeof(T).Name}s.");

    private delegate T Reading<T>(ref Utf8JsonReader reader);

    private readonly record struct Priced(int Place, long Calls);

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
