namespace Platform.ProviderSimulator.Faults;

/// <summary>How an answer is broken off.</summary>
internal enum Cut
{
    /// <summary>The connection is closed in the middle of the body.</summary>
    Close,

    /// <summary>The connection is reset; what was sent and not yet read is lost.</summary>
    Reset,

    /// <summary>Nothing more comes, for as long as the client waits. A plain answer's headers do not come either.</summary>
    Hang,

    /// <summary>A stream ends in good order, but without its finish and its usage.</summary>
    End,

    /// <summary>A stream says an error and ends. A plain answer is a 500, and billed all the same.</summary>
    Error,

    /// <summary>What stands before the provider answers in its place: 503 with a page. A stream, which has begun by then, is closed in the middle.</summary>
    Proxy,
}

/// <summary>What is wrong with the usage that an answer states.</summary>
internal enum UsageLie
{
    /// <summary>There is none.</summary>
    Missing,

    /// <summary>A part is more than its whole.</summary>
    Contradictory,

    /// <summary>A count is below zero.</summary>
    Negative,

    /// <summary>A count is more than anybody could have sent or generated.</summary>
    Huge,

    /// <summary>Streams of chat completions: every chunk states the usage so far. What the last says is the truth.</summary>
    Running,

    /// <summary>Chat completions: reasoning is counted beside the output, as xAI does; the total counts both.</summary>
    Beside,

    /// <summary>Chat completions: what caches read and were written is left out of the input and stands beside it by Anthropic's names, as Portkey's proxy has it; the total counts all.</summary>
    Apart,
}

/// <summary>How the usage of a stream of chat completions comes.</summary>
internal enum StreamUsage
{
    /// <summary>As OpenAI does: in a chunk of its own, when <c>stream_options</c> ask for it.</summary>
    Asked,

    /// <summary>As Mistral does: with the last chunk, unasked; who sends <c>stream_options</c> is refused with 422.</summary>
    Always,
}

/// <summary>Why a provider takes no request that another would.</summary>
internal enum Refusal
{
    ContextLength,
    ContentPolicy,
}
