using System.Runtime.CompilerServices;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;
using WirePriceBook = Platform.Contracts.Metering.V1.PriceBook;

namespace Platform.Metering.Prices;

/// <summary>
/// The rows in force as a snapshot, again whenever they change, by a new version or because a version's time has come: those in the organisation's currency, by which usage
/// is rated. A gateway that had others would find a name's own in dollars before its model's in euros.
/// </summary>
internal sealed class WatchPrices(PriceBook book, TeamDirectory organisation, TimeProvider time)
{
    /// <summary>Prices, and aliases, of a part of a snapshot: with the longest texts they stay well below what a message may hold.</summary>
    private const int RowsAPart = 1_000;

    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    /// <summary>How late a version whose time has come may be told.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    /// <param name="inParts">A snapshot of many rows is several messages, of which all but the last say that there are more.</param>
    public async IAsyncEnumerable<WirePriceBook> RunAsync(bool inParts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var currency = await organisation.GetCurrencyAsync(cancellationToken);
        var told = 0L;
        var toldAt = 0L;
        while (!cancellationToken.IsCancellationRequested)
        {
            var change = book.NextChange;
            var snapshot = (await book.GetCurrentAsync(cancellationToken)).In(currency);
            var now = time.GetUtcNow();
            var revision = snapshot.RevisionInForceAt(now);
            if (revision > told || time.GetElapsedTime(toldAt) >= Heartbeat)
            {
                var message = new WirePriceBook { Revision = revision };
                if (revision > told)
                {
                    message.Prices.AddRange(snapshot.InForceAt(now).Select(version => version.ToRow()));
                    message.Aliases.AddRange(snapshot.Aliases.Select(alias => alias.ToContract()));
                }

                foreach (var part in inParts ? Parts(message) : [message])
                {
                    yield return part;
                }

                told = revision;
                toldAt = time.GetTimestamp();
            }

            await Task.WhenAny(change, Task.Delay(Look, time, cancellationToken));
        }
    }

    private static IEnumerable<WirePriceBook> Parts(WirePriceBook book)
    {
        var last = Math.Max(0, (Math.Max(book.Prices.Count, book.Aliases.Count) - 1) / RowsAPart);
        for (var part = 0; part <= last; part++)
        {
            yield return new WirePriceBook
            {
                Revision = book.Revision,
                Prices = { book.Prices.Skip(part * RowsAPart).Take(RowsAPart) },
                Aliases = { book.Aliases.Skip(part * RowsAPart).Take(RowsAPart) },
                More = part < last,
            };
        }
    }
}
