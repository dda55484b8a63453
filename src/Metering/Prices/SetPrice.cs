using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Repricing;
using Platform.Metering.Teams;
using Platform.Postgres;

namespace Platform.Metering.Prices;

/// <summary>Adds a version of a model's price; the one before it ends where it begins. Nothing that was in force is ever changed.</summary>
internal sealed class SetPrice(NpgsqlDataSource dataSource, PriceBook book, TeamDirectory organisation, RepricingSignal repricing, TimeProvider time)
{
    private const string Operation = "prices.set";

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT; ABORTED (IDEMPOTENCY_CONFLICT).</exception>
    public async Task<PriceRow> RunAsync(SetPriceRequest request, CancellationToken cancellationToken)
    {
        if ((PriceCheck.Check(request.Price, await organisation.GetCurrencyAsync(cancellationToken))
             ?? Validation.Text("idempotency_key", request.IdempotencyKey, 1, 200)) is { } error)
        {
            throw RpcErrors.InvalidArgument(error);
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var lookup = await Idempotency.BeginAsync(transaction, Operation, request.IdempotencyKey, request, cancellationToken);
        switch (lookup.Outcome)
        {
            case IdempotencyOutcome.Conflict:
                throw RpcErrors.IdempotencyConflict(request.IdempotencyKey);
            case IdempotencyOutcome.Replay:
                return PriceRow.Parser.ParseFrom(lookup.Response);
            case IdempotencyOutcome.New:
                break;
        }

        // The lock comes before the clock: of two changes at once the later one begins later.
        await PriceStore.LockAndAdvanceAsync(transaction, cancellationToken);
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var before = await PriceStore.ReadBookAsync(transaction, cancellationToken);
        var added = await AddPrices.RunAsync(transaction, before, [request.Price], request.Retroactive, now, cancellationToken);
        var row = added[0].ToRow();
        await Idempotency.StoreAsync(transaction, Operation, request.IdempotencyKey, lookup, row, now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await book.GetCurrentAsync(cancellationToken);
        repricing.Wake();
        return row;
    }
}
