using Platform.Contracts.Metering.V1;
using Platform.Rating;

namespace Platform.Metering.Prices;

/// <summary>What a row would change, and whether it looks like a slip. Pure.</summary>
internal static class PriceComparison
{
    private const int SuspiciousFactor = 10;

    /// <param name="before">In force where the row would begin; null when there is none.</param>
    public static PriceChange Compare(PriceVersion? before, PriceRow row, DateTimeOffset now)
    {
        var after = PriceVersion.From(row, now, null, now);
        return new PriceChange
        {
            Kind = before is null ? PriceChangeKind.Added : IsSame(before.Price, after.Price) ? PriceChangeKind.Unchanged : PriceChangeKind.Changed,
            Before = before?.ToRow(),
            After = row,
            Suspicious = before is null ? HasFreePart(after.Price) : LosesTiers(before.Price, after.Price) || Pairs(before.Price, after.Price).Any(pair => IsSuspicious(pair.Before, pair.After)),
        };
    }

    /// <summary>What an alias would change.</summary>
    public static AliasChange Compare(PriceSnapshot book, PriceAlias alias)
    {
        var before = book.Aliases.FirstOrDefault(known => known.Provider == alias.Provider && known.Alias == alias.Alias)?.Model ?? "";
        return new AliasChange
        {
            Kind = before.Length == 0 ? PriceChangeKind.Added : before == alias.Model ? PriceChangeKind.Unchanged : PriceChangeKind.Changed,
            Provider = alias.Provider, Alias = alias.Alias, Model = alias.Model, Before = before,
        };
    }

    /// <summary>A call costs nothing at it, whatever its tokens.</summary>
    public static bool IsFree(Price price) => Figures(price, price.Rates).All(figure => figure == 0) && price.ContextTiers.All(tier => Figures(price, tier.Rates).All(figure => figure == 0));

    /// <summary>A call costs the same at both, whatever its tokens.</summary>
    public static bool IsSame(Price before, Price after) =>
        before.DiscountPpm == after.DiscountPpm
        && before.PerRequest == after.PerRequest
        && before.Rates == after.Rates
        && before.ContextTiers.SequenceEqual(after.ContextTiers);

    /// <summary>An embedding has no price of output; without one of input only what is billed by the request is as it should be.</summary>
    private static bool HasFreePart(Price price) => IsFree(price) || (price.InputPerMillion == 0 && price.PerRequest == 0);

    private static bool LosesTiers(Price before, Price after) =>
        before.ContextTiers.Any(tier => after.ContextTiers.All(other => other.AboveInputTokens != tier.AboveInputTokens));

    private static bool IsSuspicious(Int128 before, Int128 after) =>
        (before == 0) != (after == 0) || (before > 0 && (after >= before * SuspiciousFactor || after * SuspiciousFactor <= before));

    /// <summary>What is charged, before and after, for requests of every size.</summary>
    private static IEnumerable<(Int128 Before, Int128 After)> Pairs(Price before, Price after) => before.ContextTiers.Concat(after.ContextTiers).Select(tier => tier.AboveInputTokens).Distinct()
        .Prepend(0).SelectMany(above => Figures(before, before.RatesFor(above + 1)).Zip(Figures(after, after.RatesFor(above + 1))));

    private static Int128[] Figures(Price price, Rates rates)
    {
        var payable = (Int128)(Price.FullDiscountPpm - price.DiscountPpm);
        return
        [
            rates.Input * payable, rates.CachedInput * payable, rates.CacheWrite * payable, rates.CacheWriteHour * payable, rates.Output * payable, rates.Reasoning * payable,
            price.PerRequest * payable,
        ];
    }
}
