using System.Text.Json;
using System.Text.Json.Serialization;

namespace Platform.Contracts.Events;

/// <summary>
/// Tags as an object of text by text, read as they were written: names that differ in case alone are two, which MassTransit's own reading of dictionaries takes for one and fails.
/// </summary>
internal sealed class TagsJson : JsonConverter<IReadOnlyDictionary<string, string>>
{
    public override IReadOnlyDictionary<string, string> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("Tags are an object.");
        }

        var tags = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            tags[name] = reader.GetString() ?? "";
        }

        return tags;
    }

    public override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, string> value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (name, text) in value)
        {
            writer.WriteString(name, text);
        }

        writer.WriteEndObject();
    }
}
