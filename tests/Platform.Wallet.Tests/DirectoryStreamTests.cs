using System.Diagnostics;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults;
using Platform.ServiceDefaults.Grpc;
using Platform.ServiceDefaults.Identity;
using Platform.Testing;
using Platform.Wallet.Controls;
using Platform.Wallet.Identity;
using Platform.Wallet.Leases;
using Platform.Wallet.Ledger;

namespace Platform.Wallet.Tests;

/// <summary>
/// Two replicas of Wallet on one database, and a service that follows the second over a real connection: what the first changes is effective there within
/// two seconds, by real clocks.
/// </summary>
public sealed class DirectoryStreamTests : IAsyncLifetime
{
    private readonly LedgerFixture _database = new();
    private WebApplication _first = null!;
    private WebApplication _second = null!;
    private IHost _follower = null!;

    public async ValueTask InitializeAsync()
    {
        await _database.InitializeAsync();
        _first = await StartWalletAsync(_database.ConnectionString);
        _second = await StartWalletAsync(_database.ConnectionString);
        _follower = await FollowAsync(_second);
        await UntilAsync(LedgerFixture.SupportKey, KeyStanding.Usable);
    }

    public async ValueTask DisposeAsync()
    {
        await _follower.StopAsync(CancellationToken.None);
        _follower.Dispose();
        await _second.DisposeAsync();
        await _first.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact(Timeout = 900_000)]
    public async Task Every_change_of_a_key_reaches_who_follows_the_other_replica_within_two_seconds()
    {
        var key = (Id: "", Secret: "");
        await Promise.KeptAsync(
            Promise.TwoSeconds,
            new Change("a new key", async () => key = await CreateKeyAsync(), () => UntilAsync(key.Secret, KeyStanding.Usable)),
            new Change("a frozen key", () => FreezeAsync(freeze: true), () => UntilAsync(key.Secret, KeyStanding.KeyFrozen)),
            new Change("a key that is frozen no more", () => FreezeAsync(freeze: false), () => UntilAsync(key.Secret, KeyStanding.Usable)),
            new Change("a frozen team", () => FreezeTeamAsync(freeze: true), () => UntilAsync(key.Secret, KeyStanding.TeamFrozen)),
            new Change("a team that is frozen no more", () => FreezeTeamAsync(freeze: false), () => UntilAsync(key.Secret, KeyStanding.Usable)),
            new Change(
                "a revoked key", () => Get<RevokeKey>().RunAsync(key.Id, LedgerFixture.Tester, LedgerFixture.Token), () => UntilAsync(key.Secret, KeyStanding.Unknown)));

        Task FreezeAsync(bool freeze) => Get<FreezeKey>().RunAsync(Freeze(key.Id, NewKey()), freeze, LedgerFixture.Tester, LedgerFixture.Token);

        Task FreezeTeamAsync(bool freeze) => Get<FreezeTeam>().RunAsync(
            new FreezeTeamRequest { TeamId = "team_support", IdempotencyKey = NewKey() }, freeze, LedgerFixture.Tester, LedgerFixture.Token);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_lease_holders_name_reaches_every_service_and_its_end_too()
    {
        var made = await Get<CreateKey>().RunAsync(
            new CreateKeyRequest { TeamId = "team_support", Name = "Key", Role = Role.LeaseHolder, Holder = "agents", IdempotencyKey = "holder" }, LedgerFixture.Tester,
            LedgerFixture.Token);
        await UntilAsync(made.Secret, KeyStanding.Usable);
        Directory.Find(made.Secret, out var caller);
        Assert.Equal((Role.LeaseHolder, "team_support", "holder/team_support/agents"), (caller!.Role, caller.TeamId, caller.Holder));
        await Get<FreezeKey>().RunAsync(Freeze(made.Key.KeyId, "holder 1"), freeze: true, LedgerFixture.Tester, LedgerFixture.Token);
        await UntilAsync(made.Secret, KeyStanding.KeyFrozen);
        await Get<RevokeKey>().RunAsync(made.Key.KeyId, LedgerFixture.Tester, LedgerFixture.Token);
        await UntilAsync(made.Secret, KeyStanding.Unknown);
    }

    [Fact(Timeout = 900_000)]
    public async Task A_revocation_while_notices_are_lost_is_effective_within_two_seconds()
    {
        var key = (Id: "", Secret: "");
        await Promise.KeptAsync(Promise.TwoSeconds, new Change("a revoked key", RevokeUnheardAsync, () => UntilAsync(key.Secret, KeyStanding.Unknown)));

        // Nobody listens when the change is committed: the replicas learn of it by their look every second alone.
        async Task RevokeUnheardAsync()
        {
            key = await CreateKeyAsync();
            await UntilAsync(key.Secret, KeyStanding.Usable);
            // Who listens has said so last, or has looked whether his connection lives, once a second. The third is the fixture's, to its wallets.
            const string listening = "FROM pg_stat_activity WHERE datname = current_database() AND (query LIKE 'LISTEN %' OR query = 'SELECT 1')";
            // At once, all or none: one that was ended before begins to listen again meanwhile.
            await Eventually.TrueAsync(
                async () => await _database.ScalarAsync<long>($"SELECT CASE WHEN (SELECT count(*) {listening}) = 3 THEN (SELECT count(pg_terminate_backend(pid)) {listening}) ELSE 0 END") == 3,
                TimeSpan.FromSeconds(20), "both replicas to listen, and to be ended");
            await Get<RevokeKey>().RunAsync(key.Id, LedgerFixture.Tester, LedgerFixture.Token);
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task A_revoked_service_is_told_nothing_more()
    {
        var services = await _database.ScalarAsync<string>("SELECT key_id FROM identity.api_key WHERE name = 'Services'");
        var client = _follower.Services.GetRequiredService<Contracts.Identity.V1.Identity.IdentityClient>();
        using var stream = client.Watch(new WatchRequest(), cancellationToken: LedgerFixture.Token);
        Assert.True(await stream.ResponseStream.MoveNext(LedgerFixture.Token));
        await Get<RevokeKey>().RunAsync(services, LedgerFixture.Tester, LedgerFixture.Token);
        var ended = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            while (await stream.ResponseStream.MoveNext(LedgerFixture.Token))
            {
                // Heartbeats until the revocation has arrived.
            }
        });
        Assert.Equal(StatusCode.Unauthenticated, ended.StatusCode);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_follower_that_loses_its_replica_finds_the_whole_directory_again()
    {
        var address = _second.Urls.Single();
        await _second.DisposeAsync();
        var support = await _database.ScalarAsync<string>("SELECT key_id FROM identity.api_key WHERE name = 'Support'");
        await Get<RevokeKey>().RunAsync(support, LedgerFixture.Tester, LedgerFixture.Token);
        _second = await StartWalletAsync(_database.ConnectionString, address);
        await Eventually.TrueAsync(
            () => Task.FromResult(Directory.Find(LedgerFixture.SupportKey, out _) == KeyStanding.Unknown), TimeSpan.FromSeconds(20), "the revocation");
        Assert.Equal(KeyStanding.Usable, Directory.Find(LedgerFixture.OwnerToken, out _));
    }

    [Fact(Timeout = 600_000)]
    public async Task A_follower_whose_connection_loses_all_that_is_sent_takes_another_within_ten_seconds()
    {
        await using var network = new LossyProxy(new Uri(_second.Urls.Single()));
        using var follower = await FollowAsync(network.Address);
        var directory = follower.Services.GetRequiredService<IKeyDirectory>();
        var key = (Id: "", Secret: "");
        await Promise.KeptAsync(TimeSpan.FromSeconds(10), new Change("a revoked key", RevokeAsync, () => UntilAsync(KeyStanding.Unknown)));
        await follower.StopAsync(LedgerFixture.Token);

        async Task RevokeAsync()
        {
            key = await CreateKeyAsync();
            await UntilAsync(KeyStanding.Usable);
            network.LoseWhatFlows();
            await Get<RevokeKey>().RunAsync(key.Id, LedgerFixture.Tester, LedgerFixture.Token);
        }

        Task UntilAsync(KeyStanding standing) => Eventually.TrueAsync(
            () => Task.FromResult(directory.Find(key.Secret, out _) == standing), Promise.Patience, $"the key to be {standing}");
    }

    private IKeyDirectory Directory => _follower.Services.GetRequiredService<IKeyDirectory>();

    private T Get<T>()
        where T : notnull => _first.Services.GetRequiredService<T>();

    private async Task<(string Id, string Secret)> CreateKeyAsync()
    {
        var made = await Get<CreateKey>().RunAsync(
            new CreateKeyRequest { TeamId = "team_support", Name = "Key", IdempotencyKey = NewKey() }, LedgerFixture.Tester, LedgerFixture.Token);
        return (made.Key.KeyId, made.Secret);
    }

    /// <summary>Of a change that is made for the first time.</summary>
    private static string NewKey() => Guid.CreateVersion7().ToString();

    /// <summary>Answers when the follower's directory says so.</summary>
    private Task UntilAsync(string secret, KeyStanding standing) =>
        Eventually.TrueAsync(() => Task.FromResult(Directory.Find(secret, out _) == standing), Promise.Patience, $"the key to be {standing}");

    private static FreezeKeyRequest Freeze(string key, string idempotencyKey) => new() { KeyId = key, IdempotencyKey = idempotencyKey };

    /// <summary>A replica as the host runs it, with identity alone.</summary>
    internal static async Task<WebApplication> StartWalletAsync(string connectionString, string address = "http://127.0.0.1:0")
    {
        // Empty, because the service's own settings lie beside the test and name its well-known ports.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(
            System.Net.IPAddress.Loopback, new Uri(address).Port, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddLogging();
        builder.Services.AddSingleton(_ => NpgsqlDataSource.Create(connectionString));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<LedgerDatabase>();
        builder.Services.AddSingleton(Microsoft.Extensions.Options.Options.Create(new LeaseOptions()));
        builder.Services.AddSingleton<LeaseRecall>();
        builder.Services.AddSingleton<CapDirectory>();
        builder.Services.AddSingleton<CapOwners>();
        builder.Services.AddSingleton<SetCap>();
        builder.Services.AddIdentity();
        builder.Services.AddHostedService(services => services.GetRequiredService<DirectoryFeed>());
        builder.Services.AddPlatformGrpc();
        var app = builder.Build();
        app.UsePlatformGrpc();
        app.MapGrpcService<IdentityService>();
        await app.StartAsync(LedgerFixture.Token);
        return app;
    }

    /// <summary>A service that follows a replica, as every service does.</summary>
    internal static Task<IHost> FollowAsync(WebApplication wallet) => FollowAsync(new Uri(wallet.Urls.Single()));

    private static async Task<IHost> FollowAsync(Uri wallet)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(
        [
            new("services:wallet:grpc:0", wallet.OriginalString), new("Identity:ServiceToken", LedgerFixture.ServiceToken),
        ]);
        builder.Services.AddLogging();
        builder.AddServiceDefaults();
        builder.AddDirectoryReplica();
        var host = builder.Build();
        await host.StartAsync(LedgerFixture.Token);
        return host;
    }
}
