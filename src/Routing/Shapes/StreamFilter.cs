using System.Buffers;
using Platform.Routing.Calls;

namespace Platform.Routing.Shapes;

/// <summary>Passes one streamed answer through, finds the usage in it, and leaves out what the caller did not ask for. For one answer and one thread.</summary>
internal abstract class StreamFilter
{
    /// <summary>The usage as far as it is known; null so far, or where it contradicts itself.</summary>
    public CallUsage? Usage { get; protected set; }

    /// <summary>Takes the next bytes of the provider and writes those that may go on.</summary>
    public abstract void Feed(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output);

    /// <summary>Passes on what is left when the provider has ended the stream.</summary>
    public abstract void End(IBufferWriter<byte> output);
}
