using Platform.Metering.Prices;
using Platform.Rating;

namespace Platform.Metering.Waste;

/// <summary>
/// What small calls on dear models would have cost on a cheaper one. Candidates are the models that the organisation itself uses, because others may not do at all;
/// both sides are rated alike, at the prices of now and as if nothing were cached. It is a candidate for a person to judge, not a verdict. Pure.
/// </summary>
internal sealed class RightSizing
{
    /// <summary>A cheaper model is worth naming from here on: it costs at most so much of the dear one, in millionths.</summary>
    public const long WorthwhilePpm = 700_000;

    private const long FullPpm = 1_000_000;
    private readonly Dictionary<(string Provider, string Model), Price?> _prices = [];
    private readonly List<((string Provider, string Model) Model, Price Price)> _used = [];
    private readonly Func<(string Provider, string Model), Price?> _find;

    /// <param name="used">The models that the organisation uses.</param>
    public RightSizing(IReadOnlyCollection<(string Provider, string Model)> used, PriceSnapshot prices, string currency, DateTimeOffset now)
    {
        _find = model => prices.Find(0, new PriceSubject(model.Provider, model.Model, Price.StandardTier, ""), now)?.Price is { } price && price.Currency == currency ? price : null;
        foreach (var model in used.OrderBy(model => model.Provider, StringComparer.Ordinal).ThenBy(model => model.Model, StringComparer.Ordinal))
        {
            if (PriceOf(model) is { } price)
            {
                _used.Add((model, price));
            }
        }
    }

    /// <returns>Calls and the saving of each group for which there is a cheaper model.</returns>
    public IEnumerable<WasteLine> Decide(IEnumerable<WasteSums> sums)
    {
        foreach (var sum in sums.Where(sum => sum.SmallCalls > 0))
        {
            if (Saving((sum.Group.Provider, sum.Group.Model), sum.SmallCalls, sum.SmallInputTokens, sum.SmallOutputTokens) is { } found)
            {
                yield return new WasteLine(sum.Group, sum.SmallCalls, found.Nanos) { Cheaper = found.Cheaper };
            }
        }
    }

    /// <summary>What small calls cost more than on the cheapest model in use; null where none is worth naming.</summary>
    public (long Nanos, (string Provider, string Model) Cheaper)? Saving((string Provider, string Model) model, long calls, long inputTokens, long outputTokens)
    {
        if (PriceOf(model) is not { } price || _used.Count == 0)
        {
            return null;
        }

        var cost = CostOf(price);
        var cheapest = _used.MinBy(candidate => CostOf(candidate.Price));
        var cheaper = CostOf(cheapest.Price);
        return cost > 0 && (Int128)cheaper * FullPpm <= (Int128)cost * WorthwhilePpm ? (cost - cheaper, cheapest.Model) : null;

        // Small calls are far below any context tier.
        long CostOf(Price at) => Rater.Rate(at, new TokenCounts(inputTokens, 0, 0, outputTokens, 0, 0), calls, contextTokens: 0).TotalNanos;
    }

    private Price? PriceOf((string Provider, string Model) model)
    {
        if (!_prices.TryGetValue(model, out var price))
        {
            _prices.Add(model, price = _find(model));
        }

        return price;
    }
}
