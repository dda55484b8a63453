using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Platform.Contracts.Identity.V1;
using Platform.Postgres;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Scheduled;
using Platform.Routing.Shapes;
using Platform.Routing.Tests.Calls;
using Platform.Routing.Tests.Policies;
using Platform.ServiceDefaults.Identity;
using Platform.Testing;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>A replica that runs work that waits, in a lane that is always open; its items end at once, since their route is none.</summary>
public sealed class RunScheduledTests : PolicyDatabase
{
    private LocalGateway _gateway = null!;
    private RoutingTableReplica _policy = null!;
    private ApplicationLifetime _lifetime = null!;
    private RunScheduled _runs = null!;
    private readonly SwitchedKey _key = new();

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _gateway = new LocalGateway(database: DataSource);
        _policy = ReplicaOf();
        await _policy.StartAsync(Cancel);
        _lifetime = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        _runs = NewRuns(_policy, NullLogger<RunScheduled>.Instance);
    }

    public override async ValueTask DisposeAsync()
    {
        _lifetime.StopApplication();
        await _runs.StopAsync(CancellationToken.None);
        _runs.Dispose();
        await _policy.StopAsync(CancellationToken.None);
        _policy.Dispose();
        await _gateway.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Work_of_other_teams_runs_though_what_is_due_cannot_be_swept_up()
    {
        await AddAsync("team_a");
        await ExecuteAsync("""
            UPDATE batch SET cancelled_at = now();
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'too much'; END $$;
            CREATE TRIGGER refuse BEFORE UPDATE ON batch_item FOR EACH ROW WHEN (NEW.state = 7) EXECUTE FUNCTION refuse();
            """);
        await _runs.StartAsync(Cancel);
        await EndsAsync(await AddAsync("team_b"));
        await EndsAsync(await AddAsync("team_b"));
    }

    [Fact]
    public async Task Work_of_other_teams_runs_between_sweeps_that_take_as_long_as_they_may()
    {
        await AddAsync("team_a");
        await ExecuteAsync("""
            UPDATE batch SET cancelled_at = now();
            CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$;
            CREATE TRIGGER hang BEFORE UPDATE ON batch_item FOR EACH ROW WHEN (NEW.state = 7) EXECUTE FUNCTION hang();
            """);
        await _runs.StartAsync(Cancel);

        // One by one: each is handed in when the one before it has run, so that no claim takes several.
        var started = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < 3; i++)
        {
            await EndsAsync(await AddAsync("team_b"));
        }

        // A sweep of ten seconds, and three claims behind it. Behind a sweep each, they took more than thirty.
        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Replica_that_has_just_come_back_leaves_to_others_what_they_run()
    {
        var store = new ItemStore(DataSource);
        var (other, batch) = (Guid.CreateVersion7(), await AddAsync("team_a"));
        Assert.True(await store.TryStartAsync(other, Assert.Single(await store.ClaimAsync(other, ["scheduled"], 1, Cancel)), Cancel));
        await ExecuteAsync("UPDATE batch_item SET heard_at = now() - interval '1 hour'");
        await _runs.StartAsync(Cancel);
        var own = await AddAsync("team_b");
        await EndsAsync(own);

        // That its batch has ended says that what was to be swept up was.
        await Eventually.TrueAsync(async () => (await new BatchStore(DataSource).FindAsync(own, "team_b", Cancel))!.EndedAt is not null, TimeSpan.FromSeconds(50), "the batch to end");
        Assert.Equal(1, (await new BatchStore(DataSource).FindAsync(batch, "team_a", Cancel))!.Counts.Running);
    }

    [Fact]
    public async Task Batch_ends_soon_after_its_last_item_where_nothing_else_runs()
    {
        await _runs.StartAsync(Cancel);
        var started = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < 4; i++)
        {
            // Handed in when the one before has ended. Each would wait for a sweep of its own, five seconds after the one before.
            var batch = await AddAsync("team_b");
            await Eventually.TrueAsync(async () => (await new BatchStore(DataSource).FindAsync(batch, "team_b", Cancel))!.EndedAt is not null, TimeSpan.FromSeconds(50), "the batch to end");
        }

        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(12));
    }

    [Theory]
    [InlineData(2, 0, 0, false, false, "waiting")]
    [InlineData(1, 1, 0, false, false, "in_progress")]
    [InlineData(0, 0, 2, false, false, "in_progress")]
    [InlineData(0, 0, 2, false, true, "completed")]
    [InlineData(0, 1, 1, true, false, "cancelling")]
    [InlineData(0, 0, 2, true, true, "cancelled")]
    public void Status_is_waiting_only_where_something_waits(int waiting, int running, int succeeded, bool isCancelled, bool isEnded, string status)
    {
        DateTimeOffset? cancelled = isCancelled ? DateTimeOffset.UnixEpoch : null, ended = isEnded ? DateTimeOffset.UnixEpoch : null;
        var counts = new BatchCounts(waiting, running, succeeded, 0, 0, 0);
        Assert.Equal(status, new BatchRow(Guid.Empty, "team_b", "key_1", CallLabels.Of(""), "scheduled", "", 2, DateTimeOffset.UnixEpoch, cancelled, ended, counts, 1, null).Status);
    }

    [Fact]
    public async Task Round_that_fails_ends_none_that_follows()
    {
        // There is no policy to look at yet.
        using var unread = ReplicaOf();
        using var log = new KeptLog();
        using var logs = LoggerFactory.Create(builder => builder.AddProvider(log));
        using var runs = NewRuns(unread, logs.CreateLogger<RunScheduled>());
        await runs.StartAsync(Cancel);
        await Eventually.TrueAsync(() => Task.FromResult(log.Lines.Count(line => line.Contains("could not be looked after", StringComparison.Ordinal)) > 1), TimeSpan.FromSeconds(50), "rounds to fail");

        await unread.StartAsync(Cancel);
        await EndsAsync(await AddAsync("team_b"));
        _lifetime.StopApplication();
        await runs.StopAsync(CancellationToken.None);
        await unread.StopAsync(CancellationToken.None);
    }

    [Theory]
    [InlineData(KeyStanding.TeamFrozen, KeyStanding.Usable)]
    [InlineData(KeyStanding.UserDisabled, KeyStanding.Usable)]
    [InlineData(KeyStanding.KeyFrozen, KeyStanding.Unknown)]
    public async Task Work_of_a_frozen_key_asks_nobody_until_the_directory_says_that_it_is_not_frozen(KeyStanding held, KeyStanding then)
    {
        _key.Standing = held;
        var batch = await AddAsync("team_a");

        // As it is when it was refused last: it is time to ask again, but for the item that has asked.
        await ExecuteAsync("""
            UPDATE batch SET unfunded_until = now() + interval '1 hour', asked_again_at = now(), refusal = '{}', refusal_status = 403, awaits_key = true;
            UPDATE batch_item SET status = 403, unfunded_tries = 1, not_before = now() + interval '10 minutes';
            INSERT INTO batch_item (batch_id, position, custom_id, lane, path, body, state, not_before, unfunded_tries) SELECT batch_id, 2, 'b', lane, path, body, 1, now(), 0 FROM batch_item;
            UPDATE batch SET items = 2
            """);
        await _runs.StartAsync(Cancel);
        await EndsAsync(await AddAsync("team_b"));
        await EndsAsync(await AddAsync("team_b"));
        var standing = await FindAsync();
        Assert.Equal((2, true), (standing.Counts.Waiting, standing.UnfundedUntil is not null));

        _key.Standing = then;
        await Eventually.TrueAsync(async () => (await FindAsync()).Counts.Failed == 2, TimeSpan.FromSeconds(50), "the work to have run");
        Assert.Null((await FindAsync()).UnfundedUntil);

        async Task<BatchRow> FindAsync() => (await new BatchStore(DataSource).FindAsync(batch, "team_a", Cancel))!;
    }

    private RunScheduled NewRuns(RoutingTableReplica policy, ILogger<RunScheduled> log) => new(
        new ItemStore(DataSource), new SweepStore(DataSource, new Outbox(TimeProvider.System), TimeProvider.System),
        new ItemRunner(_key, policy, new ScheduledShapes(new Dictionary<string, WireShape>()), _gateway.Planner, _gateway.Forbidden, null!, null!, TimeProvider.System),
        policy, _lifetime, Options.Create(new ScheduledOptions { DrainSeconds = 0 }), _gateway.Metrics, TimeProvider.System, log);

    private Task EndsAsync(Guid batch) => Eventually.TrueAsync(
        async () => (await new BatchStore(DataSource).FindAsync(batch, "team_b", Cancel))!.Counts.Failed == 1, TimeSpan.FromSeconds(50), "the item to have run");

    private async Task<Guid> AddAsync(string team)
    {
        var id = Guid.CreateVersion7();
        var batch = new NewBatch(id, team, "key_1", CallLabels.Of(""), "scheduled", "file", TimeProvider.System.GetUtcNow());
        var lines = new[] { new BatchLine("a", "/v1/chat/completions", "{}"u8.ToArray()) }.ToAsyncEnumerable();
        Assert.Equal(AddOutcome.Added, await new BatchStore(DataSource).TryAddAsync(batch, new byte[32], new WorkSize(1, 2), new WorkSize(10, 100), lines, Cancel));
        return id;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    private sealed class SwitchedKey : IKeysById
    {
        public KeyStanding Standing { get; set; } = KeyStanding.Usable;

        public bool IsCurrent => true;

        public KeyStanding FindById(string keyId, out Caller? caller)
        {
            caller = Standing == KeyStanding.Unknown ? null : new Caller(keyId, "a key", Role.Inference, "team_a", "") { UserId = "user_1" };
            return Standing;
        }
    }
}
