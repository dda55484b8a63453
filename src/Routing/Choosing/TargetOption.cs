using Platform.Rating;
using Platform.Routing.Health;
using Platform.Routing.Policies;
using Platform.Routing.Pricing;

namespace Platform.Routing.Choosing;

/// <summary>A target that can serve a call: of its shape, set up, with a price.</summary>
internal sealed class TargetOption(RouteTarget target, int weight, TargetState state, TargetAccess access, BillablePrices prices)
{
    public RouteTarget Target { get; } = target;

    public int Weight { get; } = weight;

    public TargetState State { get; } = state;

    /// <summary>How the call would come to it; with a key.</summary>
    public TargetAccess Access { get; } = access;

    public ProviderKey Key => Access.Key!;

    /// <summary>At the target's tier.</summary>
    public Price Price => Prices.Asked;

    /// <summary>At all tiers that it may be billed at.</summary>
    public BillablePrices Prices { get; } = prices;

    /// <summary>The call has been there, or was not let through: it is not chosen again.</summary>
    public bool IsUsed { get; set; }
}

/// <summary>Where a call's next attempt goes. The option's state must be left when the attempt has ended.</summary>
/// <param name="Pass">As what the option's state let it through.</param>
/// <param name="Primary">Where it would have gone if all were well; null when that is where it goes.</param>
/// <param name="Reason">For records and people.</param>
internal readonly record struct TargetSelection(TargetOption Option, TargetPass Pass, TargetOption? Primary, string Reason);
