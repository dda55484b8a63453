using System.Buffers;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes;

/// <summary>How far a stream is, before its first token.</summary>
internal enum StreamOpening
{
    /// <summary>Nothing of its answer has come: what it has said so far can wait, for it may turn out to be nothing.</summary>
    Waiting,

    /// <summary>Of an event, never of a stream: it only keeps the line open, for the caller too, so what was said before is passed on. No token has come by it.</summary>
    KeptOpen,

    /// <summary>It has said an error instead of a first token.</summary>
    Failed,

    /// <summary>The answer has begun.</summary>
    Begun,
}

/// <summary>Passes one streamed answer through, finds the usage in it, and leaves out what the caller did not ask for. For one answer and one thread.</summary>
internal abstract class StreamFilter
{
    /// <summary>The usage as far as it is known; null so far, or where it contradicts itself.</summary>
    public CallUsage? Usage { get; protected set; }

    /// <summary>Whether what was written may go on to the caller, or waits for what comes next.</summary>
    public StreamOpening Opening { get; protected set; }

    /// <summary>Something of the answer itself has come: what opens a stream, comments and pings are none of it.</summary>
    public bool HasToken { get; protected set; }

    /// <summary>The provider has said an error: before its first token, or amid the answer, of which nothing more will come then.</summary>
    public bool HasFailed { get; protected set; }

    /// <summary>Takes the next bytes of the provider and writes those that may go on.</summary>
    public abstract void Feed(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output);

    /// <summary>Passes on what is left when the provider has ended the stream.</summary>
    public abstract void End(IBufferWriter<byte> output);
}
