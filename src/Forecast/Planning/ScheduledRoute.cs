using Platform.Contracts.Routing.V1;
using Platform.Rating;

namespace Platform.Forecast.Planning;

/// <summary>A target as the price book names what it costs.</summary>
internal readonly record struct RoutedTo(string Provider, string Model, string Tier);

/// <summary>
/// By what the routing policy in force serves the scheduled lane, as the gateway would (<c>docs/routing.md</c>): the targets that a model names for the lane, else the lane's own, else the model's.
/// Of several the first, or the one with the most weight.
/// </summary>
internal sealed class ScheduledRoute
{
    public const string Lane = "scheduled";

    /// <summary>The gateways' service has not been heard of.</summary>
    public static readonly ScheduledRoute Unknown = new(new RoutePolicy(), isKnown: false);

    private const string Batch = "batch";

    private readonly RoutePolicy _policy;
    private readonly Dictionary<string, TargetPolicy> _targets;

    public ScheduledRoute(RoutePolicy policy)
        : this(policy, isKnown: true)
    {
    }

    private ScheduledRoute(RoutePolicy policy, bool isKnown) =>
        (_policy, _targets, IsKnown) = (policy, policy.Targets.DistinctBy(NameOf).ToDictionary(NameOf), isKnown);

    public bool IsKnown { get; }

    private TargetSet? OfLane => _policy.Lanes.FirstOrDefault(lane => lane.Name == Lane)?.Route;

    /// <summary>Who would serve calls in the lane that ask for the model, by the name of one of its targets or its public one; null when the policy does not say.</summary>
    /// <param name="provider">Empty: whichever.</param>
    /// <param name="model">By any of its names: the first that the policy knows.</param>
    public RoutedTo? Of(string provider, params string[] model)
    {
        var asked = model.Select(Asked).FirstOrDefault(known => known is not null);
        var elsewhere = asked?.Lane == Lane ? null : asked?.Lanes.GetValueOrDefault(Lane) ?? OfLane;
        var target = Targets(elsewhere).FirstOrDefault() ?? Targets(asked?.Route).FirstOrDefault(IsNamed) ?? Targets(asked?.Route).FirstOrDefault();
        return target is null ? null : new RoutedTo(target.Provider, target.Model, TierOf(target));

        bool IsNamed(TargetPolicy target) => model.Contains(target.Model) && (provider.Length == 0 || target.Provider == provider);

        ModelPolicy? Asked(string name) => _policy.Models.FirstOrDefault(known => Targets(known.Route).Any(target => target.Model == name && IsNamed(target)))
            ?? _policy.Models.FirstOrDefault(known => known.Name == name || known.Aliases.Contains(name));
    }

    /// <summary>The tier at which this model of this provider is served in the lane, where it is; else the standard one.</summary>
    /// <param name="model">By any of its names.</param>
    public string TierOf(string provider, params string[] model) =>
        _policy.Models.Select(asked => asked.Lanes.GetValueOrDefault(Lane)).Append(OfLane).Concat(_policy.Models.Select(asked => asked.Route)).SelectMany(Targets)
            .FirstOrDefault(target => target.Provider == provider && model.Contains(target.Model)) is { } served ? TierOf(served) : Price.StandardTier;

    private static string NameOf(TargetPolicy target) => target.Name.Length > 0 ? target.Name : $"{target.Provider}/{target.Model}";

    /// <summary>No call through the gateway is billed by the batch tier, whatever an older policy says.</summary>
    private static string TierOf(TargetPolicy target) => target.ServiceTier is "" or Batch ? Price.StandardTier : target.ServiceTier;

    private IEnumerable<TargetPolicy> Targets(TargetSet? route) => (route?.Targets ?? []).OrderByDescending(choice => choice.HasWeight ? choice.Weight : 1)
        .Select(choice => _targets.GetValueOrDefault(choice.Target)).OfType<TargetPolicy>();
}
