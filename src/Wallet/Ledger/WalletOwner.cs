using Npgsql;
using Platform.Contracts;

namespace Platform.Wallet.Ledger;

/// <summary>Whose wallet is meant: a team's, or one of its users' or applications'.</summary>
/// <param name="UserId">Empty unless a user's.</param>
/// <param name="ApplicationId">Empty unless an application's.</param>
internal sealed record WalletOwner(string TeamId, string UserId, string ApplicationId)
{
    public bool IsTeam => UserId.Length == 0 && ApplicationId.Length == 0;

    public string WalletId => WalletAccounts.IdOf(TeamId, UserId, ApplicationId);

    /// <summary>The wallet that funds it.</summary>
    public string ParentId => IsTeam ? WalletAccounts.OrganisationId : WalletAccounts.IdOf(TeamId);

    /// <exception cref="Grpc.Core.RpcException">INVALID_ARGUMENT.</exception>
    public static WalletOwner Require(string teamId, string userId, string applicationId)
    {
        Rules.Require(Validation.TeamId(teamId));
        Rules.Require(userId.Length == 0 ? null : Validation.Id("user_id", userId));
        Rules.Require(applicationId.Length == 0 ? null : Validation.Id("application_id", applicationId));
        Rules.Require(userId.Length == 0 || applicationId.Length == 0 ? null : "Give user_id or application_id, not both: a wallet is of one owner.");
        return new WalletOwner(teamId, userId, applicationId);
    }

    public WalletAccounts NewWallet(string name, string currency) =>
        WalletAccounts.New(WalletId, TeamId, name.Length > 0 ? name : UserId.Length > 0 ? UserId : ApplicationId, currency, ParentId) with
        {
            UserId = UserId, ApplicationId = ApplicationId,
        };

    /// <summary>Whether the wallet that was found under the owner's id is the owner's: a team named 'organisation' has none.</summary>
    public bool Owns(WalletAccounts? wallet) =>
        wallet is not null && wallet.TeamId == TeamId && wallet.UserId == UserId && wallet.ApplicationId == ApplicationId;

    /// <summary>The team's wallet stands for the team: they are made together.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND (TEAM_NOT_FOUND).</exception>
    public void RequireTeam(WalletAccounts? teamWallet)
    {
        if (teamWallet is null || teamWallet.TeamId != TeamId)
        {
            throw RpcErrors.NotFound(Reasons.TeamNotFound, $"There is no team '{TeamId}'. Create it first, or list the teams.");
        }
    }
}
