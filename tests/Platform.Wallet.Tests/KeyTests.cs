using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.ServiceDefaults.Identity;
using Platform.Wallet.Controls;
using Platform.Wallet.Holds;
using Platform.Wallet.Identity;

namespace Platform.Wallet.Tests;

/// <summary>The life of keys on a real database: rights, bindings, rotation, freezing, and the last owner.</summary>
public sealed class KeyTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    private static readonly Actor Admin = new("key_admin", Role.Admin);

    [Theory(Timeout = 300_000)]
    [InlineData("create")]
    [InlineData("rotate")]
    [InlineData("freeze")]
    [InlineData("unfreeze")]
    [InlineData("revoke")]
    [InlineData("disable user")]
    public async Task An_admin_manages_what_is_below_an_owner_and_nothing_else(string action)
    {
        foreach (var role in new[] { Role.Viewer, Role.Editor, Role.BillingAdmin, Role.Admin })
        {
            Assert.Null(await TryAsync(action, role, Admin));
        }

        Assert.Equal(Reasons.RoleMissing, await TryAsync(action, Role.Owner, Admin));
        Assert.Null(await TryAsync(action, Role.Owner, LedgerFixture.Tester));
        foreach (var role in new[] { Role.BillingAdmin, Role.Editor, Role.Viewer, Role.Inference, Role.Gateway })
        {
            Assert.Equal(Reasons.RoleMissing, await TryAsync(action, Role.Viewer, new Actor("key_low", role)));
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task The_services_key_is_an_owners_matter()
    {
        var services = await ledger.ScalarAsync<string>("SELECT key_id FROM identity.api_key WHERE role = $1", (short)Role.Gateway);
        Assert.Equal(Reasons.RoleMissing, await HoldTests.TryAsync(() => RevokeAsync(services, Admin)));
        Assert.Equal(Reasons.RoleMissing, await HoldTests.TryAsync(() => FreezeAsync(services, true, Admin)));
        Assert.Equal(Reasons.InvalidArgument, await HoldTests.TryAsync(() => RotateAsync(services, 0)));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_keys_bindings_and_restrictions_reach_its_caller()
    {
        var team = await ledger.TeamWithAsync(0);
        await UserAsync("u_bound");
        await ledger.Get<CreateApplication>().RunAsync(
            new CreateApplicationRequest { ApplicationId = "app_bound", TeamId = team, Name = "App", IdempotencyKey = "app_bound" }, Admin, LedgerFixture.Token);
        var made = await CreateAsync(request =>
        {
            request.TeamId = team;
            request.UserId = "u_bound";
            request.ApplicationId = "app_bound";
            request.AllowedModels.Add("gpt-4o");
            request.AllowedLanes.Add("premium");
        });
        var caller = IdentityTests.Usable(await DirectoryAsync(), made.Secret);
        Assert.Equal((team, "u_bound", "app_bound"), (caller.TeamId, caller.UserId, caller.ApplicationId));
        Assert.True(caller.MayAskModel("gpt-4o") && !caller.MayAskModel("gpt-4o-mini") && caller.MayAskLane("premium") && !caller.MayAskLane("economy"));

        var opened = await ledger.Get<SetKeyAllowed>().RunAsync(
            new SetKeyAllowedRequest { KeyId = made.Key.KeyId, AllowedLanes = { "economy" }, IdempotencyKey = "allow" }, Admin, LedgerFixture.Token);
        Assert.Empty(opened.AllowedModels);
        caller = IdentityTests.Usable(await DirectoryAsync(), made.Secret);
        Assert.True(caller.MayAskModel("gpt-4o-mini") && !caller.MayAskLane("premium") && caller.MayAskLane("economy"));
    }

    [Theory(Timeout = 300_000)]
    [InlineData("user_id=u_none", Reasons.UserNotFound)]
    [InlineData("user_id=U", Reasons.InvalidArgument)]
    [InlineData("application_id=app_none", Reasons.ApplicationNotFound)]
    [InlineData("application_id=app_other", Reasons.InvalidArgument)]
    [InlineData("expires_at=0", Reasons.InvalidArgument)]
    [InlineData("expires_at=-1", Reasons.InvalidArgument)]
    [InlineData("expires_at=3155760000", Reasons.InvalidArgument)] // 100 years and some hours.
    [InlineData("seconds=9223372036854775807", Reasons.InvalidArgument)]
    [InlineData("model=a b", Reasons.InvalidArgument)]
    [InlineData("model=a;model=a", Reasons.InvalidArgument)]
    [InlineData("model=", Reasons.InvalidArgument)]
    [InlineData("lane=Premium", Reasons.InvalidArgument)]
    [InlineData("lane=", Reasons.InvalidArgument)]
    [InlineData("models=101", Reasons.InvalidArgument)]
    [InlineData("role=viewer;model=gpt-4o", Reasons.InvalidArgument)]
    [InlineData("role=viewer;application_id=app_other", Reasons.InvalidArgument)]
    [InlineData("user_id=u_disabled", Reasons.UserDisabled)]
    [InlineData("limit=0 USD UTC", Reasons.AmountInvalid)]
    [InlineData("limit=5 EUR UTC", Reasons.CurrencyMismatch)]
    [InlineData("limit=5 USD Nowhere", Reasons.InvalidArgument)]
    [InlineData("role=viewer;limit=5 USD UTC", Reasons.InvalidArgument)]
    public async Task A_bad_request_has_its_reason_and_makes_no_key(string fields, string reason)
    {
        await MakeOthersAsync();
        const string count = "SELECT (SELECT count(*) FROM identity.api_key) + (SELECT count(*) FROM cap) + (SELECT count(*) FROM identity.audit_log)";
        var before = await ledger.ScalarAsync<long>(count);
        Assert.Equal(reason, await HoldTests.TryAsync(() => CreateAsync(request => Set(request, fields))));
        Assert.Equal(before, await ledger.ScalarAsync<long>(count));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_rotated_key_works_beside_its_successor_until_the_overlap_ends()
    {
        var made = await CreateAsync(request => request.TeamId = "team_support");
        var rotated = await RotateAsync(made.Key.KeyId, 3600);
        Assert.Equal((made.Key.KeyId, rotated.Key.KeyId), (rotated.Key.ReplacesKeyId, rotated.Replaced.ReplacedByKeyId));
        Assert.Equal(made.Key.TeamId, rotated.Key.TeamId);
        var directory = await DirectoryAsync();
        IdentityTests.Usable(directory, rotated.Secret);
        IdentityTests.Usable(directory, made.Secret);
        Assert.Equal(Reasons.KeyReplaced, await HoldTests.TryAsync(() => RotateAsync(made.Key.KeyId, 0)));

        ledger.Time.Advance(TimeSpan.FromSeconds(3600) - TimeSpan.FromTicks(1));
        IdentityTests.Usable(directory, made.Secret);
        ledger.Time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(KeyStanding.Expired, directory.Find(made.Secret, out _));
        IdentityTests.Usable(directory, rotated.Secret);
        var late = await Assert.ThrowsAsync<RpcException>(() => RotateAsync(made.Key.KeyId, 0));
        Assert.Equal(Reasons.KeyReplaced, RpcErrors.ReasonOf(late));
        Assert.Contains($"replaced by {rotated.Key.KeyId} already", late.Status.Detail, StringComparison.Ordinal);

        var listed = await ledger.Get<KeyStore>().ListAsync("team_support", "", [], PageRequest.Of(0, ""), LedgerFixture.Token);
        Assert.Equal(made.Key.KeyId, listed.Single(key => key.KeyId == rotated.Key.KeyId).Replaces);
        Assert.Equal(rotated.Key.KeyId, listed.Single(key => key.KeyId == made.Key.KeyId).ReplacedBy);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_rotated_key_is_known_everywhere_by_the_first_of_its_line()
    {
        var first = await CreateAsync(request => request.TeamId = "team_support");
        var second = await RotateAsync(first.Key.KeyId, 3600);
        var third = await RotateAsync(second.Key.KeyId, 3600);
        var directory = await DirectoryAsync();
        Assert.All([first.Secret, second.Secret, third.Secret], secret => Assert.Equal(first.Key.KeyId, IdentityTests.Usable(directory, secret).LineKeyId));
        var keys = await ledger.Get<KeyStore>().ListLivingAsync(ledger.Time.GetUtcNow(), ledger.Time.GetUtcNow(), LedgerFixture.Token);
        Assert.Equal(first.Key.KeyId, keys.Single(key => key.KeyId == third.Key.KeyId).ToDirectory().LineKeyId);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_replica_that_starts_knows_a_rotated_key_for_thirty_days_after_its_end_and_any_other_for_one()
    {
        await using var own = new LedgerFixture();
        await own.InitializeAsync();
        var (rotated, other) = (await CreateAsync("rotated"), await CreateAsync("other"));
        await own.Get<RotateKey>().RunAsync(new RotateKeyRequest { KeyId = rotated.Key.KeyId, IdempotencyKey = "rotate" }, Admin, LedgerFixture.Token);
        await own.ExecuteAsync("UPDATE identity.api_key SET expires_at = $2 WHERE key_id = $1", other.Key.KeyId, own.Time.GetUtcNow());

        Assert.Equal("Expired Expired", await StandingsAfterAsync(TimeSpan.FromHours(23)));
        Assert.Equal("Expired Unknown", await StandingsAfterAsync(TimeSpan.FromHours(2)));
        Assert.Equal("Expired Unknown", await StandingsAfterAsync(TimeSpan.FromDays(28)));
        Assert.Equal("Unknown Unknown", await StandingsAfterAsync(TimeSpan.FromDays(1)));

        Task<CreateKeyResponse> CreateAsync(string name) => own.Get<CreateKey>().RunAsync(
            new CreateKeyRequest { Name = name, Role = Role.Inference, TeamId = "team_support", IdempotencyKey = name }, Admin, LedgerFixture.Token);

        async Task<string> StandingsAfterAsync(TimeSpan time)
        {
            own.Time.Advance(time);
            await using var replica = await own.AddReplicaAsync();
            await replica.Get<DirectoryFeed>().RefreshAsync(LedgerFixture.Token);
            var directory = replica.Get<WalletDirectory>();
            return $"{directory.Find(rotated.Secret, out _)} {directory.Find(other.Secret, out _)}";
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task A_rotation_without_overlap_ends_the_key_at_once_and_its_repeat_answers_without_the_secret()
    {
        var made = await CreateAsync(request => request.TeamId = "team_support");
        var request = new RotateKeyRequest { KeyId = made.Key.KeyId, IdempotencyKey = "rotate-once" };
        var first = await ledger.Get<RotateKey>().RunAsync(request, Admin, LedgerFixture.Token);
        var repeat = await ledger.Get<RotateKey>().RunAsync(request, Admin, LedgerFixture.Token);
        Assert.Equal((first.Key, first.Replaced, ""), (repeat.Key, repeat.Replaced, repeat.Secret));
        var directory = await DirectoryAsync();
        Assert.Equal(KeyStanding.Expired, directory.Find(made.Secret, out _));
        IdentityTests.Usable(directory, first.Secret);
        Assert.Equal(0, await ledger.ScalarAsync<long>(
            "SELECT count(*) FROM idempotency WHERE position($1::bytea IN response) > 0", System.Text.Encoding.UTF8.GetBytes(first.Secret)));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_repeat_may_say_the_role_that_a_teams_key_has_unsaid()
    {
        var made = ledger.Get<CreateKey>();
        var request = new CreateKeyRequest { Name = "said", TeamId = "team_support", IdempotencyKey = "role-unsaid" };
        var first = await made.RunAsync(request, Admin, LedgerFixture.Token);
        request.Role = Role.Inference;
        var repeat = await made.RunAsync(request, Admin, LedgerFixture.Token);
        Assert.Equal((first.Key, ""), (repeat.Key, repeat.Secret));
        request.Name = "another";
        Assert.Equal(Reasons.IdempotencyConflict, await HoldTests.TryAsync(() => made.RunAsync(request, Admin, LedgerFixture.Token)));
    }

    [Fact(Timeout = 300_000)]
    public async Task The_longest_lifetime_can_be_had_again()
    {
        var end = ledger.Time.GetUtcNow().AddYears(100);
        var made = await CreateAsync(request =>
        {
            request.TeamId = "team_support";
            request.ExpiresAt = Timestamp.FromDateTimeOffset(end);
        });
        ledger.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(end.AddDays(1), (await RotateAsync(made.Key.KeyId, 60)).Key.ExpiresAt.ToDateTimeOffset());
    }

    [Fact(Timeout = 300_000)]
    public async Task A_keys_own_monthly_limit_is_made_with_it_and_holds_for_its_successor_too()
    {
        var team = await ledger.TeamWithAsync(1000);
        var made = await CreateAsync(request =>
        {
            request.TeamId = team;
            request.MonthlyLimit = new MonthlyLimit { AmountNanos = 100, Currency = "USD", TimeZone = "Europe/Berlin" };
        });
        var caps = await ledger.Get<ListCaps>().RunAsync(new ListCapsRequest { Scope = CapScope.Key, ScopeId = made.Key.KeyId }, LedgerFixture.Token);
        Assert.Equal((CapPeriod.Month, "Europe/Berlin", 100), (caps.Caps.Single().Period, caps.Caps[0].TimeZone, caps.Caps[0].AmountNanos));
        await ledger.Get<CapFeed>().RefreshAsync(LedgerFixture.Token);
        Assert.Equal(HoldOutcome.Held, await HoldAsync(team, made.Key.KeyId, 70));
        Assert.Equal(HoldOutcome.CapReached, await HoldAsync(team, made.Key.KeyId, 31));

        var rotated = await RotateAsync(made.Key.KeyId, 3600);
        Assert.Equal(HoldOutcome.CapReached, await HoldAsync(team, rotated.Key.KeyId, 31));
        Assert.Equal(HoldOutcome.Held, await HoldAsync(team, rotated.Key.KeyId, 30));
        await ledger.VerifyAsync();
    }

    [Theory(Timeout = 300_000)]
    [InlineData(-1)]
    [InlineData(2_592_001)]
    public async Task An_overlap_has_its_bounds(long seconds)
    {
        var made = await CreateAsync(request => request.TeamId = "team_support");
        Assert.Equal(Reasons.InvalidArgument, await HoldTests.TryAsync(() => RotateAsync(made.Key.KeyId, seconds)));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_frozen_key_is_refused_until_it_is_unfrozen_and_cannot_be_rotated()
    {
        var made = await CreateAsync(request => request.TeamId = "team_support");
        var frozen = await FreezeAsync(made.Key.KeyId, true);
        Assert.NotNull(frozen.FrozenAt);
        Assert.Equal(frozen, await FreezeAsync(made.Key.KeyId, true));
        Assert.Equal(KeyStanding.KeyFrozen, (await DirectoryAsync()).Find(made.Secret, out _));
        Assert.Equal(Reasons.KeyFrozen, await HoldTests.TryAsync(() => RotateAsync(made.Key.KeyId, 0)));
        Assert.Null((await FreezeAsync(made.Key.KeyId, false)).FrozenAt);
        IdentityTests.Usable(await DirectoryAsync(), made.Secret);

        await RevokeAsync(made.Key.KeyId, Admin);
        Assert.Equal(Reasons.KeyEnded, await HoldTests.TryAsync(() => FreezeAsync(made.Key.KeyId, true)));
    }

    [Fact(Timeout = 300_000)]
    public async Task Keys_are_paged_newest_first()
    {
        var team = await ledger.TeamWithAsync(0);
        var made = new List<string>();
        for (var index = 0; index < 5; index++)
        {
            made.Insert(0, (await CreateAsync(request => request.TeamId = team)).Key.KeyId);
            ledger.Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        var (seen, token) = (new List<string>(), "");
        do
        {
            var page = PageRequest.Of(2, token);
            (var rows, token) = page.Cut(await ledger.Get<KeyStore>().ListAsync(team, "", [], page, LedgerFixture.Token), key => key.KeyId);
            seen.AddRange(rows.Select(key => key.KeyId));
        }
        while (token.Length > 0);

        Assert.Equal(made, seen);
    }

    [Fact(Timeout = 300_000)]
    public async Task Keys_are_found_by_their_ids_also_when_they_have_ended()
    {
        var first = await CreateAsync(request => request.TeamId = "team_support");
        var second = await CreateAsync(request => request.Role = Role.Viewer);
        await CreateAsync(request => request.Role = Role.Viewer);
        await RevokeAsync(second.Key.KeyId, Admin);
        string[] asked = [first.Key.KeyId, second.Key.KeyId, "key_none"];

        var all = await ledger.Get<KeyStore>().ListAsync("", "", asked, PageRequest.Of(0, ""), LedgerFixture.Token);
        Assert.Equal(new[] { first.Key.KeyId, second.Key.KeyId }.Order(StringComparer.Ordinal), all.Select(key => key.KeyId).Order(StringComparer.Ordinal));

        var ofTeam = await ledger.Get<KeyStore>().ListAsync("team_support", "", asked, PageRequest.Of(0, ""), LedgerFixture.Token);
        Assert.Equal(first.Key.KeyId, Assert.Single(ofTeam).KeyId);
    }

    internal static Task UserAsync(LedgerFixture ledger, string user) => ledger.Get<CreateUser>().RunAsync(
        new CreateUserRequest { UserId = user, Name = user, IdempotencyKey = user }, LedgerFixture.Tester, LedgerFixture.Token);

    private Task UserAsync(string user) => UserAsync(ledger, user);

    /// <summary>A disabled user, and an application of another team; each made once, whoever asks first.</summary>
    private async Task MakeOthersAsync()
    {
        await ledger.Get<CreateTeam>().RunAsync(
            new CreateTeamRequest { TeamId = "team_other", Name = "Other", IdempotencyKey = "team_other" }, LedgerFixture.Tester, LedgerFixture.Token);
        await ledger.Get<CreateApplication>().RunAsync(
            new CreateApplicationRequest { ApplicationId = "app_other", TeamId = "team_other", Name = "Other", IdempotencyKey = "app_other" },
            LedgerFixture.Tester, LedgerFixture.Token);
        await UserAsync("u_disabled");
        await ledger.Get<UpdateUser>().RunAsync(
            new UpdateUserRequest { UserId = "u_disabled", Disabled = true, IdempotencyKey = "disable" }, LedgerFixture.Tester, LedgerFixture.Token);
    }

    /// <summary>Null or the reason of the refusal of one action on a new key of a role.</summary>
    private async Task<string?> TryAsync(string action, Role role, Actor actor)
    {
        if (action == "create")
        {
            return await HoldTests.TryAsync(() => CreateAsync(request => request.Role = role, actor));
        }

        var user = $"u{Guid.CreateVersion7():N}";
        await UserAsync(user);
        var key = (await CreateAsync(
            request =>
            {
                request.Role = role;
                request.UserId = user;
            },
            LedgerFixture.Tester)).Key.KeyId;
        return action switch
        {
            "rotate" => await HoldTests.TryAsync(() => RotateAsync(key, 60, actor)),
            "freeze" => await HoldTests.TryAsync(() => FreezeAsync(key, true, actor)),
            "unfreeze" => await HoldTests.TryAsync(() => FreezeAsync(key, false, actor)),
            "revoke" => await HoldTests.TryAsync(() => RevokeAsync(key, actor)),
            _ => await HoldTests.TryAsync(() => ledger.Get<UpdateUser>().RunAsync(
                new UpdateUserRequest { UserId = user, Disabled = true, IdempotencyKey = key }, actor, LedgerFixture.Token)),
        };
    }

    private async Task<HoldOutcome> HoldAsync(string team, string key, long bound) => (await ledger.Get<CreateHold>().RunAsync(
        new CreateHoldRequest
        {
            AttemptId = Guid.CreateVersion7().ToString(), TeamId = team, BoundNanos = bound, Currency = "USD", Context = new AttemptContext { KeyId = key },
        },
        "test", LedgerFixture.Token)).Outcome;

    private void Set(CreateKeyRequest request, string fields)
    {
        request.TeamId = "team_support";
        foreach (var (name, value) in fields.Split(';').Select(field => (field.Split('=')[0], field.Split('=')[1])))
        {
            switch (name)
            {
                case "user_id": request.UserId = value; break;
                case "application_id": request.ApplicationId = value; break;
                case "model": request.AllowedModels.Add(value); break;
                case "models": request.AllowedModels.Add(Enumerable.Range(0, int.Parse(value)).Select(index => $"m{index}")); break;
                case "limit":
                    var limit = value.Split(' ');
                    request.MonthlyLimit = new MonthlyLimit { AmountNanos = long.Parse(limit[0]), Currency = limit[1], TimeZone = limit[2] };
                    break;
                case "lane": request.AllowedLanes.Add(value); break;
                case "expires_at": request.ExpiresAt = Timestamp.FromDateTimeOffset(ledger.Time.GetUtcNow().AddSeconds(long.Parse(value))); break;
                case "seconds": request.ExpiresAt = new Timestamp { Seconds = long.Parse(value) }; break;
                default: (request.Role, request.TeamId) = (Role.Viewer, ""); break;
            }
        }
    }

    private async Task<WalletDirectory> DirectoryAsync()
    {
        await ledger.Get<DirectoryFeed>().RefreshAsync(LedgerFixture.Token);
        return ledger.Get<WalletDirectory>();
    }

    private Task<CreateKeyResponse> CreateAsync(Action<CreateKeyRequest> with, Actor? actor = null)
    {
        var request = new CreateKeyRequest { Name = "Key", IdempotencyKey = Guid.CreateVersion7().ToString() };
        with(request);
        return ledger.Get<CreateKey>().RunAsync(request, actor ?? Admin, LedgerFixture.Token);
    }

    private Task<RotateKeyResponse> RotateAsync(string key, long overlap, Actor? actor = null) => ledger.Get<RotateKey>().RunAsync(
        new RotateKeyRequest { KeyId = key, OverlapSeconds = overlap, IdempotencyKey = Guid.CreateVersion7().ToString() }, actor ?? LedgerFixture.Tester,
        LedgerFixture.Token);

    private Task<ApiKey> FreezeAsync(string key, bool freeze, Actor? actor = null) => ledger.Get<FreezeKey>().RunAsync(
        new FreezeKeyRequest { KeyId = key, IdempotencyKey = Guid.CreateVersion7().ToString() }, freeze, actor ?? LedgerFixture.Tester, LedgerFixture.Token);

    private Task<ApiKey> RevokeAsync(string key, Actor actor) => ledger.Get<RevokeKey>().RunAsync(key, actor, LedgerFixture.Token);
}
