using Platform.Contracts.Routing.V1;
using Platform.Rating;
using Platform.Routing.Pricing;

namespace Platform.Routing.Policies.Checks;

/// <summary>Targets that take no calls for want of a price: no mistake in a document, for the price may come later, but nobody expects it. Pure.</summary>
internal static class UnpricedTargets
{
    /// <summary>A sentence each, with what to do.</summary>
    /// <param name="book">Null: prices have not been received.</param>
    public static IEnumerable<string> Of(RoutePolicy policy, PriceTable? book) => book is null
        ? ["Prices have not been received from Metering, so it is not known whether every target has one; one without takes no calls."]
        : policy.Targets.Where(target => book.Find(target.Provider, target.Model, PolicyCompiler.TierOf(target), target.Region) is null).Select(Sentence);

    private static string Sentence(TargetPolicy target)
    {
        var tier = PolicyCompiler.TierOf(target) is Price.StandardTier ? "" : $" --tier {PolicyCompiler.TierOf(target)}";
        var region = target.Region.Length == 0 ? "" : $" --region {target.Region}";
        return $"Target {PolicyCompiler.NameOf(target)} has no price in the price book, so it takes no calls: kt prices set {target.Provider} {target.Model}{tier}{region} --input … --output-rate … gives it one.";
    }
}
