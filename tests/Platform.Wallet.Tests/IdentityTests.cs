using System.Threading.Channels;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Identity.V1;
using Platform.ServiceDefaults.Identity;
using Platform.Wallet.Identity;
using Platform.Wallet.Start;

namespace Platform.Wallet.Tests;

public sealed class IdentityTests(LedgerFixture ledger) : IClassFixture<LedgerFixture>
{
    [Fact(Timeout = 300_000)]
    public async Task The_bootstrap_is_done_once_by_many_and_adds_tokens_that_are_new()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ledger.Get<Bootstrap>().RunAsync(LedgerFixture.Token)));
        Assert.Equal(LedgerFixture.Opening, await ledger.ScalarAsync<long>("SELECT credited FROM wallet WHERE wallet_id = 'wal_organisation'"));
        Assert.Equal(1, await ledger.ScalarAsync<long>("SELECT count(*) FROM identity.api_key WHERE name = 'Owner'"));

        var changed = LedgerFixture.Bootstrapping();
        changed.OwnerToken = KeySecret.Create();
        var restored = new Bootstrap(
            ledger.Get<Ledger.LedgerDatabase>(), Microsoft.Extensions.Options.Options.Create(changed), ledger.Time, NullLogger<Bootstrap>.Instance);
        await restored.RunAsync(LedgerFixture.Token);

        await ledger.Get<DirectoryFeed>().RefreshAsync(LedgerFixture.Token);
        var directory = ledger.Get<WalletDirectory>();
        Assert.Equal(Role.Owner, Usable(directory, changed.OwnerToken).Role);
        Assert.Equal(Role.Owner, Usable(directory, LedgerFixture.OwnerToken).Role);
        Assert.Equal(Role.Gateway, Usable(directory, LedgerFixture.ServiceToken).Role);
        Assert.True(Usable(directory, LedgerFixture.SupportKey) is { TeamId: "team_support", Workload: "interactive" });
        await ledger.VerifyAsync();
    }

    [Fact(Timeout = 300_000)]
    public async Task A_new_keys_secret_is_shown_once_and_stored_nowhere()
    {
        var request = new CreateKeyRequest { TeamId = "team_support", Name = "App", Workload = "copilot", IdempotencyKey = "key-once" };
        var first = await CreateAsync(request);
        var repeat = await CreateAsync(request);

        Assert.Matches("^kt_live_[A-Za-z0-9_-]{43}$", first.Secret);
        Assert.Empty(repeat.Secret);
        Assert.Equal(first.Key, repeat.Key);
        Assert.Equal((Role.Inference, first.Secret[^4..]), (first.Key.Role, first.Key.Hint));
        Assert.Equal(Reasons.IdempotencyConflict, await HoldTests.TryAsync(() => CreateAsync(new CreateKeyRequest(request) { Name = "Other" })));
        Assert.Equal(0, await ledger.ScalarAsync<long>(
            "SELECT (SELECT count(*) FROM idempotency WHERE position($1::bytea IN response) > 0) + (SELECT count(*) FROM identity.audit_log WHERE after::text LIKE '%' || $2 || '%')",
            System.Text.Encoding.UTF8.GetBytes(first.Secret), first.Secret));
    }

    [Theory]
    [InlineData("team_nobody", Role.Unspecified, Reasons.TeamNotFound)]
    [InlineData("team_support", Role.Viewer, Reasons.InvalidArgument)]
    [InlineData("", Role.Unspecified, Reasons.InvalidArgument)]
    [InlineData("", Role.Inference, Reasons.InvalidArgument)]
    [InlineData("", Role.Gateway, Reasons.InvalidArgument)]
    [InlineData("", (Role)99, Reasons.InvalidArgument)]
    public async Task A_bad_key_has_its_reason(string team, Role role, string reason) => Assert.Equal(
        reason, await HoldTests.TryAsync(() => CreateAsync(new CreateKeyRequest { TeamId = team, Role = role, Name = "Key", IdempotencyKey = "bad" })));

    [Fact(Timeout = 300_000)]
    public async Task A_team_is_made_once_with_its_wallet_and_its_audit_line()
    {
        var team = await ledger.TeamWithAsync(0);
        Assert.Equal("0/0/0/0 over 0 of 0", (await ledger.WalletAsync(team)).Line());
        Assert.Equal(Reasons.TeamExists, await HoldTests.TryAsync(() => TeamAsync(team)));
        Assert.Equal(Reasons.InvalidArgument, await HoldTests.TryAsync(() => TeamAsync("organisation")));
        Assert.Equal(Reasons.InvalidArgument, await HoldTests.TryAsync(() => TeamAsync("Bad Team")));
        Assert.Equal("test", await ledger.ScalarAsync<string>("SELECT actor FROM identity.audit_log WHERE action = 'team.create' AND subject = $1", team));
    }

    [Fact(Timeout = 300_000)]
    public async Task A_revocation_reaches_a_watching_service_and_repeats_answer_the_same()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(LedgerFixture.Token);
        var feed = ledger.Get<DirectoryFeed>();
        await feed.StartAsync(stop.Token);
        var stream = new Stream();
        await feed.RefreshAsync(stop.Token);
        var services = Usable(ledger.Get<WalletDirectory>(), LedgerFixture.ServiceToken).KeyId;
        var watch = ledger.Get<WatchDirectory>().RunAsync(stream, services, stop.Token);
        var snapshot = await stream.Reader.ReadAsync(stop.Token);
        Assert.True(snapshot.Snapshot);
        Assert.Equal("USD", snapshot.Currency);

        var made = await CreateAsync(new CreateKeyRequest { TeamId = "team_support", Name = "Leaked", IdempotencyKey = "leaked" });
        Assert.False((await NextAsync(stream, made.Key.KeyId, stop.Token)).Revoked);
        var revoked = await ledger.Get<RevokeKey>().RunAsync(made.Key.KeyId, LedgerFixture.Tester, LedgerFixture.Token);
        Assert.True((await NextAsync(stream, made.Key.KeyId, stop.Token)).Revoked);

        Assert.Equal(revoked, await ledger.Get<RevokeKey>().RunAsync(made.Key.KeyId, LedgerFixture.Tester, LedgerFixture.Token));
        Assert.Equal(KeyStanding.Unknown, ledger.Get<WalletDirectory>().Find(made.Secret, out _));
        Assert.Equal(1, await ledger.ScalarAsync<long>(
            "SELECT count(*) FROM identity.audit_log WHERE action = 'key.revoke' AND subject = $1 AND before IS NOT NULL AND after ? 'revoked_at'", made.Key.KeyId));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch);
        await feed.StopAsync(LedgerFixture.Token);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_replica_that_may_have_missed_a_change_says_nothing_until_its_database_answers()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(LedgerFixture.Token);
        var time = new FakeTimeProvider(ledger.Time.GetUtcNow());
        var replica = ledger.NewReplica(time);
        await replica.GetRequiredService<DirectoryFeed>().RefreshAsync(stop.Token);
        var services = Usable(replica.GetRequiredService<WalletDirectory>(), LedgerFixture.ServiceToken).KeyId;
        var made = await CreateAsync(new CreateKeyRequest { TeamId = "team_support", Name = "Unheard of", IdempotencyKey = "unheard of" });
        time.Advance(TimeSpan.FromSeconds(4));

        // All that it has to say is written before the call answers.
        var stream = new Stream();
        var watch = replica.GetRequiredService<WatchDirectory>().RunAsync(stream, services, stop.Token);
        Assert.False(stream.Reader.TryRead(out _));
        await replica.GetRequiredService<DirectoryFeed>().RefreshAsync(stop.Token);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Contains((await stream.Reader.ReadAsync(stop.Token)).Keys, key => key.KeyId == made.Key.KeyId);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => watch);
    }

    [Fact(Timeout = 300_000)]
    public async Task An_answer_that_was_held_up_says_nothing_of_the_time_since_it_was_asked_for()
    {
        var time = new FakeTimeProvider(ledger.Time.GetUtcNow());
        var replica = ledger.NewReplica(time);
        var (feed, directory) = (replica.GetRequiredService<DirectoryFeed>(), replica.GetRequiredService<WalletDirectory>());
        await feed.RefreshAsync(LedgerFixture.Token);
        Assert.True(directory.IsFresh);

        Task look;
        await using (var connection = await ledger.DataSource.OpenConnectionAsync(LedgerFixture.Token))
        {
            await using var transaction = await LockOrganisationAsync(connection);
            look = feed.RefreshAsync(LedgerFixture.Token);
            time.Advance(TimeSpan.FromSeconds(10));
            await transaction.RollbackAsync(LedgerFixture.Token);
        }

        await look;
        Assert.False(directory.IsFresh);
        await feed.RefreshAsync(LedgerFixture.Token);
        Assert.True(directory.IsFresh);
    }

    [Fact(Timeout = 25_000)]
    public async Task A_look_that_hangs_is_given_up_long_before_followers_give_up_the_replica()
    {
        await using var connection = await ledger.DataSource.OpenConnectionAsync(LedgerFixture.Token);
        await using var transaction = await LockOrganisationAsync(connection);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => ledger.Get<DirectoryFeed>().RefreshAsync(LedgerFixture.Token));
    }

    [Fact(Timeout = 300_000)]
    public async Task An_unknown_key_cannot_be_revoked() => Assert.Equal(
        Reasons.KeyNotFound, await HoldTests.TryAsync(() => ledger.Get<RevokeKey>().RunAsync("key_none", LedgerFixture.Tester, LedgerFixture.Token)));

    /// <summary>Whoever reads the organisation waits until the transaction ends.</summary>
    private static async Task<NpgsqlTransaction> LockOrganisationAsync(NpgsqlConnection connection)
    {
        var transaction = await connection.BeginTransactionAsync(LedgerFixture.Token);
        await using var command = new NpgsqlCommand("LOCK TABLE identity.organisation", connection, transaction);
        await command.ExecuteNonQueryAsync(LedgerFixture.Token);
        return transaction;
    }

    internal static Caller Usable(IKeyDirectory directory, string secret)
    {
        Assert.Equal(KeyStanding.Usable, directory.Find(secret, out var caller));
        return caller!;
    }

    private static async Task<DirectoryKey> NextAsync(Stream stream, string keyId, CancellationToken cancellationToken)
    {
        while (true)
        {
            var change = await stream.Reader.ReadAsync(cancellationToken);
            if (!change.Snapshot && change.Keys.FirstOrDefault(key => key.KeyId == keyId) is { } key)
            {
                return key;
            }
        }
    }

    private Task<CreateKeyResponse> CreateAsync(CreateKeyRequest request) => ledger.Get<CreateKey>().RunAsync(request, LedgerFixture.Tester, LedgerFixture.Token);

    private Task<Team> TeamAsync(string team) => ledger.Get<CreateTeam>().RunAsync(
        new CreateTeamRequest { TeamId = team, Name = "Again", IdempotencyKey = $"again-{team}" }, LedgerFixture.Tester, LedgerFixture.Token);

    /// <summary>The receiving end of a server stream.</summary>
    private sealed class Stream : IServerStreamWriter<DirectoryChange>
    {
        private readonly Channel<DirectoryChange> _changes = Channel.CreateUnbounded<DirectoryChange>();

        public ChannelReader<DirectoryChange> Reader => _changes.Reader;

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(DirectoryChange message) => _changes.Writer.WriteAsync(message).AsTask();

        public Task WriteAsync(DirectoryChange message, CancellationToken cancellationToken) => _changes.Writer.WriteAsync(message, cancellationToken).AsTask();
    }
}
