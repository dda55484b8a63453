using Platform.Routing.Calls;

namespace Platform.Routing.Policies.Explain;

/// <summary>A call of which only the size is known.</summary>
/// <param name="askedCap">The caller's output cap; null for none.</param>
internal sealed class ExplainedRequest(long inputBytes, long? askedCap) : CallRequest([])
{
    public override long? AskedCap => askedCap;

    public override long TextBytes => inputBytes;

    public override ByteRange[] PromptParts => [];

    /// <exception cref="NotSupportedException">Always: it is never sent.</exception>
    public override byte[] ToUpstream(RouteTarget target, long outputCap) => throw new NotSupportedException("A call that is only explained has no body.");
}
