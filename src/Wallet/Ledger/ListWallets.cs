using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;

namespace Platform.Wallet.Ledger;

/// <summary>
/// Wallets, filtered, in an order of the caller's, a page at a time. A page begins behind the last wallet of the one before: what is made or changed meanwhile moves no other wallet from a page to another.
/// </summary>
internal sealed class ListWallets(ReadWallets whole, LedgerStore wallets, WalletPageStore store)
{
    /// <exception cref="Grpc.Core.RpcException">
    /// NOT_FOUND (TEAM_NOT_FOUND); INVALID_ARGUMENT (also PAGE_TOKEN_INVALID, and TOO_MANY_ROWS for a caller without pages whose answer would be larger than a message).
    /// </exception>
    public async Task<ListWalletsResponse> RunAsync(ListWalletsRequest request, CancellationToken cancellationToken)
    {
        // Equality does not tell a filter of false from none.
        if (!request.HasFrozen && request.Equals(new ListWalletsRequest { TeamId = request.TeamId }))
        {
            return await whole.ListAsync(request, cancellationToken);
        }

        var page = PageRequest.Of(request.PageSize, request.PageToken);
        Rules.Require(Enum.IsDefined(request.Order) ? null : $"There is no order {(int)request.Order}.");
        var filter = ReadFilter(request);
        var order = request.Order == WalletOrder.Unspecified ? WalletOrder.Id : request.Order;
        var after = ReadPlace(page.After, order);
        if (filter.TeamId.Length > 0)
        {
            var team = await wallets.ReadAsync([WalletAccounts.IdOf(filter.TeamId)], cancellationToken);
            new WalletOwner(filter.TeamId, "", "").RequireTeam(team.SingleOrDefault());
        }

        var (found, totals, teamTotals) = await store.ReadAsync(filter, order, after, page.Limit, request.WithTotals, request.WithTeamTotals, cancellationToken);
        var (rows, next) = page.Cut(found, row => WritePlace(order, row));
        return new ListWalletsResponse
        {
            Wallets = { rows.Select(row => ReadWallets.View(row.Wallet)) },
            NextPageToken = next,
            Totals = totals,
            TeamTotals = { teamTotals },
        };
    }

    private static WalletFilter ReadFilter(ListWalletsRequest request)
    {
        Rules.RequireNoNul("team_id", request.TeamId);
        Rules.RequireSearch(request.Search);
        Rules.Require(
            request.Scopes.All(scope => scope != WalletScope.Unspecified && Enum.IsDefined(scope)) ? null : "scopes must name known scopes of wallets.");
        Rules.Require(
            request.Statuses.All(status => status != WalletStatus.Unspecified && Enum.IsDefined(status)) ? null : "statuses must name known statuses of wallets.");
        return new WalletFilter(
            request.TeamId, [.. request.Scopes.Distinct()], [.. request.Statuses.Distinct()], request.HasFrozen ? request.Frozen : null, request.NeedsAction, request.Search);
    }

    private static string WritePlace(WalletOrder order, WalletRow last) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{(int)order} {last.Place} {last.Wallet.TeamId} {last.Wallet.WalletId}")));

    private static WalletPlace? ReadPlace(string token, WalletOrder order)
    {
        if (token.Length == 0)
        {
            return null;
        }

        var parts = Base64Url.IsValid(token) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)).Split(' ') : [];
        return parts is [var of, var place, var team, var wallet] && of == ((int)order).ToString(CultureInfo.InvariantCulture)
            && long.TryParse(place, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && !team.Contains('\0') && !wallet.Contains('\0')
            ? new WalletPlace(number, team, wallet)
            : throw PageRequest.InvalidToken();
    }
}
