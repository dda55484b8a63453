using System.Text.Json;

namespace Platform.Routing.Shapes;

/// <summary>What was written to caches by how long it is kept, as Anthropic states it and as proxies before it pass that on; null where it is not said.</summary>
internal struct CacheWrites
{
    /// <summary>Tokens that are kept for minutes.</summary>
    public long? Minutes { get; private set; }

    /// <summary>Tokens that are kept for an hour.</summary>
    public long? Hour { get; private set; }

    /// <summary>False when one of the two is no count. What is no object says nothing.</summary>
    /// <param name="reader">At the value, at whose end it is afterwards.</param>
    public bool TryRead(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return true;
        }

        var sound = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMinutes = reader.ValueTextEquals("ephemeral_5m_input_tokens"u8);
            var isHour = reader.ValueTextEquals("ephemeral_1h_input_tokens"u8);
            reader.Read();
            if ((isMinutes || isHour) && reader.TokenType != JsonTokenType.Null)
            {
                sound &= TokenCount.TryRead(ref reader, out var count);
                Minutes = isMinutes ? count : Minutes;
                Hour = isHour ? count : Hour;
            }
            else
            {
                reader.Skip();
            }
        }

        return sound;
    }
}
