using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Deciding;

/// <summary>A request of which the gateway is told figures and never sees the body.</summary>
internal sealed class FactsRequest(long maxInputTokens, long? askedCap) : CallRequest([])
{
    public override long? AskedCap => askedCap;

    public override long TextBytes => maxInputTokens;

    public override ByteRange[] PromptParts => [];

    public override byte[] ToUpstream(RouteTarget target, long outputCap) => throw new InvalidOperationException("The platform that asked sends the request itself.");
}
