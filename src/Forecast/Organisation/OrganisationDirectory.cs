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
    private const string WalletService = "The Wallet service";

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    /// <summary>For all wallets, of which a hundred thousand take a second or two on a machine that does nothing else.</summary>
    private static readonly TimeSpan StreamLimit = TimeSpan.FromSeconds(30);

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
        var (wallets, planned) = (ListWalletsAsync(teamId, cancellationToken), ListAllocationsAsync(teamId, cancellationToken));
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
            AskAsync(options => wallet.ListWalletsAsync(new ListWalletsRequest { PageSize = 1, WithTeamTotals = true }, options), cancellationToken), ListAllocationsAsync("", cancellationToken));
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

    private async Task<IReadOnlyList<Cap>> ListCapsAsync(CapScope scope, string scopeId, CancellationToken cancellationToken) => await PageRequest.ReadAllAsync<Cap>(async token =>
    {
        var request = new ListCapsRequest { Scope = scope, ScopeId = scopeId, Undrawn = true, PageSize = PageRequest.LargestSize, PageToken = token };
        var page = await AskAsync(options => caps.ListCapsAsync(request, options), cancellationToken);
        return (page.Caps, page.NextPageToken);
    });

    private static RpcException Earlier() => RpcErrors.Create(
        StatusCode.Unavailable, Reasons.DependencyUnavailable, "The Wallet service is of an earlier version, which has no sums and no streams of wallets. Upgrade it.");

    /// <summary>Wallets of one moment, however many: between two answers money could move from one wallet to another and be counted twice.</summary>
    /// <param name="teamId">Empty: all.</param>
    public async Task<IReadOnlyList<WalletView>> ListWalletsAsync(string teamId, CancellationToken cancellationToken)
    {
        try
        {
            return await Ask.ServiceAsync(time, StreamLimit, WalletService, ReadAsync, cancellationToken);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Unimplemented)
        {
            throw Earlier();
        }

        async Task<List<WalletView>> ReadAsync(CallOptions options)
        {
            var all = new List<WalletView>();
            using var call = wallet.StreamWallets(new StreamWalletsRequest { TeamId = teamId }, options);
            await foreach (var some in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                all.AddRange(some.Wallets);
            }

            return all;
        }
    }

    /// <summary>All pages of them: what comes to a wallet must not hang on when it was planned.</summary>
    /// <param name="teamId">Empty: of all teams.</param>
    private async Task<IReadOnlyList<Allocation>> ListAllocationsAsync(string teamId, CancellationToken cancellationToken) => await PageRequest.ReadAllAsync<Allocation>(async token =>
    {
        var page = await AskAsync(options => allocations.ListAllocationsAsync(new ListAllocationsRequest { TeamId = teamId, PageToken = token }, options), cancellationToken);
        return (page.Allocations, page.NextPageToken);
    });

    private Task<T> AskAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken) =>
        Ask.ServiceAsync(time, AnswerLimit, WalletService, call, cancellationToken);
}
