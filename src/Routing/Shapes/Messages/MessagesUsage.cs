using System.Text.Json;
using Platform.Routing.Calls;
using Platform.Routing.Pricing;

namespace Platform.Routing.Shapes.Messages;

/// <summary>
/// Usage as Anthropic states it: kinds of input apart from each other, what is written to caches as a sum and by how long it is kept, thinking within output. In a
/// stream it comes in pieces, of which each replaces what it names.
/// </summary>
internal sealed class MessagesUsage
{
    private long? _input;
    private long? _output;
    private long? _read;
    private long? _written;
    private long? _minutes;
    private long? _hour;
    private string? _tier;
    private bool _isSound = true;

    /// <summary>Null while it is not whole, or when it contradicts itself. Writes that no kind is said of are those of the shorter-lived cache.</summary>
    public CallUsage? Known
    {
        get
        {
            if (!_isSound || _input is not { } input || _output is not { } output)
            {
                return null;
            }

            var hour = _hour ?? 0;
            var minutes = _minutes ?? ((_written ?? hour) - hour);
            return minutes < 0 || (_written is { } written && written != minutes + hour) ? null : new CallUsage(input, _read ?? 0, output, 0, minutes, hour) { Tier = _tier };
        }
    }

    /// <summary>Reads the <c>usage</c> of a message, or of an event of a stream (there of its <c>message</c> too). Never throws. True: the object itself had one.</summary>
    public bool Read(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && ReadObject(ref reader, mayHoldMessage: true);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter is what a name with half of a surrogate pair gives.
            return _isSound = false;
        }
    }

    private bool ReadObject(ref Utf8JsonReader reader, bool mayHoldMessage)
    {
        var found = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUsage = reader.ValueTextEquals("usage"u8);
            var isMessage = mayHoldMessage && reader.ValueTextEquals("message"u8);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
            }
            else if (isUsage)
            {
                found = true;
                ReadUsage(ref reader);
            }
            else if (isMessage)
            {
                ReadObject(ref reader, mayHoldMessage: false);
            }
            else
            {
                reader.Skip();
            }
        }

        return found;
    }

    private void ReadUsage(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("input_tokens"u8))
            {
                Take(ref reader, ref _input);
            }
            else if (reader.ValueTextEquals("output_tokens"u8))
            {
                Take(ref reader, ref _output);
            }
            else if (reader.ValueTextEquals("cache_read_input_tokens"u8))
            {
                Take(ref reader, ref _read);
            }
            else if (reader.ValueTextEquals("cache_creation_input_tokens"u8))
            {
                Take(ref reader, ref _written);
            }
            else if (reader.ValueTextEquals("service_tier"u8))
            {
                reader.Read();
                _tier = ServiceTiers.Read(ref reader) ?? _tier;
            }
            else if (reader.ValueTextEquals("cache_creation"u8))
            {
                ReadWrites(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private void ReadWrites(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("ephemeral_5m_input_tokens"u8))
            {
                Take(ref reader, ref _minutes);
            }
            else if (reader.ValueTextEquals("ephemeral_1h_input_tokens"u8))
            {
                Take(ref reader, ref _hour);
            }
            else
            {
                reader.Skip();
            }
        }
    }

    /// <summary>Null says nothing; anything else but a count is unsound.</summary>
    private void Take(ref Utf8JsonReader reader, ref long? figure)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return;
        }

        _isSound &= TokenCount.TryRead(ref reader, out var count);
        figure = count;
    }
}
