using Platform.Routing.Calls;

namespace Platform.Routing.Shapes;

/// <summary>
/// The figures of a usage in OpenAI's shape as they stand there, and what they mean together. Kinds of input are parts of the input, and reasoning of the output. Where the total has more than the two, that is output
/// too: xAI and Gemini count reasoning beside it. What Anthropic's own names say of caches comes on top of the input, and is no output in the total, as proxies have it that pass Anthropic's figures on (Portkey);
/// where the input's details tell anything of caches it is a part, as they are (LiteLLM), unless the total or the input shows that it is none.
/// </summary>
internal struct OpenAiCounts
{
    public long? Input;
    public long? Output;
    public long Total;
    public long Reasoning;

    /// <summary>Read from a cache, by the input's details.</summary>
    public long Cached;

    /// <summary>The details say what caches read or were written, be it 0.</summary>
    public bool TellsCaches;

    /// <summary>Read from a cache, beside the details: Moonshot's and DeepSeek's.</summary>
    public long CachedBeside;

    /// <summary>Written to a cache, by the input's details.</summary>
    public long Written;

    /// <summary>What caches read and were written, by Anthropic's own names beside the details.</summary>
    public long AnthropicRead;
    public long AnthropicWritten;

    public CacheWrites Kinds;

    /// <summary>Null: input or output is not stated, or the counts contradict each other, so the usage is unknown.</summary>
    public readonly CallUsage? ToUsage()
    {
        if (Input is not { } sent || Output is not { } said)
        {
            return null;
        }

        var (minutes, hour) = (Kinds.Minutes ?? 0, Kinds.Hour ?? 0);
        var cached = FirstOf(Cached, CachedBeside, AnthropicRead);
        var written = FirstOf(Written, AnthropicWritten, minutes + hour);
        var beyond = Math.Max(0, Total - sent - said);
        var named = AnthropicRead + AnthropicWritten;
        var isOnTop = named > 0 && (!TellsCaches || beyond == named || sent < cached + written);
        var within = !isOnTop ? cached + written : AnthropicRead > 0 ? 0 : cached;
        var beside = isOnTop && beyond >= named ? beyond - named : beyond;
        var untold = written - minutes - hour;
        return sent >= within && untold >= 0 && said + beside >= Reasoning
            ? new CallUsage(sent - within, cached, said + beside, Reasoning, minutes + untold, hour) { BesideOutput = beside, UntoldWrites = untold }
            : null;
    }

    /// <summary>The first that is above zero: several names for the same tokens, never added up.</summary>
    private static long FirstOf(long first, long second, long third) => first > 0 ? first : second > 0 ? second : third;
}
