using System.Collections.Frozen;
using Platform.Routing.Policies;

namespace Platform.Routing.Tests.Policies;

/// <summary>Parts of a compiled policy, for tests of what uses them.</summary>
internal static class Routes
{
    public static readonly RouteProvider OpenAi = new(
        "openai", ProviderKind.OpenAi, "http://localhost", new ProviderKey("sk-test-0123456789"), FrozenDictionary<string, ProviderKey?>.Empty, "", "", TimeSpan.FromSeconds(15));

    public static readonly RouteFailover Failover = new(FailureKinds.Connection, FailureKinds.RateLimit, 3, 20, TimeSpan.FromMilliseconds(200));

    public static RouteTarget Target(string model, RouteProvider? provider = null) => new(
        $"{(provider ?? OpenAi).Name}/{model}", provider ?? OpenAi, model, model, ShapeKinds.Chat, 1024, 16384, 256, "max_tokens", "standard", "");

    public static RouteSet Set(string name, params RouteTarget[] targets) =>
        new(name, Strategy.Ordered, [.. targets.Select(target => new WeightedTarget(target, 1))], Failover);

    public static RouteModel Model(string name, string lane, params RouteTarget[] targets) =>
        new(name, lane, Set($"model/{name}", targets), FrozenDictionary<string, RouteSet>.Empty, DateTimeOffset.UnixEpoch);
}
