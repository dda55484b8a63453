using System.Text.Json;
using Platform.Routing.Calls;
using Platform.Routing.Pricing;

namespace Platform.Routing.Shapes.Messages;

/// <summary>
/// Usage as Anthropic states it: kinds of input apart from each other, what is written to caches as a sum and by how long it is kept, thinking within output. In a
/// stream it comes in pieces, of which each replaces what it names.
/// </summary>
/// <remarks>
/// Classifiers refuse with 200 and the stop reason <c>refusal</c>. One that came before any output states the usage too, but since 2026-09-24 it is billed only where <c>stop_details.category</c> is one
/// of <see cref="IsBilled"/> (https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons, as of September 2026). Output tokens may be 1 although there is no content, so the content tells.
/// </remarks>
internal sealed class MessagesUsage
{
    private long? _input;
    private long? _output;
    private long? _read;
    private long? _written;
    private CacheWrites _kinds;
    private string? _tier;
    private string? _region;
    private string? _category;
    private bool _isRefused;
    private bool _isEmpty;
    private bool _isSound = true;

    /// <summary>So far the answer has no content, and it refuses.</summary>
    public bool IsRefusal => _isRefused && _isEmpty;

    /// <summary>Null while it is not whole, or when it contradicts itself. Writes that no kind is said of count as those of the shorter-lived cache, and are said to be such.</summary>
    public CallUsage? Known
    {
        get
        {
            if (!_isSound || _input is not { } input || _output is not { } output)
            {
                return null;
            }

            var hour = _kinds.Hour ?? 0;
            var minutes = _kinds.Minutes ?? ((_written ?? hour) - hour);
            return minutes < 0 || (_written is { } written && written != minutes + hour) ? null : (new CallUsage(input, _read ?? 0, output, 0, minutes, hour)
            {
                UntoldWrites = _kinds is { Minutes: null, Hour: null } ? minutes : 0,
                Tier = _tier,
                Region = _region,
                Refusal = !IsRefusal ? Refusal.None : IsBilled(_category) ? Refusal.Billed : Refusal.FreeAtAnthropic,
            }).Of(hasContent: !_isEmpty);
        }
    }

    private static bool IsBilled(string? category) => category is "bio" or "frontier_llm" or "reasoning_extraction";

    /// <summary>A block of the answer has begun, in a stream.</summary>
    public void BeginContent() => _isEmpty = false;

    /// <summary>Reads the <c>usage</c> of a message, or of an event of a stream (there of its <c>message</c> too). Never throws. True: the object itself had one.</summary>
    public bool Read(ReadOnlySpan<byte> json)
    {
        var reader = AnswerJson.Reader(json);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && ReadObject(ref reader, isWhole: true);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The latter is what a name with half of a surrogate pair gives.
            return _isSound = false;
        }
    }

    /// <param name="isWhole">Not the message or the delta of an event.</param>
    private bool ReadObject(ref Utf8JsonReader reader, bool isWhole)
    {
        var found = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isUsage = reader.ValueTextEquals("usage"u8);
            var isPart = isWhole && (reader.ValueTextEquals("message"u8) || reader.ValueTextEquals("delta"u8));
            var isContent = reader.ValueTextEquals("content"u8);
            var isReason = reader.ValueTextEquals("stop_reason"u8);
            var isDetails = reader.ValueTextEquals("stop_details"u8);
            reader.Read();
            if (isContent)
            {
                ReadContent(ref reader);
            }
            else if (isReason)
            {
                _isRefused = reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("refusal"u8);
                reader.Skip();
            }
            else if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
            }
            else if (isUsage)
            {
                found = true;
                ReadUsage(ref reader);
            }
            else if (isDetails)
            {
                ReadDetails(ref reader);
            }
            else if (isPart)
            {
                ReadObject(ref reader, isWhole: false);
            }
            else
            {
                reader.Skip();
            }
        }

        return found;
    }

    private void ReadContent(ref Utf8JsonReader reader)
    {
        var blocks = 0;
        var isArray = reader.TokenType == JsonTokenType.StartArray;
        while (isArray && reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            blocks++;
            reader.Skip();
        }

        _isEmpty = isArray && blocks == 0;
        reader.Skip();
    }

    private void ReadDetails(ref Utf8JsonReader reader)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isCategory = reader.ValueTextEquals("category"u8);
            reader.Read();
            _category = isCategory && reader.TokenType == JsonTokenType.String ? reader.GetString() : _category;
            reader.Skip();
        }
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
            else if (reader.ValueTextEquals("inference_geo"u8))
            {
                reader.Read();
                _region = InferenceRegions.Read(ref reader) ?? _region;
            }
            else if (reader.ValueTextEquals("cache_creation"u8))
            {
                reader.Read();
                _isSound &= _kinds.TryRead(ref reader);
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
