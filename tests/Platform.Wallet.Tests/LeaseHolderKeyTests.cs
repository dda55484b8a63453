using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.Contracts.Wallet.V1;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;
using Platform.Testing;
using Platform.Wallet.Controls;
using Platform.Wallet.Identity;
using Platform.Wallet.Leases;

namespace Platform.Wallet.Tests;

/// <summary>A team's own platform with a key of its own, over a real connection: what it may do with leases, and that it is nobody else's.</summary>
public sealed class LeaseHolderKeyTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>, IAsyncLifetime
{
    private static readonly Actor Admin = new("key_admin", Role.Admin);

    private WebApplication _app = null!;
    private GrpcChannel _channel = null!;

    private Contracts.Wallet.V1.Leases.LeasesClient Leases => new(_channel);

    public async ValueTask InitializeAsync()
    {
        // Empty, because the service's own settings lie beside the test and name its well-known ports.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddLogging();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IKeyDirectory>(ledger.Get<WalletDirectory>());
        foreach (var type in new[]
                 {
                     typeof(AcquireLease), typeof(ReportLease), typeof(SuspendDraw), typeof(CloseLease), typeof(ListLeases), typeof(WatchLeases), typeof(LeaseStore), typeof(HolderCheck),
                 })
        {
            builder.Services.AddSingleton(type, _ => ledger.Get<IServiceProvider>().GetRequiredService(type));
        }

        builder.Services.AddPlatformGrpc();
        _app = builder.Build();
        _app.UsePlatformGrpc();
        _app.MapGrpcService<LeaseService>();
        await _app.StartAsync(LedgerFixture.Token);
        _channel = GrpcChannel.ForAddress(_app.Urls.Single());
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.DisposeAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_platform_acquires_draws_reports_suspends_closes_and_pays_by_its_usage()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var (key, secret) = await MakeAsync(team);
        var (holder, lease) = ($"holder/{team}/agents", Guid.CreateVersion7().ToString());

        var granted = await Leases.AcquireAsync(Request(lease, holder, team, wanted: 400), As(secret));
        Assert.Equal((LeaseOutcome.Granted, 400L, 30), (granted.Outcome, granted.GrantedNanos, granted.TtlSeconds));
        var more = Request(lease, holder, team, wanted: 400);
        (more.KnownGrantedNanos, more.DrawnNanos, more.OpenNanos) = (400, 250, 50);
        Assert.Equal(700, (await Leases.AcquireAsync(more, As(secret))).GrantedNanos);

        // One call's usage is unknown. Its attempt has the id that Metering gives the event.
        var unknown = await Leases.SuspendDrawAsync(new SuspendDrawRequest { LeaseId = lease, EventId = "call-7", AmountNanos = 50, Reason = "cut" }, As(secret));
        Assert.Equal((DerivedId.OfAttempt(holder, "call-7").ToString(), HoldState.Suspended, 50L), (unknown.AttemptId, unknown.State, unknown.HeldNanos));
        Assert.Equal(300, (await Leases.ReportAsync(new ReportLeaseRequest { LeaseId = lease, ReturnedNanos = 0, DrawnNanos = 300 }, As(secret))).Lease.DrawnNanos);

        var closed = await Leases.CloseAsync(new CloseLeaseRequest { LeaseId = lease, DrawnNanos = 300 }, As(secret));
        Assert.Equal((LeaseState.Closed, 250L), (closed.State, closed.HeldNanos));
        await ledger.PostAsync(
            ledger.Item(team, DerivedId.OfAttempt(holder, "call-1"), 250) with { LeaseId = Guid.Parse(lease), BoundNanos = 250 },
            ledger.Item(team, DerivedId.OfAttempt(holder, "call-7"), 40) with { LeaseId = Guid.Parse(lease), BoundNanos = 50 });
        Assert.Equal("9710/0/0/290 over 0 of 10000", (await ledger.WalletAsync(team)).Line());

        // A cap of the key would hold for what it draws.
        Assert.Equal(key.KeyId, (await ledger.Get<LeaseStore>().FindAsync(Guid.Parse(lease), LedgerFixture.Token))!.Subject.KeyId);
        var told = await Leases.GetLeaseAsync(new GetLeaseRequest { LeaseId = lease }, As(LedgerFixture.OwnerToken));
        Assert.Equal((LeaseState.Ended, key.KeyId), (told.State, told.KeyId));
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_holder_has_one_name_one_team_and_its_own_key()
    {
        var (team, other) = (await ledger.TeamWithAsync(10_000), await ledger.TeamWithAsync(10_000));
        var (_, secret) = await MakeAsync(team);
        var holder = $"holder/{team}/agents";
        foreach (var (name, of) in new[] { ("gateway-1", team), ($"holder/{team}/other", team), ($"holder/{other}/agents", team), ("agents", team), (holder, other), (holder, "") })
        {
            Assert.Equal(Reasons.RoleMissing, await TryAsync(Leases.AcquireAsync(Request(Id(), name, of), As(secret))));
        }

        var withKey = Request(Id(), holder, team);
        withKey.KeyId = "key_other";
        Assert.Equal(Reasons.RoleMissing, await TryAsync(Leases.AcquireAsync(withKey, As(secret))));
        Assert.Equal(Reasons.RoleMissing, await TryAsync(WatchAsync("gateway-1", secret)));
        Assert.Equal("", await TryAsync(WatchAsync(holder, secret)));

        // Nor does a service take a holder's name.
        Assert.Equal(Reasons.RoleMissing, await TryAsync(Leases.AcquireAsync(Request(Id(), holder, team), As(LedgerFixture.ServiceToken))));
        Assert.Equal(Reasons.RoleMissing, await TryAsync(WatchAsync("Holder/x", LedgerFixture.ServiceToken)));
        Assert.Equal("10000/0/0/0 over 0 of 10000", (await ledger.WalletAsync(team)).Line());
        Assert.Equal("10000/0/0/0 over 0 of 10000", (await ledger.WalletAsync(other)).Line());
    }

    [Fact(Timeout = 300_000)]
    public async Task Anothers_lease_is_none_to_a_holder()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var (_, secret) = await MakeAsync(team);
        var (_, neighbour) = await MakeAsync(team, "neighbour");
        var (gateways, theirs) = (new LeaseClient(ledger, team), Id());
        await gateways.AcquireAsync(400);
        Assert.Equal(LeaseOutcome.Granted, (await Leases.AcquireAsync(Request(theirs, $"holder/{team}/neighbour", team), As(neighbour))).Outcome);
        var before = (await ledger.WalletAsync(team)).Line();

        foreach (var lease in new[] { gateways.Id.ToString(), theirs, Id() })
        {
            Assert.Equal(Reasons.LeaseNotFound, await TryAsync(Leases.ReportAsync(new ReportLeaseRequest { LeaseId = lease, Retired = true }, As(secret))));
            Assert.Equal(Reasons.LeaseNotFound, await TryAsync(Leases.CloseAsync(new CloseLeaseRequest { LeaseId = lease }, As(secret))));
            Assert.Equal(Reasons.LeaseNotFound, await TryAsync(Leases.SuspendDrawAsync(new SuspendDrawRequest { LeaseId = lease, EventId = "one", AmountNanos = 1 }, As(secret))));
        }

        Assert.Equal(LeaseOutcome.ExistsDifferent, (await Leases.AcquireAsync(Request(theirs, $"holder/{team}/agents", team), As(secret))).Outcome);
        Assert.Equal(before, (await ledger.WalletAsync(team)).Line());
    }

    [Fact(Timeout = 300_000)]
    public async Task A_holder_names_no_attempt_and_a_gateway_no_event()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var (_, secret) = await MakeAsync(team);
        var (lease, gateways) = (Id(), new LeaseClient(ledger, team));
        await gateways.AcquireAsync(400);
        await Leases.AcquireAsync(Request(lease, $"holder/{team}/agents", team), As(secret));

        var named = new SuspendDrawRequest { LeaseId = lease, AttemptId = Id(), EventId = "one", AmountNanos = 1 };
        Assert.Equal(Reasons.RoleMissing, await TryAsync(Leases.SuspendDrawAsync(named, As(secret))));
        Assert.Equal(Reasons.RoleMissing, await TryAsync(Leases.SuspendDrawAsync(new SuspendDrawRequest { LeaseId = lease, EventId = "one", AmountNanos = 1, TeamId = "team_support" }, As(secret))));
        Assert.Equal(Reasons.InvalidArgument, await TryAsync(Leases.SuspendDrawAsync(new SuspendDrawRequest { LeaseId = lease, AmountNanos = 1 }, As(secret))));
        foreach (var (what, reason) in new (Action<SuspendDrawRequest>, string)[]
                 {
                     (request => request.Context = new AttemptContext { KeyId = "key_other" }, Reasons.RoleMissing),
                     (request => request.Context = new AttemptContext { PriceId = 1 }, Reasons.RoleMissing),
                     (request => request.Context = new AttemptContext { Provider = new string('x', 40_000) }, Reasons.InvalidArgument),
                     (request => request.Context = new AttemptContext { CallId = "mine" }, Reasons.InvalidArgument),
                     (request => request.Context = new AttemptContext { RetryOf = "the first" }, Reasons.InvalidArgument),
                     (request => request.Context = new AttemptContext { RoutePolicy = new string('p', 201) }, Reasons.InvalidArgument),
                     (request => request.Context = new AttemptContext { Region = new string('r', 51) }, Reasons.InvalidArgument),
                     (request => request.Context = new AttemptContext { ServiceTier = "no tier" }, Reasons.InvalidArgument),
                     (request => request.Context = new AttemptContext { Traceparent = "00-zz-1-01" }, Reasons.InvalidArgument),
                     (request => request.UserId = "a\0b", Reasons.InvalidArgument),
                     (request => request.OccurredAt = new Google.Protobuf.WellKnownTypes.Timestamp { Seconds = long.MaxValue }, Reasons.InvalidArgument),
                 })
        {
            var request = new SuspendDrawRequest { LeaseId = lease, EventId = "one", AmountNanos = 1 };
            what(request);
            Assert.Equal(reason, await TryAsync(Leases.SuspendDrawAsync(request, As(secret))));
        }

        named.LeaseId = gateways.Id.ToString();
        Assert.Equal(Reasons.InvalidArgument, await TryAsync(Leases.SuspendDrawAsync(named, As(LedgerFixture.ServiceToken))));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_cap_of_the_key_holds_for_what_it_leases()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var (key, secret) = await MakeAsync(team);
        await ledger.Get<SetCap>().RunAsync(
            new SetCapRequest { Scope = CapScope.Key, ScopeId = key.KeyId, Period = CapPeriod.Month, AmountNanos = 300, Currency = "USD", IdempotencyKey = key.KeyId }, "test", LedgerFixture.Token);
        var holder = $"holder/{team}/agents";

        var granted = await Leases.AcquireAsync(Request(Id(), holder, team, wanted: 5_000), As(secret));
        Assert.Equal(LeaseOutcome.Granted, granted.Outcome);
        Assert.InRange(granted.GrantedNanos, 1, 300);
        Assert.StartsWith($"wal_{team}+", granted.Scope, StringComparison.Ordinal);
    }

    [Fact(Timeout = 300_000)]
    public async Task Platforms_of_one_team_count_as_holders_of_its_wallet_and_of_no_other()
    {
        var (team, other) = (await ledger.TeamWithAsync(500), await ledger.TeamWithAsync(500));
        await using (var open = ledger.DataSource.CreateCommand("INSERT INTO lease_watch (stream_id, holder, last_seen) SELECT gen_random_uuid(), $1 || i, clock_timestamp() FROM generate_series(1, 50) i"))
        {
            open.Parameters.Add(new() { Value = $"holder/{team}/agents-" });
            await open.ExecuteNonQueryAsync(LedgerFixture.Token);
        }

        Assert.Equal(LeaseOutcome.UseHolds, (await new LeaseClient(ledger, team).AcquireAsync(100, bound: 1)).Outcome);
        Assert.Equal(LeaseOutcome.Granted, (await new LeaseClient(ledger, other).AcquireAsync(100, bound: 1)).Outcome);
    }

    [Fact(Timeout = 300_000)]
    public async Task Whatever_a_platform_calls_its_bound_other_teams_keep_their_leases()
    {
        var (team, other) = (await ledger.TeamWithAsync(10_000), await ledger.TeamWithAsync(10_000));
        var (_, secret) = await MakeAsync(team);
        await ledger.Get<SetCap>().RunAsync(
            new SetCapRequest { Scope = CapScope.Organisation, Period = CapPeriod.Month, AmountNanos = 1_000_000_000, Currency = "USD", IdempotencyKey = team }, "test", LedgerFixture.Token);
        var lease = new LeaseClient(ledger, other);
        Assert.Equal(LeaseOutcome.Granted, (await lease.AcquireAsync(400)).Outcome);

        var request = Request(Id(), $"holder/{team}/agents", team, wanted: 1);
        request.BoundNanos = long.MaxValue;
        var answer = await Leases.AcquireAsync(request, As(secret));
        Assert.Equal((LeaseOutcome.UseHolds, 0L), (answer.Outcome, answer.WalletBalanceNanos));

        // What is asked for is done in order, so what is asked for now is a mark behind it.
        var marked = new LeaseClient(ledger, team);
        await ledger.Get<SetCap>().RunAsync(
            new SetCapRequest { Scope = CapScope.Team, ScopeId = team, Period = CapPeriod.Month, AmountNanos = 5_000, Currency = "USD", IdempotencyKey = other }, "test", LedgerFixture.Token);
        Assert.Equal(LeaseOutcome.Granted, (await marked.AcquireAsync(400)).Outcome);
        ledger.Get<CapRecall>().Request((await FindAsync(marked)).CapAccounts.Except((await FindAsync(lease)).CapAccounts));
        await ledger.Get<CapRecall>().StartAsync(LedgerFixture.Token);
        await Eventually.TrueAsync(async () => (await FindAsync(marked)).State == LeaseState.Recalled, TimeSpan.FromSeconds(20), "the recall of the lease under the team's cap");
        await ledger.Get<CapRecall>().StopAsync(LedgerFixture.Token);
        Assert.Equal(LeaseState.Open, (await FindAsync(lease)).State);

        async Task<LeaseSnapshot> FindAsync(LeaseClient client) => (await ledger.Get<LeaseStore>().FindAsync(client.Id, LedgerFixture.Token))!;
    }

    [Theory(Timeout = 300_000)]
    [InlineData("freeze", Reasons.KeyFrozen)]
    [InlineData("freeze team", Reasons.TeamFrozen)]
    [InlineData("revoke", Reasons.TokenInvalid)]
    public async Task A_key_that_ends_draws_nothing_more_and_its_lease_waits_as_that_of_a_silent_holder(string end, string reason)
    {
        var team = await ledger.TeamWithAsync(10_000);
        var (key, secret) = await MakeAsync(team);
        var (holder, lease) = ($"holder/{team}/agents", Id());
        await Leases.AcquireAsync(Request(lease, holder, team, wanted: 400), As(secret));
        using var watch = Leases.Watch(new WatchLeasesRequest { Holder = holder }, As(secret));
        Assert.True(await watch.ResponseStream.MoveNext(LedgerFixture.Token));

        await EndAsync(end, key);

        Assert.Equal(reason, await TryAsync(Leases.AcquireAsync(Request(Id(), holder, team), As(secret))));
        Assert.Equal(reason, await TryAsync(Leases.ReportAsync(new ReportLeaseRequest { LeaseId = lease, DrawnNanos = 100 }, As(secret))));
        var ended = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await watch.ResponseStream.MoveNext(LedgerFixture.Token))
            {
                // Notices until the end has been seen.
            }
        });
        Assert.Equal(reason, RpcErrors.ReasonOf(ended));

        ledger.Time.Advance(TimeSpan.FromSeconds(51));
        await ledger.Get<LeaseSweep>().SweepAsync(LedgerFixture.Token);
        Assert.Equal("9600/0/400/0 over 0 of 10000", (await ledger.WalletAsync(team)).Line());

        // A successor of its name speaks for what the platform's own journal knows.
        if (end == "revoke")
        {
            var (_, next) = await MakeAsync(team);
            Assert.Equal(100, (await Leases.CloseAsync(new CloseLeaseRequest { LeaseId = lease, DrawnNanos = 100 }, As(next))).HeldNanos);
            Assert.Equal("9900/100/0/0 over 0 of 10000", (await ledger.WalletAsync(team)).Line());
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task A_successor_has_its_keys_holder_and_role()
    {
        var team = await ledger.TeamWithAsync(10_000);
        var (key, _) = await MakeAsync(team);
        var rotated = await ledger.Get<RotateKey>().RunAsync(new RotateKeyRequest { KeyId = key.KeyId, IdempotencyKey = key.KeyId }, Admin, LedgerFixture.Token);
        await ledger.Get<DirectoryFeed>().RefreshAsync(LedgerFixture.Token);

        Assert.Equal((Role.LeaseHolder, team, "agents"), (rotated.Key.Role, rotated.Key.TeamId, rotated.Key.Holder));
        Assert.Equal(LeaseOutcome.Granted, (await Leases.AcquireAsync(Request(Id(), $"holder/{team}/agents", team), As(rotated.Secret))).Outcome);
    }

    [Theory(Timeout = 300_000)]
    [InlineData("no team")]
    [InlineData("no holder")]
    [InlineData("a holder that is no name")]
    [InlineData("a holder that is too long")]
    [InlineData("an application")]
    [InlineData("allowed models")]
    [InlineData("a limit")]
    [InlineData("a holder of a viewer")]
    [InlineData("a holder of an inference key")]
    public async Task A_holders_key_has_a_team_and_a_holder_and_no_other_key_has_one(string what)
    {
        var request = Key("team_support", "agents");
        switch (what)
        {
            case "no team":
                request.TeamId = "";
                break;
            case "no holder":
                request.Holder = "";
                break;
            case "a holder that is no name":
                request.Holder = "a/b";
                break;
            case "a holder that is too long":
                request.Holder = new string('a', 29);
                break;
            case "an application":
                request.ApplicationId = "app";
                break;
            case "allowed models":
                request.AllowedModels.Add("gpt-4o");
                break;
            case "a limit":
                request.MonthlyLimit = new MonthlyLimit { AmountNanos = 1, Currency = "USD" };
                break;
            case "a holder of a viewer":
                (request.Role, request.TeamId) = (Role.Viewer, "");
                break;
            default:
                request.Role = Role.Inference;
                break;
        }

        Assert.Equal(Reasons.InvalidArgument, await HoldTests.TryAsync(() => ledger.Get<CreateKey>().RunAsync(request, Admin, LedgerFixture.Token)));
    }

    private async Task<(ApiKey Key, string Secret)> MakeAsync(string team, string holder = "agents")
    {
        var made = await ledger.Get<CreateKey>().RunAsync(Key(team, holder), Admin, LedgerFixture.Token);
        await ledger.Get<DirectoryFeed>().RefreshAsync(LedgerFixture.Token);
        return (made.Key, made.Secret);
    }

    private async Task EndAsync(string end, ApiKey key)
    {
        await (end switch
        {
            "freeze" => ledger.Get<FreezeKey>().RunAsync(new FreezeKeyRequest { KeyId = key.KeyId, IdempotencyKey = key.KeyId }, freeze: true, Admin, LedgerFixture.Token),
            "revoke" => ledger.Get<RevokeKey>().RunAsync(key.KeyId, Admin, LedgerFixture.Token),
            _ => (Task)ledger.Get<FreezeTeam>().RunAsync(new FreezeTeamRequest { TeamId = key.TeamId, IdempotencyKey = key.KeyId }, freeze: true, Admin, LedgerFixture.Token),
        });
        await ledger.Get<DirectoryFeed>().RefreshAsync(LedgerFixture.Token);
    }

    private async Task<bool> WatchAsync(string holder, string secret)
    {
        using var watch = Leases.Watch(new WatchLeasesRequest { Holder = holder }, As(secret));
        return await watch.ResponseStream.MoveNext(LedgerFixture.Token);
    }

    /// <summary>The reason of what a call ended with; empty when it was answered.</summary>
    private static Task<string> TryAsync<T>(AsyncUnaryCall<T> call) => TryAsync(call.ResponseAsync);

    private static async Task<string> TryAsync(Task call)
    {
        try
        {
            await call;
            return "";
        }
        catch (RpcException exception)
        {
            return RpcErrors.ReasonOf(exception) ?? exception.Status.ToString();
        }
    }

    private static CreateKeyRequest Key(string team, string holder) => new()
    {
        Name = "Agents", Role = Role.LeaseHolder, TeamId = team, Holder = holder, IdempotencyKey = Guid.CreateVersion7().ToString(),
    };

    private static AcquireLeaseRequest Request(string lease, string holder, string team, long wanted = 100) => new()
    {
        LeaseId = lease, Holder = holder, TeamId = team, Currency = "USD", WantedNanos = wanted, BoundNanos = 1,
    };

    private static string Id() => Guid.CreateVersion7().ToString();

    private static CallOptions As(string secret) => new(new Metadata { { "authorization", $"Bearer {secret}" } }, cancellationToken: LedgerFixture.Token);
}
