using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Postgres;

namespace Platform.Wallet.Ledger;

/// <summary>Money moved by people: a credit from outside, an allocation to a team.</summary>
internal sealed class MoveFunds(LedgerDatabase database, TimeProvider time)
{
    public Task<Transfer> CreditAsync(CreditRequest request, string actor, CancellationToken cancellationToken)
    {
        Require(request.AmountNanos, request.Description, request.IdempotencyKey);
        Rules.Require(Validation.Text("reference", request.Reference, 0, 200));
        return database.InTransactionAsync(
            async transaction =>
            {
                var lookup = await Idempotency.BeginAsync(transaction, "Credit", request.IdempotencyKey, request, cancellationToken);
                if (Rules.Replayed(lookup, request.IdempotencyKey, Transfer.Parser) is { } replay)
                {
                    return (replay, false);
                }

                var unit = await LockAsync(transaction, [WalletAccounts.OrganisationId], cancellationToken);
                var wallet = unit[WalletAccounts.OrganisationId];
                RequireCurrency(request.Currency, wallet.Currency);
                RequireRoom(wallet.Credited, request.AmountNanos);
                var details = new TransferDetails(actor, unit.Now, request.Description, request.Reference);
                var answer = unit.Credit(wallet.WalletId, request.AmountNanos, details).ToContract(wallet.WalletId, wallet.Currency);
                await WriteAsync(transaction, unit, cancellationToken);
                await Idempotency.StoreAsync(transaction, "Credit", request.IdempotencyKey, lookup, answer, unit.Now, cancellationToken);
                return (answer, true);
            },
            cancellationToken);
    }

    public Task<Transfer> AllocateAsync(AllocateRequest request, string actor, CancellationToken cancellationToken)
    {
        Require(request.AmountNanos, request.Description, request.IdempotencyKey);
        Rules.Require(Validation.TeamId(request.TeamId));
        return database.InTransactionAsync(
            async transaction =>
            {
                var lookup = await Idempotency.BeginAsync(transaction, "Allocate", request.IdempotencyKey, request, cancellationToken);
                if (Rules.Replayed(lookup, request.IdempotencyKey, Transfer.Parser) is { } replay)
                {
                    return (replay, false);
                }

                var walletId = WalletAccounts.IdOf(request.TeamId);
                var unit = await LockAsync(transaction, [WalletAccounts.OrganisationId, walletId], cancellationToken);
                var organisation = unit[WalletAccounts.OrganisationId];
                var team = unit.Find(walletId);
                if (team is null || team.TeamId != request.TeamId)
                {
                    throw RpcErrors.NotFound(Reasons.TeamNotFound, $"There is no team '{request.TeamId}'. Create it first, or list the teams.");
                }

                RequireCurrency(request.Currency, organisation.Currency);
                RequireFunds(organisation, request.AmountNanos);
                var details = new TransferDetails(actor, unit.Now, request.Description);
                var answer = unit.Allocate(organisation.WalletId, walletId, request.AmountNanos, details).ToContract(walletId, organisation.Currency);
                await WriteAsync(transaction, unit, cancellationToken);
                await Idempotency.StoreAsync(transaction, "Allocate", request.IdempotencyKey, lookup, answer, unit.Now, cancellationToken);
                return (answer, true);
            },
            cancellationToken);
    }

    internal static async Task WriteAsync(NpgsqlTransaction transaction, LedgerUnit unit, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        LedgerStore.AddTo(batch, unit);
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<LedgerUnit> LockAsync(NpgsqlTransaction transaction, string[] walletIds, CancellationToken cancellationToken) =>
        new(await LedgerStore.LockAsync(transaction, walletIds, cancellationToken), time.GetUtcNow().TruncateToMicroseconds());

    private static void Require(long amountNanos, string description, string idempotencyKey)
    {
        Rules.Require(amountNanos > 0 ? null : $"amount_nanos must be above 0; it is {amountNanos}.", Reasons.AmountInvalid);
        Rules.Require(Validation.Text("description", description, 0, 500));
        Rules.RequireIdempotencyKey(idempotencyKey);
    }

    private static void RequireCurrency(string currency, string organisation) => Rules.Require(
        currency == organisation ? null : $"The organisation's currency is {organisation}; the request has '{currency}'.", Reasons.CurrencyMismatch);

    private static void RequireRoom(long credited, long amount) => Rules.Require(
        amount <= long.MaxValue - credited ? null : "The wallet cannot hold that much: its total would leave the range.", Reasons.AmountInvalid);

    private static void RequireFunds(WalletAccounts organisation, long amount)
    {
        if (organisation.Available < amount)
        {
            throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.InsufficientFunds,
                $"The organisation has {new Money(organisation.Available)} {organisation.Currency} available; the allocation needs {new Money(amount)}. Credit it first.");
        }
    }
}
