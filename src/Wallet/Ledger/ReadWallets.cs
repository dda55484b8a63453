using System.Buffers.Binary;
using System.Buffers.Text;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Alerts;

namespace Platform.Wallet.Ledger;

/// <summary>Balances and transactions as people see them.</summary>
internal sealed class ReadWallets(LedgerStore store)
{
    private const int DefaultPageSize = 100;
    private const int MaximumPageSize = 1_000;

    public async Task<ListWalletsResponse> ListAsync(CancellationToken cancellationToken)
    {
        var wallets = await store.ListAsync(cancellationToken);
        return new ListWalletsResponse { Wallets = { wallets.Select(View) } };
    }

    /// <summary>A call of a team is charged to the team's own wallet; the cascade goes on to the organisation's.</summary>
    public async Task<GetBalanceResponse> BalanceAsync(string teamId, CancellationToken cancellationToken)
    {
        var wallets = await store.ListAsync(cancellationToken);
        var effective = wallets.Find(wallet => wallet.TeamId == teamId && teamId.Length > 0)
            ?? throw RpcErrors.NotFound(Reasons.TeamNotFound, $"There is no team '{teamId}'.");
        var organisation = wallets.Single(wallet => wallet.WalletId == WalletAccounts.OrganisationId);
        return new GetBalanceResponse { Effective = View(effective), Cascade = { View(effective), View(organisation) } };
    }

    public async Task<ListTransactionsResponse> TransactionsAsync(ListTransactionsRequest request, CancellationToken cancellationToken)
    {
        Rules.Require(request.PageSize is >= 0 and <= MaximumPageSize ? null : $"page_size must be 0 to {MaximumPageSize}; it is {request.PageSize}.");
        var before = ReadPageToken(request.PageToken);
        var wallet = (await store.ListAsync(cancellationToken)).Find(candidate => candidate.WalletId == request.WalletId)
            ?? throw RpcErrors.NotFound(Reasons.WalletNotFound, $"There is no wallet '{request.WalletId}'.");
        var size = request.PageSize == 0 ? DefaultPageSize : request.PageSize;
        var rows = await store.ListTransfersAsync(wallet.WalletId, before, size + 1, cancellationToken);
        return new ListTransactionsResponse
        {
            Transactions = { rows.Take(size).Select(row => row.Transfer.ToContract(wallet.WalletId, wallet.Currency)) },
            NextPageToken = rows.Count > size ? WritePageToken(rows[size - 1].Sequence) : "",
        };
    }

    internal static WalletView View(WalletAccounts wallet) => new()
    {
        WalletId = wallet.WalletId,
        Scope = wallet.TeamId.Length == 0 ? WalletScope.Organisation : WalletScope.Team,
        TeamId = wallet.TeamId,
        Name = wallet.Name,
        Currency = wallet.Currency,
        AvailableNanos = wallet.Available,
        HeldNanos = wallet.Held,
        SuspenseNanos = wallet.Suspense,
        SpentNanos = wallet.Spent,
        CreditedNanos = wallet.Credited,
        MovedOutNanos = wallet.MovedOut,
        OverageNanos = wallet.Overage,
        Status = StatusOf(wallet),
        LeasedUndrawnNanos = wallet.LeasedUndrawn,
        Policy = wallet.Policy.ToContract(),
    };

    /// <summary>By the figures and the first level of the low-balance events.</summary>
    internal static WalletStatus StatusOf(WalletAccounts wallet) =>
        LowBalance.Balance(wallet) == 0 ? WalletStatus.Depleted
        : LowBalance.IsLow(wallet) ? WalletStatus.Low
        : WalletStatus.Healthy;

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
            ? BinaryPrimitives.ReadInt64BigEndian(bytes)
            : throw RpcErrors.InvalidArgument("page_token is not one that this call gave out.", Reasons.PageTokenInvalid);
    }
}
