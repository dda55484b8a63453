using Platform.Routing.Calls;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Calls;

/// <summary>Attempts at three targets. A token costs as many nanos as its provider's name has letters.</summary>
public abstract class AttemptTest : GatewayTest
{
    // Short, because some cases hang; long enough that a busy machine makes no other one look so.
    private protected AttemptTest(LocalGateway? gateway = null)
        : base(gateway ?? new LocalGateway(gateway: new GatewayOptions { FirstByteSeconds = 3 }))
    {
    }

    /// <summary>What is surely unbilled goes on.</summary>
    private protected static RouteFailover Usual { get; } = new(
        FailureKinds.Connection, FailureKinds.RateLimit | FailureKinds.ServerError | FailureKinds.Connection | FailureKinds.Misconfigured, 3, 20, TimeSpan.FromMilliseconds(1));

    /// <summary>One attempt and no other.</summary>
    private protected static RouteFailover Once { get; } = new(default, default, 1, 0, TimeSpan.FromMilliseconds(1));

    private protected RouteTarget A => LocalGateway.Target("a", Providers.AddressOf("a"));

    private protected RouteTarget Bb => LocalGateway.Target("bb", Providers.AddressOf("bb"));

    private protected RouteTarget Ccc => LocalGateway.Target("ccc", Providers.AddressOf("ccc"));
}
