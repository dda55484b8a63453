using System.Buffers.Binary;
using System.Buffers.Text;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Ledger;

/// <summary>A wallet's transfers, filtered, newest first, a page at a time. New transfers come before the first page and never shift a later one.</summary>
internal sealed class ListTransactions(LedgerStore wallets, TransferStore store)
{
    private const int DefaultPageSize = 100;
    private const int MaximumPageSize = 1_000;

    public async Task<ListTransactionsResponse> RunAsync(ListTransactionsRequest request, CancellationToken cancellationToken)
    {
        Rules.RequireNoNul("wallet_id", request.WalletId);
        Rules.Require(request.PageSize is >= 0 and <= MaximumPageSize ? null : $"page_size must be 0 to {MaximumPageSize}; it is {request.PageSize}.");
        var filter = ReadFilter(request);
        var before = ReadPageToken(request.PageToken);
        var wallet = (await wallets.ReadAsync([request.WalletId], cancellationToken)).SingleOrDefault()
            ?? throw RpcErrors.NotFound(Reasons.WalletNotFound, $"There is no wallet '{request.WalletId}'. List the wallets to see what there is.");
        var size = request.PageSize == 0 ? DefaultPageSize : request.PageSize;
        var rows = await store.ListAsync(wallet.WalletId, filter, before, size + 1, cancellationToken);
        return new ListTransactionsResponse
        {
            Transactions = { rows.Take(size).Select(row => row.Transfer.ToContract(wallet.WalletId, wallet.Currency)) },
            NextPageToken = rows.Count > size ? WritePageToken(rows[size - 1].Sequence) : "",
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

    private static string WritePageToken(long sequence)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, sequence);
        return Base64Url.EncodeToString(bytes);
    }

    private static long ReadPageToken(string token)
    {
        if (token.Length == 0)
        {
            return long.MaxValue;
        }

        Span<byte> bytes = stackalloc byte[sizeof(long)];
        return token.Length <= 16 && Base64Url.IsValid(token) && Base64Url.TryDecodeFromChars(token, bytes, out var written) && written == bytes.Length
            && BinaryPrimitives.ReadInt64BigEndian(bytes) > 0
            ? BinaryPrimitives.ReadInt64BigEndian(bytes)
            : throw RpcErrors.InvalidArgument("page_token is not one that this call gave out.", Reasons.PageTokenInvalid);
    }
}
