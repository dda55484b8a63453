using Platform.Routing.Attempts;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Shapes;

/// <summary>
/// What is particular to one wire shape of the AI routes: how its requests are read and rewritten, where they go, what its answers say of usage, and how it tells
/// errors. All else, the money above all, is the same for every shape (<see cref="CallPipeline"/>). One instance serves all calls.
/// </summary>
internal abstract class WireShape
{
    /// <summary>What targets are said to serve.</summary>
    public abstract ShapeKinds Kind { get; }

    /// <summary><c>gen_ai.operation.name</c>.</summary>
    public abstract string Operation { get; }

    /// <summary>The caller's key; null or empty when there is none.</summary>
    public virtual string? ReadKey(HttpRequest request) => BearerToken.Read(request.Headers.Authorization);

    /// <summary>Null when the request is well formed and can be bounded, else what is wrong with it. Never throws, whatever the bytes.</summary>
    public abstract ApiError? TryRead(byte[] body, out CallRequest request);

    /// <summary>The same, by what the caller's headers say of the request too.</summary>
    public virtual ApiError? TryRead(byte[] body, IHeaderDictionary headers, out CallRequest request) => TryRead(body, out request);

    /// <summary>A request to the attempt's provider with its address and the gateway's credentials, by the provider's kind; without a body.</summary>
    /// <param name="caller">The caller's request, of whose headers some may be meant for the provider.</param>
    public abstract HttpRequestMessage NewRequest(Attempt attempt, HttpRequest caller);

    /// <summary>The usage that a plain answer states; null when there is none, or it contradicts itself.</summary>
    public abstract CallUsage? ReadUsage(ReadOnlySpan<byte> answer);

    /// <summary>A new filter for one streamed answer to the request.</summary>
    public abstract StreamFilter NewStreamFilter(CallRequest request);

    /// <summary>An error of the gateway's own as the shape's client libraries expect it; OpenAI's unless overridden.</summary>
    public virtual byte[] ToErrorBody(ApiError error) => error.ToJson();
}
