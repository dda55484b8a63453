using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.ServiceDefaults.Identity;
using Platform.Wallet.Controls;
using Platform.Wallet.Identity;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>Teams, users and applications on a real database.</summary>
public sealed class TeamTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    [Fact(Timeout = 300_000)]
    public async Task An_update_changes_what_it_names_and_is_audited_with_before_and_after()
    {
        var team = (await CreateAsync(new CreateTeamRequest { Owner = "Ada", Email = "ada@example.com", CostCentre = "4711", ExternalId = "hr-1" })).TeamId;
        var updated = await UpdateAsync(new UpdateTeamRequest { TeamId = team, Owner = "", CostCentre = "0815" });
        Assert.Equal(("Team", "", "ada@example.com", "0815", "hr-1"), (updated.Name, updated.Owner, updated.Email, updated.CostCentre, updated.ExternalId));
        Assert.Equal(updated, (await ledger.Get<TeamStore>().ListAsync("", null, LedgerFixture.Token)).Single(other => other.TeamId == team));
        Assert.Equal("4711 0815", await ledger.ScalarAsync<string>(
            "SELECT (before ->> 'cost_centre') || ' ' || (after ->> 'cost_centre') FROM identity.audit_log WHERE action = 'team.update' AND subject = $1", team));

        Assert.Equal(updated, await UpdateAsync(new UpdateTeamRequest { TeamId = team, CostCentre = "0815" }));
        Assert.Equal(1, await ledger.ScalarAsync<long>("SELECT count(*) FROM identity.audit_log WHERE action = 'team.update' AND subject = $1", team));
    }

    [Fact(Timeout = 300_000)]
    public async Task Teams_are_found_by_the_beginning_of_their_id_or_name_and_come_by_pages()
    {
        foreach (var (id, name) in new[] { ("paged_a", "Zeta 100% one"), ("paged_b", "paged"), ("zeta_c", "Other"), ("paged_d", "zeta two") })
        {
            await ledger.Get<CreateTeam>().RunAsync(new CreateTeamRequest { TeamId = id, Name = name, IdempotencyKey = id }, LedgerFixture.Tester, LedgerFixture.Token);
        }

        Assert.Equal("paged_a paged_b paged_d", await IdsAsync("PAGED_", null));
        Assert.Equal("paged_a paged_d zeta_c", await IdsAsync("Zeta", null));
        Assert.Equal("paged_a", await IdsAsync("zeta 100%", null));
        Assert.Equal("", await IdsAsync("eta", null));
        Assert.Equal("paged_a paged_b paged_d", await IdsAsync("paged", PageRequest.Of(2, "")));
        Assert.Equal("paged_d", await IdsAsync("paged", PageRequest.Of(2, "paged_b")));

        async Task<string> IdsAsync(string search, PageRequest? page) =>
            string.Join(' ', (await ledger.Get<TeamStore>().ListAsync(search, page, LedgerFixture.Token)).Select(team => team.TeamId));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_renamed_teams_wallet_has_the_new_name()
    {
        var team = (await CreateAsync(new CreateTeamRequest())).TeamId;
        await UpdateAsync(new UpdateTeamRequest { TeamId = team, Owner = "Ada" });
        Assert.Equal("Team", await NameOfWalletAsync(team));
        await UpdateAsync(new UpdateTeamRequest { TeamId = team, Name = "Research" });
        Assert.Equal("Research", await NameOfWalletAsync(team));

        async Task<string> NameOfWalletAsync(string teamId) =>
            (await ledger.Get<ReadWallets>().ListAsync(new ListWalletsRequest(), LedgerFixture.Token)).Wallets.Single(wallet => wallet.TeamId == teamId).Name;
    }

    [Fact(Timeout = 300_000)]
    public async Task A_teams_wallets_are_its_own_and_those_of_its_users_and_applications_in_the_order_of_all()
    {
        var (team, other) = (await ledger.TeamWithAsync(1_000), await ledger.TeamWithAsync(1_000));
        await ledger.ApplicationAsync($"app_{team}", team);
        await ledger.UserAsync($"ann_{team}");
        await ledger.UserAsync($"bob_{team}");
        foreach (var (owner, user, application) in new[] { (team, $"bob_{team}", ""), (team, "", $"app_{team}"), (team, $"ann_{team}", ""), (other, $"ann_{team}", "") })
        {
            await ledger.Get<CreateWallet>().RunAsync(
                new CreateWalletRequest { TeamId = owner, UserId = user, ApplicationId = application, IdempotencyKey = $"{owner}{user}{application}" },
                "test", LedgerFixture.Token);
        }

        var ofTeam = (await ListAsync(team)).Wallets;

        Assert.Equal(4, ofTeam.Count);
        Assert.Equal((await ListAsync("")).Wallets.Where(wallet => wallet.TeamId == team), ofTeam);
        Assert.Equal(Reasons.TeamNotFound, await HoldTests.TryAsync(() => ListAsync("team_nobody")));

        Task<ListWalletsResponse> ListAsync(string teamId) => ledger.Get<ReadWallets>().ListAsync(new ListWalletsRequest { TeamId = teamId }, LedgerFixture.Token);
    }

    [Theory(Timeout = 300_000)]
    [InlineData("email", "nobody")]
    [InlineData("email", "a@b")]
    [InlineData("email", "a@b@example.com")]
    [InlineData("email", "a b@example.com")]
    [InlineData("email", "a@example.com\n")]
    [InlineData("email", "a@example..com")]
    [InlineData("name", "")]
    [InlineData("name", "long")]
    [InlineData("owner", "long")]
    [InlineData("owner", "\0")]
    [InlineData("cost_centre", "long")]
    [InlineData("external_id", "long")]
    public async Task A_bad_field_is_refused_at_creation_and_at_update(string field, string text)
    {
        var value = text == "long" ? new string('x', 201) : text;
        var team = (await CreateAsync(new CreateTeamRequest())).TeamId;
        var create = new CreateTeamRequest { Name = "Team" };
        var update = new UpdateTeamRequest { TeamId = team };
        foreach (var message in new Google.Protobuf.IMessage[] { create, update })
        {
            message.Descriptor.FindFieldByName(field).Accessor.SetValue(message, value);
        }

        Assert.Equal(Reasons.InvalidArgument, await HoldTests.TryAsync(() => CreateAsync(create, keepName: true)));
        Assert.Equal(Reasons.InvalidArgument, await HoldTests.TryAsync(() => UpdateAsync(update)));
    }

    [Fact(Timeout = 300_000)]
    public async Task Freezing_a_team_stops_all_its_keys_and_no_others()
    {
        var team = await ledger.TeamWithAsync(0);
        var secret = (await ledger.Get<CreateKey>().RunAsync(
            new CreateKeyRequest { TeamId = team, Name = "Key", IdempotencyKey = team }, LedgerFixture.Tester, LedgerFixture.Token)).Secret;
        Assert.NotNull((await FreezeAsync(team, true)).FrozenAt);
        Assert.Equal(KeyStanding.TeamFrozen, await StandingAsync(secret));
        Assert.Equal(KeyStanding.Usable, await StandingAsync(LedgerFixture.SupportKey));
        Assert.Null((await FreezeAsync(team, false)).FrozenAt);
        Assert.Equal(KeyStanding.Usable, await StandingAsync(secret));
        Assert.Equal(Reasons.TeamNotFound, await HoldTests.TryAsync(() => FreezeAsync("team_none", true)));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_disabled_users_keys_are_refused_until_the_user_is_enabled()
    {
        await KeyTests.UserAsync(ledger, "u_leaver");
        var secret = (await ledger.Get<CreateKey>().RunAsync(
            new CreateKeyRequest { Role = Role.Viewer, UserId = "u_leaver", Name = "Key", IdempotencyKey = "leaver" }, LedgerFixture.Tester, LedgerFixture.Token)).Secret;
        Assert.NotNull((await UserAsync(new UpdateUserRequest { UserId = "u_leaver", Disabled = true })).DisabledAt);
        Assert.Equal(KeyStanding.UserDisabled, await StandingAsync(secret));
        var enabled = await UserAsync(new UpdateUserRequest { UserId = "u_leaver", Disabled = false, Email = "l@example.com" });
        Assert.Equal((null, "u_leaver", "l@example.com"), (enabled.DisabledAt, enabled.Name, enabled.Email));
        Assert.Equal(KeyStanding.Usable, await StandingAsync(secret));
        Assert.Equal(Reasons.UserNotFound, await HoldTests.TryAsync(() => UserAsync(new UpdateUserRequest { UserId = "u_none" })));
        Assert.Equal(Reasons.InvalidArgument, await HoldTests.TryAsync(() => UserAsync(new UpdateUserRequest { UserId = "u_leaver", Email = "x" })));
        Assert.Equal(Reasons.UserExists, await HoldTests.TryAsync(() => ledger.Get<CreateUser>().RunAsync(
            new CreateUserRequest { UserId = "u_leaver", Name = "Again", IdempotencyKey = "u_leaver again" }, LedgerFixture.Tester, LedgerFixture.Token)));
    }

    [Fact(Timeout = 300_000)]
    public async Task An_application_is_one_teams_and_found_among_its_own()
    {
        var team = await ledger.TeamWithAsync(0);
        for (var index = 0; index < 3; index++)
        {
            await ApplicationAsync($"app-{index}", team);
        }

        Assert.Equal(Reasons.ApplicationExists, await HoldTests.TryAsync(() => ApplicationAsync("app-0", "team_support")));
        Assert.Equal(Reasons.TeamNotFound, await HoldTests.TryAsync(() => ApplicationAsync("app-9", "team_none")));
        Assert.Equal(Reasons.InvalidArgument, await HoldTests.TryAsync(() => ApplicationAsync("app.9", team)));
        var page = PageRequest.Of(2, "");
        var (rows, next) = page.Cut(await ledger.Get<ApplicationStore>().ListAsync(team, page, LedgerFixture.Token), application => application.ApplicationId);
        Assert.Equal(["app-0", "app-1"], rows.Select(application => application.ApplicationId));
        Assert.Equal("app-1", next);
        Assert.Equal("app-2", (await ledger.Get<ApplicationStore>().ListAsync(team, PageRequest.Of(2, next), LedgerFixture.Token)).Single().ApplicationId);
        var renamed = await ledger.Get<UpdateApplication>().RunAsync(
            new UpdateApplicationRequest { ApplicationId = "app-0", Name = "New", IdempotencyKey = "rename" }, LedgerFixture.Tester, LedgerFixture.Token);
        Assert.Equal(("New", team), (renamed.Name, renamed.TeamId));
    }

    [Theory(Timeout = 300_000)]
    [InlineData("team")]
    [InlineData("team freeze")]
    [InlineData("user")]
    [InlineData("application")]
    [InlineData("key freeze")]
    [InlineData("key allow")]
    [InlineData("key rotate")]
    [InlineData("key revoke")]
    [InlineData("cap remove")]
    public async Task An_id_that_no_database_can_keep_is_refused_as_any_bad_argument(string what)
    {
        const string Id = "a\0b";
        var (by, key, token) = (LedgerFixture.Tester, $"NUL {what}", LedgerFixture.Token);
        Assert.Equal(Reasons.InvalidArgument, await HoldTests.TryAsync(async () => (Google.Protobuf.IMessage)(what switch
        {
            "team" => await UpdateAsync(new UpdateTeamRequest { TeamId = Id, Name = "New" }),
            "team freeze" => await ledger.Get<FreezeTeam>().RunAsync(new FreezeTeamRequest { TeamId = Id, IdempotencyKey = key }, true, by, token),
            "user" => await UserAsync(new UpdateUserRequest { UserId = Id, Name = "New" }),
            "application" => await ledger.Get<UpdateApplication>().RunAsync(new UpdateApplicationRequest { ApplicationId = Id, IdempotencyKey = key }, by, token),
            "key freeze" => await ledger.Get<FreezeKey>().RunAsync(new FreezeKeyRequest { KeyId = Id, IdempotencyKey = key }, true, by, token),
            "key allow" => await ledger.Get<SetKeyAllowed>().RunAsync(new SetKeyAllowedRequest { KeyId = Id, IdempotencyKey = key }, by, token),
            "key rotate" => await ledger.Get<RotateKey>().RunAsync(new RotateKeyRequest { KeyId = Id, IdempotencyKey = key }, by, token),
            "key revoke" => await ledger.Get<RevokeKey>().RunAsync(Id, by, token),
            _ => await ledger.Get<RemoveCap>().RunAsync(new RemoveCapRequest { CapId = Id, IdempotencyKey = key }, "test", token),
        })));
    }

    [Theory]
    [InlineData(-1, "", Reasons.InvalidArgument)]
    [InlineData(1001, "", Reasons.InvalidArgument)]
    [InlineData(10, "\0", Reasons.PageTokenInvalid)]
    public async Task A_bad_page_is_refused(int size, string token, string reason) => Assert.Equal(
        reason, await HoldTests.TryAsync(() => Task.FromResult(PageRequest.Of(size, token))));

    [Theory(Timeout = 300_000)]
    [InlineData("teams")]
    [InlineData("users")]
    [InlineData("applications")]
    [InlineData("keys")]
    public async Task A_token_that_was_copied_in_part_begins_no_page(string what)
    {
        var team = (await CreateAsync(new CreateTeamRequest())).TeamId;
        for (var i = 0; i < 2; i++)
        {
            await ledger.UserAsync($"{team}{i}");
            await ledger.ApplicationAsync($"{team}{i}", team);
            await ledger.Get<CreateKey>().RunAsync(
                new CreateKeyRequest { TeamId = team, UserId = $"{team}{i}", Name = "key", IdempotencyKey = $"{team}{i}" }, LedgerFixture.Tester, LedgerFixture.Token);
        }

        var (first, token) = await PageAsync("");
        var second = (await PageAsync(token)).Id;

        Assert.NotEqual(first, second);
        Assert.Equal(Reasons.PageTokenInvalid, await HoldTests.TryAsync(() => PageAsync(token[..^1])));

        async Task<(string Id, string Next)> PageAsync(string after)
        {
            var page = PageRequest.Of(1, after);
            var rows = what switch
            {
                "teams" => (await ledger.Get<TeamStore>().ListAsync("", page, LedgerFixture.Token)).ConvertAll(row => row.TeamId),
                "users" => (await ledger.Get<UserStore>().ListAsync(page, LedgerFixture.Token)).ConvertAll(row => row.UserId),
                "applications" => (await ledger.Get<ApplicationStore>().ListAsync("", page, LedgerFixture.Token)).ConvertAll(row => row.ApplicationId),
                _ => (await ledger.Get<KeyStore>().ListAsync("", "", [], page, LedgerFixture.Token)).ConvertAll(row => row.KeyId),
            };
            return (rows[0], page.Cut(rows, id => id).NextToken);
        }
    }

    private async Task<KeyStanding> StandingAsync(string secret)
    {
        await ledger.Get<DirectoryFeed>().RefreshAsync(LedgerFixture.Token);
        return ledger.Get<WalletDirectory>().Find(secret, out _);
    }

    private Task<Team> CreateAsync(CreateTeamRequest request, bool keepName = false)
    {
        request.TeamId = $"t{Guid.CreateVersion7():N}";
        request.Name = keepName ? request.Name : "Team";
        request.IdempotencyKey = request.TeamId;
        return ledger.Get<CreateTeam>().RunAsync(request, LedgerFixture.Tester, LedgerFixture.Token);
    }

    private Task<Team> UpdateAsync(UpdateTeamRequest request)
    {
        request.IdempotencyKey = Guid.CreateVersion7().ToString();
        return ledger.Get<UpdateTeam>().RunAsync(request, LedgerFixture.Tester, LedgerFixture.Token);
    }

    private Task<User> UserAsync(UpdateUserRequest request)
    {
        request.IdempotencyKey = Guid.CreateVersion7().ToString();
        return ledger.Get<UpdateUser>().RunAsync(request, LedgerFixture.Tester, LedgerFixture.Token);
    }

    private Task<Team> FreezeAsync(string team, bool freeze) => ledger.Get<FreezeTeam>().RunAsync(
        new FreezeTeamRequest { TeamId = team, IdempotencyKey = Guid.CreateVersion7().ToString() }, freeze, LedgerFixture.Tester, LedgerFixture.Token);

    private Task<Application> ApplicationAsync(string id, string team) => ledger.Get<CreateApplication>().RunAsync(
        new CreateApplicationRequest { ApplicationId = id, TeamId = team, Name = id, IdempotencyKey = $"{id} {team}" }, LedgerFixture.Tester, LedgerFixture.Token);
}
