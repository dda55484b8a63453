using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Repricing;

namespace Platform.Metering.Prices;

/// <summary>
/// Adds versions to the book in a transaction that has its lock: each ends the one before it of its currency where it begins, or supersedes the one that begins there too
/// (docs/decisions/0204), and owes corrections for what was recorded before it came. No row that was in force is changed but in its end.
/// </summary>
internal static class AddPrices
{
    /// <summary>The first price of a subject in the organisation's currency also rates what was recorded without one before it begins, since the beginning of time.</summary>
    private static readonly DateTimeOffset Beginning = Moments.Earliest;

    /// <param name="book">As the transaction sees it, before the rows.</param>
    /// <param name="rows">Checked; at most one a subject.</param>
    /// <param name="actor">The key that sets them.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (PRICE_IN_THE_PAST, PRICE_EXISTS).</exception>
    public static async Task<List<PriceVersion>> RunAsync(
        NpgsqlTransaction transaction, PriceSnapshot book, IReadOnlyList<PriceRow> rows, bool retroactive, string actor, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var planned = rows.Select(row => Plan(book, row, retroactive, now)).ToList();
        var added = await PriceStore.AddAsync(transaction, [.. planned.Select(price => (price.Version with { SetBy = actor }, price.Ends?.Price.PriceId))], cancellationToken);
        await RepricingStore.OweAsync(
            transaction,
            [.. planned.Zip(added).Where(price => price.First.Owes is not null).Select(price => (price.Second.Price.PriceId, price.First.Owes!.Value.From, price.First.Owes.Value.To))],
            now, cancellationToken);
        return added;
    }

    /// <summary>What a row means for the book. Pure.</summary>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (PRICE_IN_THE_PAST, PRICE_EXISTS).</exception>
    public static PlannedPrice Plan(PriceSnapshot book, PriceRow row, bool retroactive, DateTimeOffset now)
    {
        var from = row.EffectiveFrom.ToMoment()?.TruncateToMicroseconds() ?? now;

        // In another currency they are of no account, such as those that the starter book has from a later day on: none ends here, and none is ended.
        var own = book.In(row.Currency);
        var version = PriceVersion.From(PriceVersion.WithKept(row, own, now), from, null, now);
        if (from < now && !retroactive)
        {
            throw RpcErrors.InvalidArgument(
                $"{version.Subject}: effective_from {from:O} lies in the past. Leave it out for a price from now on, or say retroactive: usage since then is rated anew, by corrections.",
                Reasons.PriceInThePast);
        }

        var others = own.VersionsOf(version.Subject).ToList();
        var superseded = others.Find(other => other.EffectiveFrom == from);
        if (superseded is not null && PriceComparison.IsSame(superseded.Price, version.Price))
        {
            throw RpcErrors.InvalidArgument(
                $"{version.Subject} has this very price from {from:O} already (version {superseded.Price.PriceId}); there is nothing to set.", Reasons.PriceExists);
        }

        version = version with { EffectiveTo = others.Find(other => other.EffectiveFrom > from)?.EffectiveFrom };

        // What the first one has rated that had no price at all is its successor's.
        var isFirst = others.Count == 0 || others[0] == superseded;
        return new PlannedPrice(version, superseded ?? others.FindLast(other => other.EffectiveFrom < from), Owed(version, isFirst, now));
    }

    private static (DateTimeOffset From, DateTimeOffset To)? Owed(PriceVersion version, bool isFirst, DateTimeOffset now)
    {
        var from = isFirst ? Beginning : version.EffectiveFrom;
        var to = version.EffectiveTo is null || version.EffectiveTo > now ? now : version.EffectiveTo.Value;
        return from < to ? (from, to) : null;
    }
}

/// <param name="Version">Without an id.</param>
/// <param name="Ends">The version that ends where this one begins: the one before it, or one that began there too.</param>
/// <param name="Owes">Corrections of what was sent in this time.</param>
internal sealed record PlannedPrice(PriceVersion Version, PriceVersion? Ends, (DateTimeOffset From, DateTimeOffset To)? Owes);
