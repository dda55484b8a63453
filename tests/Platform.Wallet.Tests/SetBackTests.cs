using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Platform.Contracts.Wallet.V1;
using Platform.Testing;
using Platform.Wallet.Controls;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>A database that has lost its newest rows, by a failover to a standby that lacked them or by a restore, while Wallet runs: what a replica remembers of them must not outlive them.</summary>
public sealed class SetBackTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    [Fact(Timeout = 300_000)]
    public async Task Calls_of_a_user_whose_own_wallet_is_lost_are_paid_by_the_teams_again()
    {
        var team = await TeamWithLostUserAsync("u_gone_over");

        await GoOverAsync();

        await Eventually.TrueAsync(
            async () => await TryHoldAsync(team, 100, user: "u_gone_over") == HoldOutcome.Held, TimeSpan.FromSeconds(30), "a hold in the team's wallet");
        Assert.Equal(100, (await ledger.WalletAsync(team)).HeldNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_call_of_a_user_whose_own_wallet_is_lost_is_decided_anew()
    {
        var team = await TeamWithLostUserAsync("u_lost");

        Assert.Equal(HoldOutcome.Held, await ledger.HoldAsync(team, Guid.CreateVersion7(), 100, user: "u_lost"));

        Assert.Equal(100, (await ledger.WalletAsync(team)).HeldNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_call_under_a_cap_whose_count_is_lost_is_decided_anew()
    {
        var team = await ledger.TeamWithAsync(1_000);
        var cap = await CapTests.SetAsync(ledger, CapScope.Team, team, 500);
        Assert.Equal(HoldOutcome.Held, await ledger.HoldAsync(team, Guid.CreateVersion7(), 100));
        await LoseCountAsync(cap);

        Assert.Equal(HoldOutcome.Held, await ledger.HoldAsync(team, Guid.CreateVersion7(), 400));

        Assert.Equal(HoldOutcome.CapReached, await ledger.HoldAsync(team, Guid.CreateVersion7(), 101));
        Assert.Equal(400, await ledger.ScalarAsync<long>("SELECT used FROM cap_account WHERE cap_id = $1", cap.CapId));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_cap_whose_count_is_lost_limits_again_in_a_new_one()
    {
        var team = await ledger.TeamWithAsync(1_000);
        using var feed = new CapFeed(
            ledger.DataSource, ledger.Get<CapStore>(), ledger.Get<CapDirectory>(), TimeProvider.System, NullLogger<CapFeed>.Instance);
        await feed.StartAsync(LedgerFixture.Token);
        var cap = await CapTests.SetAsync(ledger, CapScope.Team, team, 500);
        Assert.Equal(HoldOutcome.Held, await ledger.HoldAsync(team, Guid.CreateVersion7(), 100));
        await LoseCountAsync(cap);

        await GoOverAsync();

        await Eventually.TrueAsync(async () => await TryHoldAsync(team, 400) == HoldOutcome.Held, TimeSpan.FromSeconds(30), "a hold that is counted");
        Assert.Equal(HoldOutcome.CapReached, await ledger.HoldAsync(team, Guid.CreateVersion7(), 101));
        await feed.StopAsync(LedgerFixture.Token);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_lease_is_not_made_beside_a_cap_whose_count_is_lost()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var deaf = ledger.NewReplica();
        var cap = await CapTests.SetAsync(ledger, CapScope.Team, team, 5_000);
        await new LeaseClient(ledger, team, replica: deaf).AcquireAsync(400);
        await LoseCountAsync(cap);

        Assert.Equal(LeaseOutcome.Granted, (await new LeaseClient(ledger, team, "gateway-2", deaf).AcquireAsync(300)).Outcome);

        Assert.Equal(300, await ledger.ScalarAsync<long>("SELECT used FROM cap_account WHERE cap_id = $1", cap.CapId));
    }

    [Fact]
    public void All_caps_that_are_read_anew_take_the_place_of_those_that_were_known()
    {
        var directory = new CapDirectory();
        directory.Apply([Cap("kept", "a", 1), Cap("changed", "b", 4), Cap("lost", "c", 5)]);
        directory.For(new CapSubject("a", "", "")).Single().Account = new OpenAccount(1, default!);

        directory.Load([Cap("kept", "a", 1), Cap("changed", "b", 2), Cap("removed", "d", 3) with { Active = false }]);

        Assert.Equal(3, directory.Revision);
        Assert.Null(directory.For(new CapSubject("a", "", "")).Single().Account);
        Assert.Equal(2, directory.For(new CapSubject("b", "", "")).Single().Row.Revision);
        Assert.Empty(directory.For(new CapSubject("c", "", "")));
        Assert.Empty(directory.For(new CapSubject("d", "", "")));
        Assert.Null(directory.Find("lost"));
    }

    /// <summary>A team, and one of its users whose wallet was known and is gone.</summary>
    private async Task<string> TeamWithLostUserAsync(string user)
    {
        var team = await ledger.TeamWithAsync(1_000);
        await KeyTests.UserAsync(ledger, user);
        await ledger.Get<CreateWallet>().RunAsync(new CreateWalletRequest { TeamId = team, UserId = user, IdempotencyKey = team }, "test", LedgerFixture.Token);

        // Or until the feed has told of it, the team's pays.
        await ledger.Get<KnownWallets>().RefreshAsync(LedgerFixture.Token);
        Assert.Equal(HoldOutcome.InsufficientFunds, await ledger.HoldAsync(team, Guid.CreateVersion7(), 100, user: user));
        await ledger.ExecuteAsync("ALTER TABLE wallet DISABLE TRIGGER USER");
        await ledger.ExecuteAsync("DELETE FROM wallet WHERE team_id = $1 AND user_id = $2", team, user);
        await ledger.ExecuteAsync("ALTER TABLE wallet ENABLE TRIGGER USER");
        return team;
    }

    /// <summary>All of the replica's connections end, as where its server has gone.</summary>
    private async Task GoOverAsync()
    {
        await using var own = new NpgsqlConnection(ledger.ConnectionString + ";Pooling=false");
        await own.OpenAsync(LedgerFixture.Token);
        await using var command = new NpgsqlCommand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()", own);
        await command.ExecuteNonQueryAsync(LedgerFixture.Token);
    }

    private Task LoseCountAsync(Cap cap) => ledger.ExecuteAsync("DELETE FROM cap_account WHERE cap_id = $1", cap.CapId);

    /// <summary>Null while it fails for the connections that are gone.</summary>
    private async Task<HoldOutcome?> TryHoldAsync(string team, long bound, string user = "")
    {
        try
        {
            return await ledger.HoldAsync(team, Guid.CreateVersion7(), bound, user: user);
        }
        catch (NpgsqlException)
        {
            return null;
        }
    }

    private static CapRow Cap(string id, string team, long revision) => CapTests.Cap(id, CapScope.Team, team, revision);
}
