using System.Text;
using System.Text.Json;

namespace Platform.ProviderSimulator.Generation;

/// <summary>
/// A value that fits a JSON schema, as far as structured outputs and tools use it: objects with all their properties, arrays, enumerations, constants,
/// references, alternatives (the first), minimum values. A schema that is none gives an object with one word.
/// </summary>
internal sealed class SchemaValue(JsonElement root, ulong seed)
{
    private const int Deepest = 12;

    private int place;

    public void Write(Utf8JsonWriter writer)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            writer.WriteStartObject();
            writer.WriteString("answer"u8, Word());
            writer.WriteEndObject();
            return;
        }
        Write(writer, root, 0);
    }

    private void Write(Utf8JsonWriter writer, JsonElement schema, int depth)
    {
        if (schema.ValueKind != JsonValueKind.Object || depth > Deepest)
        {
            writer.WriteNullValue();
        }
        else if (schema.TryGetProperty("$ref"u8, out var reference))
        {
            Write(writer, Resolve(reference.GetString() ?? ""), depth + 1);
        }
        else if (schema.TryGetProperty("const"u8, out var constant))
        {
            constant.WriteTo(writer);
        }
        else if (First(schema, "enum"u8) is { } choice)
        {
            choice.WriteTo(writer);
        }
        else if ((First(schema, "anyOf"u8) ?? First(schema, "oneOf"u8) ?? First(schema, "allOf"u8)) is { } alternative)
        {
            Write(writer, alternative, depth + 1);
        }
        else
        {
            WriteType(writer, schema, depth);
        }
    }

    private void WriteType(Utf8JsonWriter writer, JsonElement schema, int depth)
    {
        switch (TypeOf(schema))
        {
            case "object":
                WriteObject(writer, schema, depth);
                break;
            case "array":
                writer.WriteStartArray();
                for (var i = 0; i < Math.Clamp(Number(schema, "minItems"u8, 1), 1, 10); i++)
                {
                    Write(writer, schema.TryGetProperty("items"u8, out var items) ? items : default, depth + 1);
                }
                writer.WriteEndArray();
                break;
            case "integer" or "number":
                writer.WriteNumberValue(Number(schema, "minimum"u8, 1));
                break;
            case "boolean":
                writer.WriteBooleanValue(true);
                break;
            case "null":
                writer.WriteNullValue();
                break;
            default:
                writer.WriteStringValue(Word());
                break;
        }
    }

    private void WriteObject(Utf8JsonWriter writer, JsonElement schema, int depth)
    {
        writer.WriteStartObject();
        if (schema.TryGetProperty("properties"u8, out var properties) && properties.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in properties.EnumerateObject())
            {
                writer.WritePropertyName(property.Name);
                Write(writer, property.Value, depth + 1);
            }
        }
        writer.WriteEndObject();
    }

    /// <summary>The first of a list of types that is not null.</summary>
    private static string? TypeOf(JsonElement schema)
    {
        if (!schema.TryGetProperty("type"u8, out var type))
        {
            return schema.TryGetProperty("properties"u8, out _) ? "object" : null;
        }
        return type.ValueKind switch
        {
            JsonValueKind.String => type.GetString(),
            JsonValueKind.Array => type.EnumerateArray().Select(one => one.ToString()).FirstOrDefault(one => one != "null"),
            _ => null,
        };
    }

    private JsonElement Resolve(string reference)
    {
        var found = root;
        foreach (var step in reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(step, out found))
            {
                return default;
            }
        }
        return found;
    }

    private static JsonElement? First(JsonElement schema, ReadOnlySpan<byte> name) =>
        schema.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array && list.GetArrayLength() > 0 ? list[0] : null;

    private static long Number(JsonElement schema, ReadOnlySpan<byte> name, long absent) =>
        schema.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : absent;

    private string Word() => Encoding.ASCII.GetString(OutputText.Token(seed, place++)).Trim();
}
