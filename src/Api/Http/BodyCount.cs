using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Platform.Api.Http;

/// <summary>Counts the entries and values of JSON without keeping any. Pure.</summary>
internal static class BodyCount
{
    private const int MostDepth = 64;

    /// <summary>Null when the body is within its bounds, or is no JSON up to where it would leave them.</summary>
    public static string? Refusal(ReadOnlySequence<byte> body, BodyBounds bounds)
    {
        var reader = new Utf8JsonReader(WithoutMark(body), isFinalBlock: true, new JsonReaderState(new JsonReaderOptions { MaxDepth = MostDepth }));
        try
        {
            return Refusal(ref reader, bounds);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string? Refusal(ref Utf8JsonReader reader, BodyBounds bounds)
    {
        // By depth: how many entries the list has that is open there, and what it is called; an object counts none.
        Span<int> entries = stackalloc int[MostDepth + 1];
        var names = new string?[MostDepth + 1];
        var values = 0;
        string? name = null;
        while (reader.Read())
        {
            var depth = reader.CurrentDepth;
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    // Not GetString, which throws for text that is none.
                    name = depth > 1 ? null : reader.HasValueSequence ? Encoding.UTF8.GetString(reader.ValueSequence) : Encoding.UTF8.GetString(reader.ValueSpan);
                    continue;
                case JsonTokenType.EndArray or JsonTokenType.EndObject:
                    continue;
                case JsonTokenType.StartArray or JsonTokenType.StartObject:
                    (entries[depth + 1], names[depth + 1]) = (reader.TokenType == JsonTokenType.StartArray ? 0 : int.MinValue, name);
                    break;
            }

            if (depth > 0 && ++entries[depth] > bounds.Entries)
            {
                return $"{names[depth] ?? "A list"} has more than {bounds.Entries} entries; at most as many go into one request. Split it.";
            }

            if (++values > bounds.Values)
            {
                return $"The body has more than {bounds.Values} values. Split it.";
            }
        }

        return null;
    }

    /// <summary>The serializer passes over a byte order mark, as this must.</summary>
    private static ReadOnlySequence<byte> WithoutMark(ReadOnlySequence<byte> body)
    {
        Span<byte> start = stackalloc byte[3];
        if (body.Length < start.Length)
        {
            return body;
        }

        body.Slice(0, start.Length).CopyTo(start);
        return start.SequenceEqual("\uFEFF"u8) ? body.Slice(start.Length) : body;
    }
}
