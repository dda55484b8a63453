using Platform.Routing.Policies;

namespace Platform.Routing.Choosing;

/// <summary>The strategies by name.</summary>
internal static class TargetStrategies
{
    private static readonly ITargetStrategy Ordered = new OrderedStrategy();
    private static readonly ITargetStrategy Weighted = new WeightedStrategy();
    private static readonly ITargetStrategy LowestCost = new LowestCostStrategy();
    private static readonly ITargetStrategy LowestLatency = new LowestLatencyStrategy();
    private static readonly ITargetStrategy LeastLoaded = new LeastLoadedStrategy();

    public static ITargetStrategy Of(Strategy strategy) => strategy switch
    {
        Strategy.Ordered => Ordered,
        Strategy.Weighted => Weighted,
        Strategy.LowestCost => LowestCost,
        Strategy.LowestLatency => LowestLatency,
        Strategy.LeastLoaded => LeastLoaded,
    };
}
