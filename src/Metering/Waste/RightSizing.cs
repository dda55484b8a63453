using Platform.Metering.Prices;
using Platform.Rating;

namespace Platform.Metering.Waste;

/// <summary>
/// What small calls on dear models would have cost on a cheaper one. Candidates are the models that the organisation itself uses to generate text, because others may
/// not do at all: those of the lanes below the call's, where any were used there. Both sides are rated alike, at the prices of now, of the call's own tier, and as if
/// nothing were cached. It is a candidate for a person to judge, not a verdict. Pure.
/// </summary>
internal sealed class RightSizing
{
    /// <summary>A cheaper model is worth naming from here on: it costs at most so much of the dear one, in millionths.</summary>
    public const long WorthwhilePpm = 700_000;

    private const long FullPpm = 1_000_000;

    /// <summary>From the cheapest up; own lanes and the scheduled one are in no order.</summary>
    private static readonly string[] Lanes = ["economy", "standard", "premium"];

    private readonly Dictionary<(string Provider, string Model, string Tier), Price?> _prices = [];
    private readonly (string Provider, string Model)[] _used;
    private readonly ILookup<string, (string Provider, string Model)> _usedIn;
    private readonly Func<(string Provider, string Model, string Tier), Price?> _find;

    /// <param name="used">What the organisation used with success, and got text of, by lane.</param>
    public RightSizing(IReadOnlyCollection<(string Lane, string Provider, string Model)> used, PriceSnapshot prices, string currency, DateTimeOffset now)
    {
        _find = model => prices.Find(0, new PriceSubject(model.Provider, model.Model, model.Tier, ""), now)?.Price is { } price && price.Currency == currency && Generates(price)
            ? price
            : null;
        var ordered = used.OrderBy(model => model.Provider, StringComparer.Ordinal).ThenBy(model => model.Model, StringComparer.Ordinal).ToArray();
        _used = [.. ordered.Select(model => (model.Provider, model.Model)).Distinct()];
        _usedIn = ordered.ToLookup(model => model.Lane, model => (model.Provider, model.Model));
    }

    /// <returns>Calls and the saving of each group for which there is a cheaper model; the one that saves most of it.</returns>
    public IEnumerable<WasteLine> Decide(IEnumerable<SmallCalls> calls) => calls
        .Select(small => (Small: small, Found: Saving(small)))
        .Where(pair => pair.Found is not null)
        .GroupBy(pair => new WasteGroup(pair.Small.Cell.TeamId, pair.Small.Cell.Provider, pair.Small.Cell.Model))
        .Select(group => new WasteLine(group.Key, group.Sum(pair => pair.Small.Calls), group.Sum(pair => pair.Found!.Value.Nanos))
        {
            Cheaper = group.GroupBy(pair => pair.Found!.Value.Cheaper).MaxBy(model => model.Sum(pair => pair.Found!.Value.Nanos))!.Key,
        });

    /// <summary>What small calls cost more than on the cheapest candidate; null where none is worth naming.</summary>
    public (long Nanos, (string Provider, string Model) Cheaper)? Saving(SmallCalls small)
    {
        if (small.Calls <= 0 || PriceOf((small.Cell.Provider, small.Cell.Model, small.Tier)) is not { } price)
        {
            return null;
        }

        var cost = CostOf(price);
        var candidates = CandidatesOf(small.Cell.Lane)
            .Select(model => (Model: model, Price: PriceOf((model.Provider, model.Model, small.Tier))))
            .Where(candidate => candidate.Price is not null)
            .Select(candidate => (candidate.Model, Nanos: CostOf(candidate.Price!))).ToArray();
        if (cost <= 0 || candidates.Length == 0)
        {
            return null;
        }

        var (cheapest, cheaper) = candidates.MinBy(candidate => candidate.Nanos);
        return (Int128)cheaper * FullPpm <= (Int128)cost * WorthwhilePpm ? (cost - cheaper, cheapest) : null;

        // Small calls are far below any context tier.
        long CostOf(Price at) => Rater.Rate(at, new TokenCounts(small.InputTokens, 0, 0, small.OutputTokens, 0, 0), small.Calls, contextTokens: 0).TotalNanos;
    }

    /// <summary>An embedding or a moderation has no price of output: no model of that kind does what one that writes does, nor the other way round.</summary>
    private static bool Generates(Price price) => price.OutputPerMillion > 0;

    private (string Provider, string Model)[] CandidatesOf(string lane)
    {
        (string Provider, string Model)[] below = [.. Lanes.Take(Math.Max(0, Array.IndexOf(Lanes, lane))).SelectMany(cheaper => _usedIn[cheaper]).Distinct()];
        return below.Length > 0 ? below : _used;
    }

    private Price? PriceOf((string Provider, string Model, string Tier) model)
    {
        if (!_prices.TryGetValue(model, out var price))
        {
            _prices.Add(model, price = _find(model));
        }

        return price;
    }
}
