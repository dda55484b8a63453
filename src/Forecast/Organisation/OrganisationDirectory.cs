using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Layers;
using CapsClient = Platform.Contracts.Wallet.V1.Controls.ControlsClient;

namespace Platform.Forecast.Organisation;

/// <summary>
/// What this service asks of Wallet: teams, currency, balances and what is planned to come. A forecast without them would be silently poorer, so that a Wallet which does not
/// answer makes the call UNAVAILABLE (DEPENDENCY_UNAVAILABLE).
/// </summary>
internal sealed class OrganisationDirectory(Identity.IdentityClient identity, Wallet.WalletClient wallet, Allocations.AllocationsClient allocations, CapsClient caps, TimeProvider time)
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
                Reasons.TeamNotFound, $"There is no team '{Validation.Shown(teamId)}'. Create it, or ask for an existing one.");
        }
    }

    public async Task<IReadOnlyList<string>> ListTeamIdsAsync(CancellationToken cancellationToken) =>
        [.. (await AskAsync(options => identity.ListTeamsAsync(new ListTeamsRequest(), options), cancellationToken)).Teams.Select(team => team.TeamId)];

    /// <summary>ISO 4217.</summary>
    public async Task<string> ReadCurrencyAsync(CancellationToken cancellationToken) =>
        (await AskAsync(options => identity.WhoAmIAsync(new WhoAmIRequest(), options), cancellationToken)).Currency;

    /// <summary>Wallets, and what the calendar brings them and ends: asked at once.</summary>
    /// <param name="teamId">Whose wallets alone are asked for: an organisation has a hundred thousand. Empty: all.</param>
    public async Task<OrganisationFunds> ReadFundsAsync(string teamId, CancellationToken cancellationToken)
    {
        var (wallets, planned) = (ListWalletsAsync(teamId, cancellationToken), ListAllocationsAsync(cancellationToken));
        await Task.WhenAll(wallets, planned);
        return new OrganisationFunds(teamId, await wallets, await planned);
    }

    /// <summary>What all wallets together can spend, summed up by Wallet; null when there is none.</summary>
    public async Task<SpendableFunds?> ReadSumAsync(CancellationToken cancellationToken)
    {
        var answer = await AskAsync(options => wallet.ListWalletsAsync(new ListWalletsRequest { PageSize = 1, WithTotals = true }, options), cancellationToken);
        return answer.Totals is { } sums ? OrganisationSums.Of([sums]) : throw Earlier();
    }

    /// <summary>The same by team, and what the calendar brings teams and ends: asked at once.</summary>
    public async Task<OrganisationSums> ReadSumsAsync(CancellationToken cancellationToken)
    {
        var (wallets, planned) = (
            AskAsync(options => wallet.ListWalletsAsync(new ListWalletsRequest { PageSize = 1, WithTeamTotals = true }, options), cancellationToken), ListAllocationsAsync(cancellationToken));
        await Task.WhenAll(wallets, planned);
        var answer = await wallets;
        return answer.TeamTotals.Count > 0 || answer.Wallets.Count == 0 ? new OrganisationSums(answer.TeamTotals, await planned) : throw Earlier();
    }

    /// <summary>Active period caps of the organisation and of all teams; those of users and keys, of which there may be as many as there are people, are not asked for.</summary>
    public async Task<IReadOnlyList<Cap>> ListCapsAsync(CancellationToken cancellationToken)
    {
        var lists = await Task.WhenAll(ListCapsAsync(CapScope.Organisation, "", cancellationToken), ListCapsAsync(CapScope.Team, "", cancellationToken));
        return [.. lists.SelectMany(caps => caps)];
    }

    /// <summary>The same of one team, or those on all calls of the organisation.</summary>
    /// <param name="teamId">Empty: the organisation, without its teams.</param>
    public Task<IReadOnlyList<Cap>> ListOwnCapsAsync(string teamId, CancellationToken cancellationToken) =>
        ListCapsAsync(teamId.Length > 0 ? CapScope.Team : CapScope.Organisation, teamId, cancellationToken);

    private async Task<IReadOnlyList<Cap>> ListCapsAsync(CapScope scope, string scopeId, CancellationToken cancellationToken) =>
        (await AskAsync(options => caps.ListCapsAsync(new ListCapsRequest { Scope = scope, ScopeId = scopeId, Undrawn = true }, options), cancellationToken)).Caps;

    private static RpcException Earlier() => RpcErrors.Create(
        StatusCode.Unavailable, Reasons.DependencyUnavailable, "The Wallet service is of an earlier version, which has no sums of wallets. Upgrade it.");

    /// <param name="teamId">Empty: all.</param>
    /// <exception cref="RpcException">FAILED_PRECONDITION (TOO_MANY_ROWS): there are more wallets than one answer of Wallet holds; who asked for a forecast asked for nothing wrong.</exception>
    public async Task<IReadOnlyList<WalletView>> ListWalletsAsync(string teamId, CancellationToken cancellationToken)
    {
        try
        {
            return (await AskAsync(options => wallet.ListWalletsAsync(new ListWalletsRequest { TeamId = teamId }, options), cancellationToken)).Wallets;
        }
        catch (RpcException exception) when (RpcErrors.ReasonOf(exception) == Reasons.TooManyRows)
        {
            throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.TooManyRows,
                "What-ifs, promotions, diagnoses and the layers of the whole organisation look at each wallet, up to some 150,000, and there are more. Ask for the forecast or the layers of one team.");
        }
    }

    /// <summary>All pages of them: what comes to a wallet must not hang on when it was planned.</summary>
    private async Task<IReadOnlyList<Allocation>> ListAllocationsAsync(CancellationToken cancellationToken)
    {
        var all = new List<Allocation>();
        var request = new ListAllocationsRequest();
        do
        {
            var page = await AskAsync(options => allocations.ListAllocationsAsync(request, options), cancellationToken);
            all.AddRange(page.Allocations);
            request = new ListAllocationsRequest { PageToken = page.NextPageToken };
        }
        while (request.PageToken.Length > 0);

        return all;
    }

    private Task<T> AskAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken) =>
        Ask.ServiceAsync(time, AnswerLimit, "The Wallet service", call, cancellationToken);
}
