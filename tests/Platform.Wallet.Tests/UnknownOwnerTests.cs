using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Identity;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>Lists of what a team, a user or a wallet has: as an empty list, a mistyped id would read as if it had none.</summary>
public sealed class UnknownOwnerTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    [Theory(Timeout = 300_000)]
    [InlineData("applications of a team", Reasons.TeamNotFound)]
    [InlineData("keys of a team", Reasons.TeamNotFound)]
    [InlineData("keys of a user", Reasons.UserNotFound)]
    [InlineData("leases on a wallet", Reasons.WalletNotFound)]
    public async Task List_of_what_does_not_exist_is_refused_and_one_of_what_has_none_is_empty(string list, string reason)
    {
        var team = await ledger.TeamWithAsync(0);
        await ledger.UserAsync($"ann_{team}");

        Assert.Equal(reason, await HoldTests.TryAsync(() => CountAsync(list, "nobody", "nobody")));
        Assert.Equal(0, await CountAsync(list, team, $"ann_{team}"));
    }

    [Fact(Timeout = 300_000)]
    public async Task Keys_of_a_team_and_a_user_are_refused_where_only_one_of_them_exists()
    {
        var team = await ledger.TeamWithAsync(0);
        await ledger.UserAsync($"bob_{team}");

        Assert.Equal(Reasons.UserNotFound, await HoldTests.TryAsync(() => KeysAsync(team, "nobody")));
        Assert.Equal(Reasons.TeamNotFound, await HoldTests.TryAsync(() => KeysAsync("nobody", $"bob_{team}")));
        Assert.Empty((await KeysAsync(team, $"bob_{team}")).Keys);
    }

    private async Task<int> CountAsync(string list, string team, string user) => list switch
    {
        "applications of a team" =>
            (await ledger.Get<ListApplications>().RunAsync(new ListApplicationsRequest { TeamId = team }, LedgerFixture.Token)).Applications.Count,
        "keys of a team" => (await KeysAsync(team, "")).Keys.Count,
        "keys of a user" => (await KeysAsync("", user)).Keys.Count,
        _ => (await ledger.Get<ListLeases>().RunAsync(new ListLeasesRequest { WalletId = WalletAccounts.IdOf(team) }, LedgerFixture.Token)).Leases.Count,
    };

    private Task<ListKeysResponse> KeysAsync(string team, string user) =>
        ledger.Get<ListKeys>().RunAsync(new ListKeysRequest { TeamId = team, UserId = user }, LedgerFixture.Token);
}
