using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;

namespace Platform.Forecast.Organisation;

/// <summary>
/// What this service asks of Wallet: teams, currency and balances. A forecast without them would be silently poorer, so that a Wallet which does not
/// answer makes the call UNAVAILABLE (DEPENDENCY_UNAVAILABLE).
/// </summary>
internal sealed class OrganisationDirectory(Identity.IdentityClient identity, Wallet.WalletClient wallet, TimeProvider time)
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    /// <summary>NOT_FOUND (TEAM_NOT_FOUND) unless the team exists; an empty id is the organisation.</summary>
    public async Task RequireTeamAsync(string teamId, CancellationToken cancellationToken)
    {
        if (teamId.Length == 0)
        {
            return;
        }

        if (!(await ListTeamIdsAsync(cancellationToken)).Contains(teamId))
        {
            throw RpcErrors.NotFound(
                Reasons.TeamNotFound, $"There is no team '{(teamId.Length <= 80 ? teamId : teamId[..80] + "…")}'. Create it, or ask for an existing one.");
        }
    }

    public async Task<IReadOnlyList<string>> ListTeamIdsAsync(CancellationToken cancellationToken) =>
        [.. (await AskAsync(options => identity.ListTeamsAsync(new ListTeamsRequest(), options), cancellationToken)).Teams.Select(team => team.TeamId)];

    /// <summary>ISO 4217.</summary>
    public async Task<string> ReadCurrencyAsync(CancellationToken cancellationToken) =>
        (await AskAsync(options => identity.WhoAmIAsync(new WhoAmIRequest(), options), cancellationToken)).Currency;

    /// <summary>
    /// By team, what is available in nano-units, leased money that no call has drawn included, in its own wallet and those of its users and applications; under an empty id in all wallets together.
    /// Teams without a wallet are not there.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, long>> ReadFundsAsync(CancellationToken cancellationToken) => FundsOf(await ListWalletsAsync(cancellationToken));

    /// <summary>As <see cref="ReadFundsAsync"/>, of wallets that were read before.</summary>
    public static IReadOnlyDictionary<string, long> FundsOf(IReadOnlyList<WalletView> wallets)
    {
        var funds = wallets.Where(view => view.TeamId.Length > 0).GroupBy(view => view.TeamId)
            .ToDictionary(team => team.Key, team => team.Sum(view => view.AvailableNanos + view.LeasedUndrawnNanos));
        if (wallets.Count > 0)
        {
            funds[""] = wallets.Sum(view => view.AvailableNanos + view.LeasedUndrawnNanos);
        }

        return funds;
    }

    /// <summary>By team, what is available as in <see cref="ReadFundsAsync"/>, and the part of it that is in the wallet of the team itself.</summary>
    public async Task<IReadOnlyDictionary<string, TeamMoney>> ReadWalletsAsync(CancellationToken cancellationToken) =>
        (await ListWalletsAsync(cancellationToken)).Where(view => view.TeamId.Length > 0).GroupBy(view => view.TeamId).ToDictionary(team => team.Key, team => new TeamMoney(
            team.Sum(view => view.AvailableNanos + view.LeasedUndrawnNanos), team.Where(view => view is { UserId: "", ApplicationId: "" }).Sum(view => view.AvailableNanos)));

    public async Task<IReadOnlyList<WalletView>> ListWalletsAsync(CancellationToken cancellationToken) =>
        (await AskAsync(options => wallet.ListWalletsAsync(new ListWalletsRequest(), options), cancellationToken)).Wallets;

    private Task<T> AskAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken) =>
        Ask.ServiceAsync(time, AnswerLimit, "The Wallet service", call, cancellationToken);
}

/// <param name="AvailableNanos">In all wallets of the team, what is undrawn in leases included.</param>
/// <param name="OwnNanos">In its own, what may be reclaimed at once.</param>
internal sealed record TeamMoney(long AvailableNanos, long OwnNanos);
