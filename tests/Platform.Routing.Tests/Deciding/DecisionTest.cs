using System.Collections.Frozen;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts.Identity.V1;
using Platform.Routing.Policies;
using Platform.Routing.Tests.Calls;
using Platform.Routing.Tests.Policies;
using Platform.ServiceDefaults.Identity;

namespace Platform.Routing.Tests.Deciding;

/// <summary>Tests of platforms that call providers themselves: a gateway that decides between two targets, a before bb. A token costs as many nanos as its provider's name has letters: a one, bb two.</summary>
public abstract class DecisionTest : IAsyncLifetime
{
    protected DecisionTest()
    {
        Gateway = new LocalGateway(clock: Time);
        Gateway.Price(Set.Targets);
    }

    private protected static Caller Key { get; } = new("key_1", "Key", Role.Inference, "team_a", "");

    private protected static RouteSet Set { get; } = LocalGateway.Set(
        Routes.Failover with { FallbackOn = FailureKinds.ServerError }, LocalGateway.Target("a", "http://a"), LocalGateway.Target("bb", "http://bb"));

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected FakeTimeProvider Time { get; } = new(DateTimeOffset.UnixEpoch.AddYears(56));

    private protected LocalGateway Gateway { get; }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await Gateway.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <param name="set">Of its one model, m; by default the two targets.</param>
    private protected static RoutingTable Table(RouteSet? set = null) => new(
        7, FrozenDictionary<string, RouteProvider>.Empty, FrozenDictionary<string, RouteTarget>.Empty,
        new Dictionary<string, RouteModel> { ["m"] = new("m", "standard", set ?? Set, FrozenDictionary<string, RouteSet>.Empty, DateTimeOffset.UnixEpoch) }.ToFrozenDictionary(),
        new Dictionary<string, RouteLane> { ["standard"] = new("standard", null, []) }.ToFrozenDictionary(), [], []);
}
