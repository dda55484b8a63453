using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Ledger;

/// <summary>Brings money from outside into the organisation's wallet.</summary>
internal sealed class CreditFunds(MoveFunds funds)
{
    public Task<Transfer> RunAsync(CreditRequest request, string actor, CancellationToken cancellationToken)
    {
        MoveFunds.Require(request.AmountNanos, request.Description, request.IdempotencyKey);
        Rules.Require(Validation.Text("reference", request.Reference, 0, 200));
        return funds.RunAsync(
            "Credit", TransferKind.TopUp, request.IdempotencyKey, request, Transfer.Parser,
            async (transaction, now) =>
            {
                var movement = await FundsMovement.LockAsync(transaction, [WalletAccounts.OrganisationId], now, cancellationToken);
                var wallet = movement.Find(WalletAccounts.OrganisationId)!;
                FundsMovement.RequireCurrency(request.Currency, wallet);
                Rules.Require(Room(request.AmountNanos, wallet), Reasons.AmountInvalid);
                var details = new TransferDetails(actor, movement.Now, request.Description, request.Reference, IdempotencyKey: request.IdempotencyKey);
                var transfer = movement.Unit.Credit(wallet.WalletId, request.AmountNanos, details);
                await movement.WriteAsync(cancellationToken);
                return transfer.ToContract(wallet.WalletId, wallet.Currency);
            },
            cancellationToken);
    }

    /// <summary>The first of a ledger's totals to reach the end of its range: all others are of money that was credited, or go on beyond it as overage.</summary>
    private static string? Room(long amount, WalletAccounts organisation) => amount <= long.MaxValue - organisation.Credited
        ? null
        : $"All that is ever credited to an organisation, less what was taken back, may be {new Money(long.MaxValue)} {organisation.Currency}: {new Money(organisation.Credited)} "
            + $"was, so {new Money(long.MaxValue - organisation.Credited)} may still be. What is not spent can be taken back; more than this needs an organisation of its own.";
}
