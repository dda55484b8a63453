using System.Net;
using Grpc.Net.Client;
using Npgsql;
using Platform.AppHost;
using Platform.Contracts.Wallet.V1;
using Platform.IntegrationTests.Torture;
using Platform.Testing;

namespace Platform.IntegrationTests.Leases;

/// <summary>Calls of the running platform draw from leases, and a wallet can be spent to its last call.</summary>
[Collection(SharedPlatformCollection.Name)]
public sealed class LeasedCallTests(SharedPlatform shared)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Calls_of_a_funded_team_take_no_holds_and_few_operations_on_its_lease()
    {
        const int calls = 300;
        var team = await FundedTeam.MakeAsync(shared.Platform, "team_leased", 5_000_000_000, Cancel);
        await FundedTeam.KnownAsync(shared.Platform.Gateway, team, Cancel);
        await Parallel.ForEachAsync(
            Enumerable.Range(0, calls), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Cancel },
            async (i, cancel) => Assert.Equal(HttpStatusCode.OK, await CallAsync(Call(team), cancel)));

        using var channel = shared.Platform.GrpcOf(ResourceNames.Wallet);
        await Eventually.TrueAsync(async () => (await WalletAsync(channel, team)) is var view && view.HeldNanos == view.LeasedUndrawnNanos, TimeSpan.FromSeconds(60), "all calls to be posted");
        await using var database = NpgsqlDataSource.Create(await shared.Platform.ConnectionStringAsync(ResourceNames.WalletDatabase));
        await Eventually.TrueAsync(
            async () => await ScalarAsync(
                database, "SELECT count(DISTINCT attempt_id) FROM transfer WHERE lease_id IS NOT NULL AND attempt_id IS NOT NULL AND from_wallet = $1", team.WalletId) == calls,
            TimeSpan.FromSeconds(60), "each call to be posted from the lease");
        Assert.Equal(0L, await ScalarAsync(database, "SELECT count(*) FROM hold WHERE team_id = $1", team.TeamId));
        Assert.InRange(await ScalarAsync(database, "SELECT count(*) FROM transfer WHERE lease_id IS NOT NULL AND attempt_id IS NULL AND from_wallet = $1", team.WalletId), 1L, calls / 20);
        await Reconciliation.AssertEqualAsync(shared.Platform, Cancel);
    }

    [Theory]
    [InlineData("team_last_a", 90)]
    [InlineData("team_last_b", 25)]
    [InlineData("team_last_c", 3)]
    public async Task A_wallet_is_spent_until_less_than_one_calls_bound_is_left(string teamId, int bounds)
    {
        var bound = Call(new FundedTeam(teamId, "", 0)).BoundNanos;
        var team = await FundedTeam.MakeAsync(shared.Platform, teamId, (bounds * bound) + (bound / 2), Cancel);
        await FundedTeam.KnownAsync(shared.Platform.Gateway, team, Cancel);
        using var channel = shared.Platform.GrpcOf(ResourceNames.Wallet);
        WalletView view;
        do
        {
            while (await CallAsync(Call(team), Cancel) is var status && status != HttpStatusCode.PaymentRequired)
            {
                Assert.Equal(HttpStatusCode.OK, status);
            }

            await Eventually.TrueAsync(
                async () => (await WalletAsync(channel, team)) is var now && now.HeldNanos == now.LeasedUndrawnNanos, TimeSpan.FromSeconds(60), "all calls to be posted");
            view = await WalletAsync(channel, team);

            // A refusal beside calls in flight says little, since what they give back is on its way; one with nothing in flight would be wrong.
        }
        while (view.AvailableNanos + view.LeasedUndrawnNanos >= bound && await CallAsync(Call(team), Cancel) == HttpStatusCode.OK);

        Assert.True(view.AvailableNanos + view.LeasedUndrawnNanos < bound, $"A call of {bound} was refused: {view}");
        Assert.True(view.SpentNanos <= team.FundedNanos && view.OverageNanos == 0, $"{view}");
        await Reconciliation.AssertEqualAsync(shared.Platform, Cancel);
    }

    private static RandomCall Call(FundedTeam team) => new(team, "gpt-4o-mini", 16, Stream: false, "hello");

    private async Task<HttpStatusCode> CallAsync(RandomCall call, CancellationToken cancellationToken)
    {
        using var request = call.ToRequest();
        using var response = await shared.Platform.Gateway.SendAsync(request, cancellationToken);
        return response.StatusCode;
    }

    private static async Task<WalletView> WalletAsync(GrpcChannel channel, FundedTeam team) => (await new Wallet.WalletClient(channel)
        .GetBalanceAsync(new GetBalanceRequest { TeamId = team.TeamId }, TortureRun.Token, cancellationToken: Cancel)).Effective;

    private static async Task<long> ScalarAsync(NpgsqlDataSource database, string sql, string value)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.AddWithValue(value);
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }
}
