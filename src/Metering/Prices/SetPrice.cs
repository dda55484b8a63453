using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Metering.Repricing;
using Platform.Metering.Teams;
using Platform.Postgres;

namespace Platform.Metering.Prices;

/// <summary>
/// Adds a version of a model's price; the one before it ends where it begins. Nothing that was in force is ever changed. It commits between intakes: what those before it
/// have recorded is there to be corrected, and those after it rate by it.
/// </summary>
internal sealed class SetPrice(Changes changes, PriceBook book, TeamDirectory organisation, RepricingSignal repricing)
{
    private const string Operation = "prices.set";

    /// <param name="actor">The key that sets it.</param>
    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT; ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public async Task<PriceRow> RunAsync(SetPriceRequest request, string actor, CancellationToken cancellationToken)
    {
        if (PriceCheck.Check(request.Price, await organisation.GetCurrencyAsync(cancellationToken)) is { } error)
        {
            throw RpcErrors.InvalidArgument(error);
        }

        var row = await changes.RunAsync(
            Operation, request.IdempotencyKey, request, PriceRow.Parser,
            async (transaction, now) =>
            {
                var before = await PriceStore.ReadBookAsync(transaction, cancellationToken);
                var added = await AddPrices.RunAsync(transaction, before, [request.Price], request.Retroactive, actor, now, cancellationToken);
                await Watermark.EnterClosingAsync(transaction, cancellationToken);
                return added[0].ToRow();
            },
            cancellationToken, enter: transaction => PriceStore.LockAndAdvanceAsync(transaction, cancellationToken));
        await book.GetCurrentAsync(cancellationToken);
        repricing.Wake();
        return row;
    }
}
