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
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    /// <summary>How late a version whose time has come may be told.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    public async IAsyncEnumerable<WirePriceBook> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
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

                told = revision;
                toldAt = time.GetTimestamp();
                yield return message;
            }

            await Task.WhenAny(change, Task.Delay(Look, time, cancellationToken));
        }
    }
}
