using Platform.Routing.Policies;

namespace Platform.Routing.Calls;

/// <summary>A request of which only figures are known: it is decided or explained, and never sent from here.</summary>
/// <param name="inputBytes">Of its body.</param>
/// <param name="askedCap">The caller's output cap; null for none.</param>
internal sealed class FactsRequest(long inputBytes, long? askedCap) : CallRequest([])
{
    public override long? AskedCap => askedCap;

    public override long TextBytes => inputBytes;

    public override ByteRange[] PromptParts => [];

    /// <exception cref="NotSupportedException">Always.</exception>
    public override byte[] ToUpstream(RouteTarget target, long outputCap) => throw new NotSupportedException("A request of which only figures are known has no body.");
}
