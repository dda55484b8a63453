using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Repricing;

namespace Platform.Metering.Prices;

/// <summary>
/// Adds versions to the book in a transaction that has its lock: each ends the one before it where it begins, and owes corrections for what was recorded before it
/// came. No row that was in force is changed but in its end.
/// </summary>
internal static class AddPrices
{
    /// <summary>The first price of a subject also rates what was recorded without one before it begins, since the beginning of time.</summary>
    private static readonly DateTimeOffset Beginning = Moments.Earliest;

    /// <param name="book">As the transaction sees it, before the rows.</param>
    /// <param name="rows">Checked; at most one a subject.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT (PRICE_IN_THE_PAST, PRICE_EXISTS).</exception>
    public static async Task<List<PriceVersion>> RunAsync(
        NpgsqlTransaction transaction, PriceSnapshot book, IReadOnlyList<PriceRow> rows, bool retroactive, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var added = new List<PriceVersion>();
        foreach (var row in rows)
        {
            var from = row.EffectiveFrom.ToMoment()?.TruncateToMicroseconds() ?? now;
            var version = PriceVersion.From(row, from, null, now);
            if (from < now && !retroactive)
            {
                throw RpcErrors.InvalidArgument(
                    $"{version.Subject}: effective_from {from:O} lies in the past. Leave it out for a price from now on, or say retroactive: usage since then is rated anew, by corrections.",
                    Reasons.PriceInThePast);
            }

            var others = book.VersionsOf(version.Subject).ToList();
            if (others.Exists(other => other.EffectiveFrom == from))
            {
                throw RpcErrors.InvalidArgument($"{version.Subject} already has a price from {from:O}; choose another effective_from.", Reasons.PriceExists);
            }

            if (others.FindLast(other => other.EffectiveFrom < from) is { } previous)
            {
                await PriceStore.EndAsync(transaction, previous.Price.PriceId, from, cancellationToken);
            }

            var next = others.Find(other => other.EffectiveFrom > from);
            var inserted = await PriceStore.InsertAsync(transaction, version with { EffectiveTo = next?.EffectiveFrom }, cancellationToken);
            await OweCorrectionsAsync(transaction, inserted, isFirst: others.Count == 0, now, cancellationToken);
            added.Add(inserted);
        }

        return added;
    }

    private static async Task OweCorrectionsAsync(
        NpgsqlTransaction transaction, PriceVersion version, bool isFirst, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var from = isFirst ? Beginning : version.EffectiveFrom;
        var to = isFirst || version.EffectiveTo is null || version.EffectiveTo > now ? now : version.EffectiveTo.Value;
        if (from < to)
        {
            await RepricingStore.OweAsync(transaction, version.Price.PriceId, from, to, now, cancellationToken);
        }
    }
}
