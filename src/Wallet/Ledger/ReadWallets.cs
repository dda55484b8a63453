using System.Runtime.CompilerServices;
using Platform.Contracts;
using Platform.Contracts.Wallet.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.Wallet.Alerts;
using Platform.Wallet.Allocations;

namespace Platform.Wallet.Ledger;

/// <summary>Balances as people see them.</summary>
internal sealed class ReadWallets(LedgerStore store, StatementStore statements, AllocationStore allocations, TreeBurnRate treeBurnRate, TimeProvider time)
{
    private const int MaximumPlanned = 10;

    /// <summary>All, or a team's wallet and those of its users and applications, in one answer: for callers of before there were pages. <see cref="ListWallets"/> has pages.</summary>
    /// <exception cref="Grpc.Core.RpcException">
    /// NOT_FOUND (TEAM_NOT_FOUND): a team has its wallet for as long as it is. INVALID_ARGUMENT (TOO_MANY_ROWS) where no caller could receive the answer.
    /// </exception>
    public async Task<ListWalletsResponse> ListAsync(ListWalletsRequest request, CancellationToken cancellationToken)
    {
        var wallets = await ReadAsync(request.TeamId, cancellationToken);
        return WholeAnswers.Fitting(new ListWalletsResponse { Wallets = { wallets.Select(View) } }, wallets.Count, "wallets");
    }

    /// <summary>The same of any number of wallets, of one moment, a message for each thousand. All are read before the first is told, so that a slow caller holds up no snapshot.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND (TEAM_NOT_FOUND).</exception>
    public async IAsyncEnumerable<StreamWalletsResponse> StreamAsync(StreamWalletsRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var some in (await ReadAsync(request.TeamId, cancellationToken)).Chunk(PageRequest.LargestSize))
        {
            yield return new StreamWalletsResponse { Wallets = { some.Select(View) } };
        }
    }

    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND (WALLET_NOT_FOUND).</exception>
    public async Task<GetWalletResponse> GetAsync(string walletId, CancellationToken cancellationToken)
    {
        Rules.RequireNoNul("wallet_id", walletId);
        var wallet = await store.RequireAsync(walletId, cancellationToken);
        var planned = await allocations.ListNextAsync(walletId, MaximumPlanned, cancellationToken);
        return new GetWalletResponse
        {
            Wallet = View(wallet),
            BurnRate = await BurnRateAsync(wallet, cancellationToken),
            TreeBurnRate = await treeBurnRate.OfAsync(wallet, cancellationToken),
            Planned =
            {
                planned.Select(row => new PlannedFunds
                {
                    AllocationId = row.AllocationId.ToString(), AmountNanos = row.Amount, DueAt = row.DueAt.ToTimestampUtc(),
                    Waiting = row.State == AllocationState.Waiting,
                }),
            },
        };
    }

    /// <summary>The wallet that a call is charged to, and those above it.</summary>
    /// <exception cref="Grpc.Core.RpcException">NOT_FOUND (TEAM_NOT_FOUND).</exception>
    public async Task<GetBalanceResponse> BalanceAsync(GetBalanceRequest request, CancellationToken cancellationToken)
    {
        Rules.RequireNoNul("team_id, user_id or application_id", request.TeamId, request.UserId, request.ApplicationId);
        var teamId = request.TeamId;
        var candidates = WalletAccounts.Candidates(teamId, request.UserId, request.ApplicationId);
        var wallets = (await store.ReadAsync([.. candidates, WalletAccounts.OrganisationId], cancellationToken)).ToDictionary(wallet => wallet.WalletId);
        if (teamId.Length == 0 || !wallets.TryGetValue(candidates[^1], out var team) || team.TeamId != teamId)
        {
            throw RpcErrors.NotFound(Reasons.TeamNotFound, $"There is no team '{teamId}'.");
        }

        var effective = wallets[candidates.First(wallets.ContainsKey)];
        return new GetBalanceResponse
        {
            Effective = View(effective),
            Cascade = { WalletTree.PathOf(effective).Select(id => View(wallets[id])) },
            BurnRate = await BurnRateAsync(effective, cancellationToken),
        };
    }

    /// <param name="teamId">Empty: all.</param>
    private async Task<List<WalletAccounts>> ReadAsync(string teamId, CancellationToken cancellationToken)
    {
        Rules.RequireNoNul("team_id", teamId);
        var wallets = teamId.Length == 0 ? await store.ListAsync(cancellationToken) : await store.ListOfTeamAsync(teamId, cancellationToken);
        return teamId.Length == 0 || wallets.Count > 0 ? wallets : throw RpcErrors.NotFound(Reasons.TeamNotFound, $"There is no team '{Validation.Shown(teamId)}'.");
    }

    /// <summary>Of the wallet alone, whose money may have an end.</summary>
    private async Task<BurnRate> BurnRateAsync(WalletAccounts wallet, CancellationToken cancellationToken)
    {
        var periods = (await allocations.ReadOpenPeriodsAsync([wallet.WalletId], cancellationToken)).GetValueOrDefault(wallet.WalletId);
        var now = time.GetUtcNow();
        var (inDay, in7Days, in30Days) = await statements.ReadSpentSinceAsync(
            wallet.WalletId, now - TimeSpan.FromDays(1), now - TimeSpan.FromDays(7), now - TimeSpan.FromDays(30), cancellationToken);
        return BurnRateEstimate.Of(
            wallet.Left, inDay, in7Days, in30Days, now - wallet.CreatedAt, now, [.. periods?.RemainingNow(wallet.Left) ?? []]);
    }

    internal static WalletView View(WalletAccounts wallet) => new()
    {
        WalletId = wallet.WalletId,
        Scope = wallet.TeamId.Length == 0 ? WalletScope.Organisation
            : wallet.UserId.Length > 0 ? WalletScope.User
            : wallet.ApplicationId.Length > 0 ? WalletScope.Application
            : WalletScope.Team,
        TeamId = wallet.TeamId,
        UserId = wallet.UserId,
        ApplicationId = wallet.ApplicationId,
        ParentId = wallet.ParentId,
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
        LeasedUndrawnNanos = wallet.Undrawn,
        Policy = wallet.Policy.ToContract(),
    };

    /// <summary>By the figures and the first level of the low-balance events: what holds and leases may return counts.</summary>
    internal static WalletStatus StatusOf(WalletAccounts wallet) =>
        wallet.Left == 0 ? WalletStatus.Depleted
        : LowBalance.IsLow(wallet) ? WalletStatus.Low
        : WalletStatus.Healthy;
}
