using System.Text.Json;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Wallet.Controls;
using Platform.Wallet.Identity;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>What Forecast hears of caps, freezes and wallet policies: each change once, in its transaction; what changes nothing, not at all.</summary>
public sealed class ControlEventTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    [Fact(Timeout = 300_000)]
    public async Task A_cap_is_told_of_when_it_is_set_changed_removed_and_set_again()
    {
        var team = await ledger.TeamWithAsync(0);
        var cap = await SetAsync(CapScope.Team, team, 100, "June");
        await SetAsync(CapScope.Team, team, 100, "June, once more");
        await SetAsync(CapScope.Team, team, 200);
        await ledger.Get<RemoveCap>().RunAsync(new RemoveCapRequest { CapId = cap.CapId, IdempotencyKey = NewId() }, "test", LedgerFixture.Token);
        await ledger.Get<RemoveCap>().RunAsync(new RemoveCapRequest { CapId = cap.CapId, IdempotencyKey = NewId() }, "test", LedgerFixture.Token);
        await SetAsync(CapScope.Team, team, 300);
        Assert.Equal(Reasons.CurrencyMismatch, await HoldTests.TryAsync(() => SetAsync(CapScope.Team, team, 400, currency: "EUR")));

        var told = await ToldAsync<CapChanged>(team);
        Assert.Equal([("set", 100, 0), ("changed", 200, 100), ("removed", 200, 0), ("set", 300, 0)], told.Select(each => (each.Change, each.AmountNanos, each.BeforeNanos)));
        Assert.Equal(
            new CapChanged(
                told[0].EventId, cap.CapId, "set", "team", team, team, 100, 0, "USD", "month", "Europe/Berlin", "", "June", "test", ledger.Time.GetUtcNow()),
            told[0]);
        Assert.Equal(told[0].EventId, await ledger.ScalarAsync<Guid>("SELECT message_id FROM outbox WHERE body ->> 'eventId' = $1::text LIMIT 1", told[0].EventId.ToString()));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_cap_on_a_key_or_a_user_is_about_the_team_whose_calls_it_limits()
    {
        var (one, two) = (await ledger.TeamWithAsync(0), await ledger.TeamWithAsync(0));
        var (single, several) = (await UserAsync(), await UserAsync());
        await KeyAsync(one, single);
        await KeyAsync(one, several);
        await KeyAsync(two, several);
        var limited = await ledger.Get<CreateKey>().RunAsync(
            new CreateKeyRequest
            {
                Name = "limited", TeamId = one, MonthlyLimit = new MonthlyLimit { AmountNanos = 700, Currency = "USD" }, IdempotencyKey = NewId(),
            },
            LedgerFixture.Tester, LedgerFixture.Token);
        await SetAsync(CapScope.User, single, 10);
        var shared = await SetAsync(CapScope.User, several, 20);
        var all = await SetAsync(CapScope.Organisation, "", 30);

        Assert.Equal([("key", limited.Key.KeyId, 700), ("user", single, 10)], (await ToldAsync<CapChanged>(one)).Select(each => (each.Scope, each.ScopeId, each.AmountNanos)));
        Assert.Equal([shared.CapId, all.CapId], (await ToldAsync<CapChanged>("")).Select(each => each.CapId));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_freeze_and_its_end_are_told_once_each_of_wallets_teams_and_keys_that_spend()
    {
        var team = await ledger.TeamWithAsync(0);
        var wallet = WalletAccounts.IdOf(team);
        var key = await KeyAsync(team);
        var viewer = (await ledger.Get<CreateKey>().RunAsync(
            new CreateKeyRequest { Name = "viewer", Role = Role.Viewer, IdempotencyKey = NewId() }, LedgerFixture.Tester, LedgerFixture.Token)).Key.KeyId;
        foreach (var freeze in new[] { true, true, false, false })
        {
            await (freeze
                ? ledger.Get<ChangeWalletPolicy>().FreezeAsync(
                    new FreezeWalletRequest { WalletId = wallet, Description = "runaway agent", IdempotencyKey = NewId() }, "test", LedgerFixture.Token)
                : ledger.Get<ChangeWalletPolicy>().UnfreezeAsync(new UnfreezeWalletRequest { WalletId = wallet, IdempotencyKey = NewId() }, "test", LedgerFixture.Token));
            await ledger.Get<FreezeTeam>().RunAsync(new FreezeTeamRequest { TeamId = team, IdempotencyKey = NewId() }, freeze, LedgerFixture.Tester, LedgerFixture.Token);
            foreach (var each in new[] { key, viewer })
            {
                await ledger.Get<FreezeKey>().RunAsync(new FreezeKeyRequest { KeyId = each, IdempotencyKey = NewId() }, freeze, LedgerFixture.Tester, LedgerFixture.Token);
            }
        }

        var told = await ToldAsync<FreezeChanged>(team);
        Assert.Equal(
            [
                ("wallet", wallet, true, "runaway agent"), ("team", team, true, ""), ("key", key, true, ""),
                ("wallet", wallet, false, ""), ("team", team, false, ""), ("key", key, false, ""),
            ],
            told.Select(each => (each.Subject, each.SubjectId, each.Frozen, each.Description)));
        Assert.All(told, each => Assert.Equal(("test", ledger.Time.GetUtcNow()), (each.Actor, each.OccurredAt)));
        Assert.Empty(await ToldAsync<FreezeChanged>(""));
        Assert.Empty(await ToldAsync<WalletPolicyChanged>(team));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_wallets_policy_is_told_of_by_what_is_otherwise()
    {
        var team = await ledger.TeamWithAsync(0);
        var request = new SetWalletPolicyRequest { WalletId = WalletAccounts.IdOf(team), Observe = true, EmptyWaitSeconds = 0, LowPercents = new LowPercents { Percents = { 10, 50 } } };
        await ledger.Get<ChangeWalletPolicy>().SetAsync(new SetWalletPolicyRequest(request) { IdempotencyKey = NewId() }, "test", LedgerFixture.Token);
        await ledger.Get<ChangeWalletPolicy>().SetAsync(new SetWalletPolicyRequest(request) { IdempotencyKey = NewId() }, "test", LedgerFixture.Token);
        await ledger.Get<ChangeWalletPolicy>().SetAsync(
            new SetWalletPolicyRequest { WalletId = request.WalletId, OverflowToParent = true, EmptyWaitSeconds = 30, LowPercents = new LowPercents(), IdempotencyKey = NewId() }, "test",
            LedgerFixture.Token);

        var told = await ToldAsync<WalletPolicyChanged>(team);
        Assert.Equal(
            ["observe: false, true; low_percents: 20, 50, 10", "overflow_to_parent: false, true; empty_wait_seconds: 0, 30; low_percents: 50, 10, none"],
            told.Select(each => string.Join("; ", each.Changes.Select(item => $"{item.Setting}: {item.Before}, {item.After}"))));
        Assert.All(told, each => Assert.Equal((request.WalletId, "test", ledger.Time.GetUtcNow()), (each.WalletId, each.Actor, each.OccurredAt)));
    }

    private static string NewId() => Guid.CreateVersion7().ToString();

    private Task<Cap> SetAsync(CapScope scope, string scopeId, long amount, string description = "", string currency = "USD") => ledger.Get<SetCap>().RunAsync(
        new SetCapRequest
        {
            Scope = scope, ScopeId = scopeId, Period = CapPeriod.Month, TimeZone = "Europe/Berlin", AmountNanos = amount, Currency = currency, Description = description, IdempotencyKey = NewId(),
        },
        "test", LedgerFixture.Token);

    private async Task<string> UserAsync()
    {
        var id = $"user_{Guid.NewGuid():N}";
        await ledger.Get<CreateUser>().RunAsync(new CreateUserRequest { UserId = id, Name = "Ada", IdempotencyKey = NewId() }, LedgerFixture.Tester, LedgerFixture.Token);
        return id;
    }

    private async Task<string> KeyAsync(string team, string user = "") => (await ledger.Get<CreateKey>().RunAsync(
        new CreateKeyRequest { Name = "key", TeamId = team, UserId = user, IdempotencyKey = NewId() }, LedgerFixture.Tester, LedgerFixture.Token)).Key.KeyId;

    private async Task<List<T>> ToldAsync<T>(string team)
    {
        await using var command = ledger.DataSource.CreateCommand("SELECT body::text FROM outbox WHERE message_type = $1 AND body ->> 'teamId' = $2 ORDER BY outbox_id");
        command.Parameters.Add(new() { Value = typeof(T).FullName! });
        command.Parameters.Add(new() { Value = team });
        await using var reader = await command.ExecuteReaderAsync(LedgerFixture.Token);
        var told = new List<T>();
        while (await reader.ReadAsync(LedgerFixture.Token))
        {
            told.Add(JsonSerializer.Deserialize<T>(reader.GetString(0), JsonSerializerOptions.Web)!);
        }

        return told;
    }
}
