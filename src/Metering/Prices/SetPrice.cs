using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Teams;
using Platform.Postgres;
using Platform.Rating;

namespace Platform.Metering.Prices;

/// <summary>Adds a version of a model's price; the one before it ends where it begins. Nothing that was in force is ever changed.</summary>
internal sealed class SetPrice(NpgsqlDataSource dataSource, PriceBook book, TeamDirectory organisation, TimeProvider time)
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

        var row = (await AddAsync(transaction, request.Price, cancellationToken)).ToRow();
        await Idempotency.StoreAsync(transaction, Operation, request.IdempotencyKey, lookup, row, time.GetUtcNow(), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await book.GetCurrentAsync(cancellationToken);
        return row;
    }

    private async Task<PriceVersion> AddAsync(NpgsqlTransaction transaction, PriceRow row, CancellationToken cancellationToken)
    {
        // The lock comes before the clock: of two changes at once the later one begins later.
        await PriceStore.LockAndAdvanceAsync(transaction, cancellationToken);
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var from = row.EffectiveFrom.ToMoment()?.TruncateToMicroseconds() ?? now;
        if (from < now)
        {
            throw RpcErrors.InvalidArgument($"effective_from {from:O} lies in the past; leave it out for a price from now on.");
        }

        var periods = await PriceStore.ReadPeriodsAsync(transaction, row.Provider, row.Model, cancellationToken);
        if (periods.Any(period => period.EffectiveFrom == from))
        {
            throw RpcErrors.InvalidArgument($"{row.Provider} {row.Model} already has a price from {from:O}; choose another effective_from.");
        }

        if (periods.LastOrDefault(period => period.EffectiveFrom < from) is { } previous)
        {
            await PriceStore.EndAsync(transaction, previous.PriceId, from, cancellationToken);
        }

        var price = new Price(
            0, row.Provider, row.Model, row.Currency, row.InputPerMillion, row.CachedInputPerMillion, row.CacheWritePerMillion, row.OutputPerMillion,
            row.ReasoningPerMillion, row.PerRequest);
        var to = periods.FirstOrDefault(period => period.EffectiveFrom > from)?.EffectiveFrom;
        return await PriceStore.InsertAsync(transaction, new PriceVersion(price, from, to, row.Source), now, cancellationToken);
    }
}
