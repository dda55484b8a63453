using System.Text;
using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes;

/// <summary>
/// Reads usage as OpenAI and the providers compatible with it state it; what the figures mean together <see cref="OpenAiCounts"/> says. Moonshot and DeepSeek state what was read from a cache beside the details, as
/// <c>cached_tokens</c> and <c>prompt_cache_hit_tokens</c>. What was written to one is <c>cache_write_tokens</c> (OpenAI, OpenRouter), <c>cache_creation_tokens</c> (LiteLLM) or <c>cache_creation_input_tokens</c> (Alibaba) of the details, or
/// stands by Anthropic's names beside them, and some say how long it is kept. Chat completions and responses differ in the names alone.
/// </summary>
internal sealed class OpenAiUsage
{
    public static readonly OpenAiUsage OfCompletions = new("prompt_tokens", "completion_tokens");
    public static readonly OpenAiUsage OfResponses = new("input_tokens", "output_tokens");

    private readonly byte[] _input;
    private readonly byte[] _inputDetails;
    private readonly byte[] _output;
    private readonly byte[] _outputDetails;

    private OpenAiUsage(string input, string output)
    {
        (_input, _inputDetails) = (Encoding.UTF8.GetBytes(input), Encoding.UTF8.GetBytes(input + "_details"));
        (_output, _outputDetails) = (Encoding.UTF8.GetBytes(output), Encoding.UTF8.GetBytes(output + "_details"));
    }

    /// <param name="reader">At the beginning of the <c>usage</c> object; afterwards at its end.</param>
    /// <returns>Null: input or output is not stated, or the counts contradict each other, so the usage is unknown.</returns>
    public CallUsage? Read(ref Utf8JsonReader reader)
    {
        var counts = default(OpenAiCounts);
        var sound = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals(_input))
            {
                sound &= TryTake(ref reader, out var count);
                counts.Input = count;
            }
            else if (reader.ValueTextEquals(_output))
            {
                sound &= TryTake(ref reader, out var count);
                counts.Output = count;
            }
            else if (reader.ValueTextEquals("total_tokens"u8))
            {
                // One that cannot be read is nothing against a usage that states both of its parts.
                counts.Total = TryTake(ref reader, out var sum) ? sum : counts.Total;
            }
            else if (reader.ValueTextEquals(_inputDetails))
            {
                sound &= TryReadDetails(ref reader, ref counts);
            }
            else if (reader.ValueTextEquals(_outputDetails))
            {
                sound &= TryReadReasoning(ref reader, ref counts.Reasoning);
            }
            else if (reader.ValueTextEquals("cached_tokens"u8) || reader.ValueTextEquals("prompt_cache_hit_tokens"u8))
            {
                sound &= TryRaise(ref reader, ref counts.CachedBeside);
            }
            else if (reader.ValueTextEquals("cache_read_input_tokens"u8))
            {
                sound &= TryRaise(ref reader, ref counts.AnthropicRead);
            }
            else if (reader.ValueTextEquals("cache_creation_input_tokens"u8))
            {
                sound &= TryRaise(ref reader, ref counts.AnthropicWritten);
            }
            else
            {
                sound &= TryReadKinds(ref reader, ref counts);
            }
        }

        return sound ? counts.ToUsage() : null;
    }

    /// <param name="reader">At a name, as for all that follow; afterwards at its value's end.</param>
    private static bool TryReadDetails(ref Utf8JsonReader reader, ref OpenAiCounts counts)
    {
        var sound = true;
        var isObject = IsObject(ref reader);
        while (isObject && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("cached_tokens"u8))
            {
                sound &= TryRaise(ref reader, ref counts.Cached);
                counts.TellsCaches |= reader.TokenType != JsonTokenType.Null;
            }
            else if (reader.ValueTextEquals("cache_write_tokens"u8) || reader.ValueTextEquals("cache_creation_tokens"u8) || reader.ValueTextEquals("cache_creation_input_tokens"u8))
            {
                sound &= TryRaise(ref reader, ref counts.Written);
                counts.TellsCaches |= reader.TokenType != JsonTokenType.Null;
            }
            else
            {
                sound &= TryReadKinds(ref reader, ref counts);
            }
        }

        return sound;
    }

    private static bool TryReadReasoning(ref Utf8JsonReader reader, ref long reasoning)
    {
        var sound = true;
        var isObject = IsObject(ref reader);
        while (isObject && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("reasoning_tokens"u8))
            {
                sound &= TryRaise(ref reader, ref reasoning);
            }
            else
            {
                reader.Skip();
            }
        }

        return sound;
    }

    /// <summary>By how long caches keep what was written to them, under Anthropic's name and LiteLLM's; what has another name is skipped.</summary>
    private static bool TryReadKinds(ref Utf8JsonReader reader, ref OpenAiCounts counts)
    {
        if (!reader.ValueTextEquals("cache_creation"u8) && !reader.ValueTextEquals("cache_creation_token_details"u8))
        {
            reader.Skip();
            return true;
        }

        reader.Read();
        return counts.Kinds.TryRead(ref reader);
    }

    private static bool IsObject(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            return true;
        }

        reader.Skip();
        return false;
    }

    private static bool TryTake(ref Utf8JsonReader reader, out long count)
    {
        reader.Read();
        return TokenCount.TryRead(ref reader, out count);
    }

    /// <summary>Null says nothing; of several names for the same tokens the highest figure counts.</summary>
    private static bool TryRaise(ref Utf8JsonReader reader, ref long figure)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        var sound = TokenCount.TryRead(ref reader, out var count);
        figure = Math.Max(figure, count);
        return sound;
    }
}
