using System.Text;
using System.Text.Json;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes;

/// <summary>
/// Usage as OpenAI and the providers compatible with it state it: what was read from a cache and what was written to one are parts of the input, reasoning is part of the output.
/// Moonshot and DeepSeek state what was read from a cache beside the details, as <c>cached_tokens</c> and <c>prompt_cache_hit_tokens</c>: that is taken where the details say none, and never added to them.
/// Some (xAI, Gemini) count reasoning beside the output and bill it as output: the total tells, being more than the two. Chat completions and responses differ in the names alone.
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
        long? input = null, output = null;
        long cached = 0, written = 0, reasoning = 0, none = 0, total = 0, cachedBeside = 0;
        var sound = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isInput = reader.ValueTextEquals(_input);
            var isOutput = reader.ValueTextEquals(_output);
            var isInputDetails = reader.ValueTextEquals(_inputDetails);
            var isOutputDetails = reader.ValueTextEquals(_outputDetails);
            var isTotal = reader.ValueTextEquals("total_tokens"u8);
            var isCached = reader.ValueTextEquals("cached_tokens"u8) || reader.ValueTextEquals("prompt_cache_hit_tokens"u8);
            reader.Read();
            if (isInput || isOutput)
            {
                sound &= TokenCount.TryRead(ref reader, out var count);
                input = isInput ? count : input;
                output = isInput ? output : count;
            }
            else if (isInputDetails && reader.TokenType == JsonTokenType.StartObject)
            {
                sound &= TryReadDetails(ref reader, "cached_tokens"u8, ref cached, "cache_write_tokens"u8, ref written);
            }
            else if (isOutputDetails && reader.TokenType == JsonTokenType.StartObject)
            {
                sound &= TryReadDetails(ref reader, "reasoning_tokens"u8, ref reasoning, default, ref none);
            }
            else if (isCached && reader.TokenType != JsonTokenType.Null)
            {
                sound &= TokenCount.TryRead(ref reader, out var count);
                cachedBeside = Math.Max(cachedBeside, count);
            }
            else if (isTotal && TokenCount.TryRead(ref reader, out var sum))
            {
                // One that cannot be read is nothing against a usage that states both of its parts.
                total = sum;
            }
            else
            {
                reader.Skip();
            }
        }

        if (!sound || input is not { } sent || output is not { } said)
        {
            return null;
        }

        cached = cached == 0 ? cachedBeside : cached;
        var beside = Math.Max(0, total - sent - said);
        return sent >= cached + written && said + beside >= reasoning
            ? new CallUsage(sent - cached - written, cached, said + beside, reasoning, written) { BesideOutput = beside }
            : null;
    }

    private static bool TryReadDetails(ref Utf8JsonReader reader, ReadOnlySpan<byte> first, ref long firstCount, ReadOnlySpan<byte> second, ref long secondCount)
    {
        var sound = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isFirst = reader.ValueTextEquals(first);
            var isSecond = reader.ValueTextEquals(second);
            reader.Read();
            if ((isFirst || isSecond) && reader.TokenType != JsonTokenType.Null)
            {
                sound &= TokenCount.TryRead(ref reader, out var count);
                firstCount = isFirst ? count : firstCount;
                secondCount = isFirst ? secondCount : count;
            }
            else
            {
                reader.Skip();
            }
        }

        return sound;
    }
}
