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
            Suspicious = before is not null && Pairs(before.Price, after.Price).Any(pair => IsSuspicious(pair.Before, pair.After)),
        };
    }

    private static bool IsSame(Price before, Price after) =>
        before.DiscountPpm == after.DiscountPpm
        && before.PerRequest == after.PerRequest
        && before.Rates == after.Rates
        && before.ContextTiers.SequenceEqual(after.ContextTiers);

    private static bool IsSuspicious(long before, long after) =>
        before > 0 && (after == 0 || (Int128)after >= (Int128)before * SuspiciousFactor || (Int128)after * SuspiciousFactor <= before);

    private static IEnumerable<(long Before, long After)> Pairs(Price before, Price after) =>
    [
        (before.Rates.Input, after.Rates.Input), (before.Rates.CachedInput, after.Rates.CachedInput), (before.Rates.CacheWrite, after.Rates.CacheWrite),
        (before.Rates.CacheWriteHour, after.Rates.CacheWriteHour), (before.Rates.Output, after.Rates.Output), (before.Rates.Reasoning, after.Rates.Reasoning),
    ];
}
