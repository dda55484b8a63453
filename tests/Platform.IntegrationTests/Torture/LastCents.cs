using System.Collections.Concurrent;
using Grpc.Core;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;
using WalletClient = Platform.Contracts.Wallet.V1.Wallet.WalletClient;

namespace Platform.IntegrationTests.Torture;

/// <summary>
/// Spends what wallets that ran empty still have, with smaller and smaller calls, several at a time: a ceiling that cannot be reached would be a ceiling of
/// another height. A wallet is done when nothing is in flight and it has less than the bound of the smallest call.
/// </summary>
internal sealed class LastCents(TortureLoad load, WalletClient wallet, Metadata token, TortureSettings settings)
{
    private const int ClientsOfAWallet = 3;
    private const int WalletsAtOnce = 8;

    /// <summary>Calls of a wallet, whoever makes them.</summary>
    private const int MostUnavailable = 5;

    // Bounds from about $0.003 down to $0.00007.
    private static readonly (string Model, int Cap)[] Sizes = [("gpt-4o", 200), ("gpt-4o-mini", 400), ("gpt-4o-mini", 16)];

    private static readonly TimeSpan SettleLimit = TimeSpan.FromSeconds(30);

    private readonly ConcurrentBag<string> _violations = [];
    private readonly ConcurrentDictionary<string, int> _unavailable = new();

    /// <summary>Wallets that refused a call though they had its bound.</summary>
    public IReadOnlyCollection<string> Violations => _violations;

    public Task SpendAsync(IReadOnlyList<FundedTeam> teams, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        teams, new ParallelOptions { MaxDegreeOfParallelism = WalletsAtOnce, CancellationToken = cancellationToken },
        async (team, cancel) =>
        {
            foreach (var (model, cap) in Sizes)
            {
                var call = new RandomCall(team, model, cap, Stream: false, "hello");
                await Task.WhenAll(Enumerable.Range(0, ClientsOfAWallet).Select(number => UntilRefusedAsync(call, settings.RandomOf(team.TeamId, number))));
            }

            await SpendRestAsync(new RandomCall(team, Sizes[^1].Model, Sizes[^1].Cap, Stream: false, "hello"), cancel);
        });

    /// <summary>
    /// A refusal in the middle of traffic says little: what the calls before it give back is on its way. Where nothing is in flight, a wallet that has the bound
    /// must serve the call.
    /// </summary>
    private async Task SpendRestAsync(RandomCall call, CancellationToken cancellationToken)
    {
        var random = settings.RandomOf(call.Team.TeamId, ClientsOfAWallet);
        while (await RestAsync(call.Team, cancellationToken) is var view && Available(view) >= call.BoundNanos)
        {
            if (await load.CallAsync(call, random, mayLeave: false) is not CallEnd.Answered and var end)
            {
                _violations.Add($"a call with a bound of {call.BoundNanos} ended {end} though nothing was in flight and the wallet had it: {view}");
                return;
            }

            await UntilRefusedAsync(call, random);
        }
    }

    private async Task<WalletView> RestAsync(FundedTeam team, CancellationToken cancellationToken)
    {
        var view = new WalletView();
        await Eventually.TrueAsync(
            async () =>
            {
                view = (await wallet.GetBalanceAsync(new GetBalanceRequest { TeamId = team.TeamId }, token, cancellationToken: cancellationToken)).Effective;
                return view.HeldNanos == view.LeasedUndrawnNanos;
            },
            SettleLimit,
            $"all calls of {team.TeamId} to be posted");
        return view;
    }

    private async Task UntilRefusedAsync(RandomCall call, Random random)
    {
        while (await load.CallAsync(call, random, mayLeave: false) is not CallEnd.Empty and var end)
        {
            // A gateway whom Wallet does not answer in time, as on a machine that is overloaded, says 503 and has spent nothing: asked again.
            var unavailable = end == CallEnd.Unavailable ? _unavailable.AddOrUpdate(call.Team.TeamId, 1, (_, count) => count + 1) : 0;
            Assert.True(
                end == CallEnd.Answered || unavailable is > 0 and <= MostUnavailable, $"A call of {call.Team.TeamId}'s last cents ended as {end}, as {unavailable} of them have ended.");
        }
    }

    private static long Available(WalletView view) => view.AvailableNanos + view.LeasedUndrawnNanos;
}
