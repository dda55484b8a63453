using Platform.Metering.Prices;
using Platform.Rating;

namespace Platform.Metering.Waste;

/// <summary>
/// What small calls on dear models would have cost on a cheaper one. Candidates are the models that the organisation itself uses, because others may not do at all;
/// both sides are rated alike, at the prices of now and as if nothing were cached. It is a candidate for a person to judge, not a verdict. Pure.
/// </summary>
internal static class RightSizing
{
    /// <summary>A cheaper model is worth naming from here on: it costs at most so much of the dear one, in millionths.</summary>
    public const long WorthwhilePpm = 700_000;

    private const long FullPpm = 1_000_000;

    /// <param name="used">The models that the organisation uses.</param>
    /// <returns>Calls and the saving of each group for which there is a cheaper model.</returns>
    public static IEnumerable<WasteLine> Decide(
        IEnumerable<WasteSums> sums, IReadOnlyCollection<(string Provider, string Model)> used, PriceSnapshot prices, string currency, DateTimeOffset now)
    {
        var priced = used.Select(model => (Model: model, Price: Find(model.Provider, model.Model)))
            .Where(candidate => candidate.Price is not null)
            .OrderBy(candidate => candidate.Model.Provider, StringComparer.Ordinal).ThenBy(candidate => candidate.Model.Model, StringComparer.Ordinal)
            .ToList();
        foreach (var sum in sums.Where(sum => sum.SmallCalls > 0))
        {
            if (Find(sum.Group.Provider, sum.Group.Model) is not { } price || priced.Count == 0)
            {
                continue;
            }

            var cost = CostOf(sum, price);
            var cheapest = priced.MinBy(candidate => CostOf(sum, candidate.Price!));
            var cheaper = CostOf(sum, cheapest.Price!);
            if (cost > 0 && (Int128)cheaper * FullPpm <= (Int128)cost * WorthwhilePpm)
            {
                yield return new WasteLine(sum.Group, sum.SmallCalls, cost - cheaper) { Cheaper = cheapest.Model };
            }
        }

        Price? Find(string provider, string model) =>
            prices.Find(0, new PriceSubject(provider, model, Price.StandardTier, ""), now)?.Price is { } price && price.Currency == currency ? price : null;
    }

    // Small calls are far below any context tier.
    private static long CostOf(WasteSums sum, Price price) =>
        Rater.Rate(price, new TokenCounts(sum.SmallInputTokens, 0, 0, sum.SmallOutputTokens, 0, 0), sum.SmallCalls, contextTokens: 0).TotalNanos;
}
