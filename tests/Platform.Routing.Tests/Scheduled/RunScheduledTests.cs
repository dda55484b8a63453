using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Platform.Postgres;
using Platform.Routing.Calls;
using Platform.Routing.Policies;
using Platform.Routing.Scheduled;
using Platform.Routing.Shapes;
using Platform.Routing.Tests.Calls;
using Platform.Routing.Tests.Policies;
using Platform.Testing;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>A replica that runs work that waits, in a lane that is always open; its items end at once, since their route is none.</summary>
public sealed class RunScheduledTests : PolicyDatabase
{
    private LocalGateway _gateway = null!;
    private RoutingTableReplica _policy = null!;
    private ApplicationLifetime _lifetime = null!;
    private RunScheduled _runs = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _gateway = new LocalGateway(database: DataSource);
        _policy = ReplicaOf();
        await _policy.StartAsync(Cancel);
        var shapes = new ScheduledShapes(new Dictionary<string, WireShape>());
        _lifetime = new ApplicationLifetime(NullLogger<ApplicationLifetime>.Instance);
        _runs = new RunScheduled(
            new ItemStore(DataSource), new SweepStore(DataSource, new Outbox(TimeProvider.System), TimeProvider.System), new ItemRunner(null!, _policy, shapes, _gateway.Planner, _gateway.Forbidden, null!, null!, TimeProvider.System),
            _policy, _lifetime, Options.Create(new ScheduledOptions { DrainSeconds = 0 }), _gateway.Metrics, TimeProvider.System, NullLogger<RunScheduled>.Instance);
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
}
