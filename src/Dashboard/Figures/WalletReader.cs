using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.Dashboard.Overview;

namespace Platform.Dashboard.Figures;

/// <summary>
/// Asks for the wallets that a page shows, which grow with the teams and not with their users (docs/decisions/0258): the organisation's and the teams', and of users and applications those of the chosen team, or
/// of all teams those that somebody has to act on.
/// </summary>
internal sealed class WalletReader(Wallet.WalletClient wallet, TimeProvider time)
{
    /// <summary>As many as a page of the service has at most.</summary>
    public const int MostOfTeam = PageRequest.LargestSize;

    /// <param name="teamId">The chosen team; empty for the organisation.</param>
    public async Task<WalletFigures> ReadAsync(string teamId, CancellationToken cancellationToken)
    {
        var teams = await ReadTeamsAsync(cancellationToken);
        if (teamId.Length > 0)
        {
            // Of a team that there is not nothing is asked: the service would refuse it, and the page says so by itself.
            var own = teams.Any(team => team.TeamId == teamId) ? await AskAsync(Callers(teamId), cancellationToken) : new ListWalletsResponse { Totals = new WalletTotals() };
            return WalletFigures.Of(teamId, teams, own, own.Totals);
        }

        var (urgent, all) = (AskAsync(Callers(""), cancellationToken), AskAsync(new ListWalletsRequest { PageSize = 1, WithTotals = true }, cancellationToken));
        await Task.WhenAll(urgent, all);
        return WalletFigures.Of("", teams, await urgent, (await all).Totals);
    }

    /// <summary>Of users and applications, the emptiest first.</summary>
    private static ListWalletsRequest Callers(string teamId) => new()
    {
        TeamId = teamId, Scopes = { WalletScope.User, WalletScope.Application }, NeedsAction = teamId.Length == 0, Order = WalletOrder.Left,
        PageSize = teamId.Length == 0 ? FewRows.Most : MostOfTeam, WithTotals = true,
    };

    private Task<List<WalletView>> ReadTeamsAsync(CancellationToken cancellationToken) => PageRequest.ReadAllAsync<WalletView>(async token =>
    {
        var request = new ListWalletsRequest { Scopes = { WalletScope.Organisation, WalletScope.Team }, PageSize = PageRequest.LargestSize, PageToken = token };
        var page = await AskAsync(request, cancellationToken);
        return (page.Wallets, page.NextPageToken);
    });

    private async Task<ListWalletsResponse> AskAsync(ListWalletsRequest request, CancellationToken cancellationToken)
    {
        var answer = await wallet.ListWalletsAsync(request, deadline: Patience.Until(time), cancellationToken: cancellationToken);
        return answer.Totals is null && request.WithTotals
            ? throw new RpcException(new Status(StatusCode.Unimplemented, "Wallet is of an earlier version, which knows no pages of wallets."))
            : answer;
    }
}
