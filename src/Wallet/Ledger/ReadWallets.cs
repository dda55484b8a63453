using System.Buffers.Binary;
using System.Buffers.Text;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Leases;

namespace Platform.Wallet.Ledger;

/// <summary>Balances and transactions as people see them.</summary>
internal sealed class ReadWallets(LedgerStore store, LeaseStore leases)
{
    private const int DefaultPageSize = 100;
    private const int MaximumPageSize = 1_000;

    public async Task<ListWalletsResponse> ListAsync(CancellationToken cancellationToken)
    {
        var wallets = await store.ListAsync(cancellationToken);
        var undrawn = await leases.SumUndrawnAsync(cancellationToken);
        return new ListWalletsResponse { Wallets = { wallets.Select(wallet => View(wallet, undrawn)) } };
    }

    /// <summary>A call of a team is charged to the team's own wallet; the cascade goes on to the organisation's.</summary>
    public async Task<GetBalanceResponse> BalanceAsync(string teamId, CancellationToken cancellationToken)
    {
        var wallets = await store.ListAsync(cancellationToken);
        var effective = wallets.Find(wallet => wallet.TeamId == teamId && teamId.Length > 0)
            ?? throw RpcErrors.NotFound(Reasons.TeamNotFound, $"There is no team '{teamId}'.");
        var organisation = wallets.Single(wallet => wallet.WalletId == WalletAccounts.OrganisationId);
        var undrawn = await leases.SumUndrawnAsync(cancellationToken);
        return new GetBalanceResponse { Effective = View(effective, undrawn), Cascade = { View(effective, undrawn), View(organisation, undrawn) } };
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

    /// <param name="undrawn">What is set aside in leases and not drawn, by wallet.</param>
    internal static WalletView View(WalletAccounts wallet, IReadOnlyDictionary<string, long> undrawn) => new()
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
        LeasedUndrawnNanos = undrawn.GetValueOrDefault(wallet.WalletId),
        Status = StatusOf(wallet.Available, wallet.Credited),
    };

    /// <summary>Low means below 20 % of what was put in.</summary>
    internal static WalletStatus StatusOf(long available, long credited) =>
        available == 0 ? WalletStatus.Depleted
        : (Int128)available * 5 < credited ? WalletStatus.Low
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
