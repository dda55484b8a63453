using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Ledger;

/// <summary>A wallet's transfers, filtered, newest first, a page at a time. New transfers come before the first page and never shift a later one.</summary>
internal sealed class ListTransactions(LedgerStore wallets, TransferStore store)
{
    public async Task<ListTransactionsResponse> RunAsync(ListTransactionsRequest request, CancellationToken cancellationToken)
    {
        Rules.RequireNoNul("wallet_id", request.WalletId);
        var page = PageRequest.Of(request.PageSize, request.PageToken);
        var filter = ReadFilter(request);
        // Each wallet counts its own.
        var list = $"transactions {request.WalletId}";
        var before = page.Below(list);
        var wallet = await wallets.RequireAsync(request.WalletId, cancellationToken);
        var (rows, next) = page.Cut(await store.ListAsync(wallet.WalletId, filter, before, page.Limit, cancellationToken), list, row => row.Sequence);
        return new ListTransactionsResponse
        {
            Transactions = { rows.Select(row => row.Transfer.ToContract(wallet.WalletId, wallet.Currency)) },
            NextPageToken = next,
        };
    }

    private static TransferFilter ReadFilter(ListTransactionsRequest request)
    {
        Rules.Require(
            request.Kinds.All(kind => kind != TransferKind.Unspecified && Enum.IsDefined(kind)) ? null : "kinds must name known kinds of transfers.");
        var (from, before) = (Rules.ReadMoment("recorded_from", request.RecordedFrom), Rules.ReadMoment("recorded_before", request.RecordedBefore));
        Rules.Require(from is null || before is null || from < before ? null : "recorded_from must lie before recorded_before.");
        Rules.RequireNoNul("idempotency_key", request.IdempotencyKey);
        Rules.Require(
            request.AttemptId.Length == 0 || request.IdempotencyKey.Length == 0
                ? null : "attempt_id is of calls' transfers and idempotency_key of people's: give one of them.");
        return new TransferFilter(
            request.Kinds.Count == 0 ? TransferFilter.AllKinds : [.. request.Kinds.Distinct()], from, before,
            request.AttemptId.Length == 0 ? null : Rules.RequireAttemptId(request.AttemptId),
            request.IdempotencyKey.Length == 0 ? null : request.IdempotencyKey);
    }
}
