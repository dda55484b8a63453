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
                Rules.Require(
                    request.AmountNanos <= long.MaxValue - wallet.Credited ? null : "The wallet cannot hold that much: its total would leave the range.",
                    Reasons.AmountInvalid);
                var details = new TransferDetails(actor, movement.Now, request.Description, request.Reference, IdempotencyKey: request.IdempotencyKey);
                var transfer = movement.Unit.Credit(wallet.WalletId, request.AmountNanos, details);
                await movement.WriteAsync(cancellationToken);
                return transfer.ToContract(wallet.WalletId, wallet.Currency);
            },
            cancellationToken);
    }
}
