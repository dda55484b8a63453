using System.Text;
using System.Text.Json;
using Platform.Contracts.Events;
using Platform.Postgres;
using Platform.Routing.Scheduled;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>What is swept up of work that waits: what a replica that died had taken, batches that have ended, and those whose time is over.</summary>
public sealed class SweepStoreTests : BatchDatabase
{
    [Fact]
    public async Task Of_a_replica_that_died_what_had_not_begun_waits_again_and_what_had_is_unknown_and_never_run_again()
    {
        var batch = await AddAsync(items: 2);
        var claimed = await Items.ClaimAsync(Here, ["scheduled"], 2, Cancel);
        Assert.True(await Items.TryStartAsync(Here, claimed.Single(item => item.Position == 2), Cancel));
        await ExecuteAsync("UPDATE batch_item SET heard_at = now() - interval '31 seconds'");
        await Sweeps.TakeUpAsync(Cancel);

        Assert.Equal(1, Assert.Single(await Items.ClaimAsync(There, ["scheduled"], 5, Cancel)).Position);
        Assert.False(await Items.TryStartAsync(Here, claimed.Single(item => item.Position == 1), Cancel));
        Assert.Equal(ItemState.Unknown, Assert.Single(await Batches.ReadResultsAsync(batch, "team_a", 0, 9, Cancel)).State);

        // It was cut off, not dead: what it paid for is not lost.
        await Items.EndAsync(Here, claimed.Single(item => item.Position == 2), ItemState.Succeeded, Answer, Cancel);
        var result = Assert.Single(await Batches.ReadResultsAsync(batch, "team_a", 0, 9, Cancel));
        Assert.Equal((ItemState.Succeeded, "{\"ok\":true}"), (result.State, Encoding.UTF8.GetString(result.Answer)));
    }

    [Theory]
    [InlineData(true, "2 1 0 0")]
    [InlineData(false, "")]
    public async Task End_of_a_batch_is_told_once_to_those_who_asked_for_it(bool told, string expected)
    {
        var batch = await AddAsync(items: 3, told);
        var states = new[] { ItemState.Succeeded, ItemState.Failed, ItemState.Succeeded };
        foreach (var (item, state) in (await Items.ClaimAsync(Here, ["scheduled"], 3, Cancel)).Zip(states))
        {
            Assert.True(await Items.TryStartAsync(Here, item, Cancel));
            await Sweeps.SweepAsync(7, Cancel);
            await Items.EndAsync(Here, item, state, Answer, Cancel);
        }

        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Sweeps.SweepAsync(7, Cancel)));
        await using var command = DataSource.CreateCommand("SELECT body FROM outbox");
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var owed = new List<BatchCompleted>();
        while (await reader.ReadAsync(Cancel))
        {
            owed.Add(JsonSerializer.Deserialize<BatchCompleted>(reader.GetString(0), JsonSerializerOptions.Web)!);
        }

        Assert.Equal(expected, string.Join(", ", owed.Select(one => $"{one.Succeeded} {one.Failed} {one.Unknown} {one.Cancelled}")));
        Assert.All(owed, one => Assert.Equal((batch, "team_a", "file", "scheduled"), (one.BatchId, one.TeamId, one.Name, one.Lane)));
    }

    [Fact]
    public async Task Key_of_a_batch_that_was_deleted_runs_nothing_again_until_it_is_forgotten_and_then_under_ids_of_its_own()
    {
        var id = DerivedIds.BatchOf("key_1", "eval");
        var first = await RunAsync();
        await ExecuteAsync("UPDATE batch SET ended_at = now() - interval '8 days'");
        await Sweeps.SweepAsync(7, Cancel);
        Assert.Null(await Batches.FindAsync(id, "team_a", Cancel));
        Assert.Equal(AddOutcome.Deleted, await Batches.TryAddAsync(New(id), new byte[32], new WorkSize(1, 2), Most, Lines(1), Cancel));
        Assert.Empty(await Items.ClaimAsync(Here, ["scheduled"], 5, Cancel));

        // As ForgetOldRows does after 400 days.
        await ExecuteAsync("DELETE FROM deleted_batch");
        var second = await RunAsync();
        Assert.NotEqual(AttemptOf(first), AttemptOf(second));

        // As after a day of the version before, which ran it again since it does not look here: it is deleted all the same, and all that is due with it.
        await ExecuteAsync($"INSERT INTO deleted_batch (batch_id, recorded_at) VALUES ('{id}', now()); UPDATE batch SET ended_at = now() - interval '8 days'");
        await Sweeps.SweepAsync(7, Cancel);
        Assert.Null(await Batches.FindAsync(id, "team_a", Cancel));

        async Task<ClaimedItem> RunAsync()
        {
            Assert.Equal(AddOutcome.Added, await Batches.TryAddAsync(New(id), new byte[32], new WorkSize(1, 2), Most, Lines(1), Cancel));
            var item = Assert.Single(await Items.ClaimAsync(Here, ["scheduled"], 5, Cancel));
            Assert.True(await Items.TryStartAsync(Here, item, Cancel));
            await Items.EndAsync(Here, item, ItemState.Succeeded, Answer, Cancel);
            await Sweeps.SweepAsync(7, Cancel);
            return item;
        }

        static Guid AttemptOf(ClaimedItem item) => new ScheduledItem(item.RunId, item.Position, item.Tries + 1, WorkWait.None).AttemptId(1);
    }

    [Fact]
    public async Task Only_keys_of_deleted_batches_are_kept_of_them()
    {
        await AddAsync(items: 1);
        await ExecuteAsync("UPDATE batch_item SET state = 4, ended_at = now(); UPDATE batch SET ended_at = now() - interval '8 days'");
        await Sweeps.SweepAsync(7, Cancel);
        await using var command = DataSource.CreateCommand("SELECT (SELECT count(*) FROM deleted_batch) + (SELECT count(*) FROM batch)");
        Assert.Equal(0L, await command.ExecuteScalarAsync(Cancel));
    }

    [Fact]
    public async Task What_is_due_is_swept_up_in_portions_and_a_batch_that_is_being_deleted_isThere_for_nobody()
    {
        var store = new SweepStore(DataSource, new Outbox(TimeProvider.System), TimeProvider.System, portion: 10);
        var batch = await AddAsync(items: 25);
        await ExecuteAsync("UPDATE batch SET cancelled_at = now()");
        Assert.Equal((true, 15, false), await SweepAsync());
        Assert.Equal((true, 5, false), await SweepAsync());
        Assert.Equal((false, 0, true), await SweepAsync());

        await ExecuteAsync("UPDATE batch SET ended_at = now() - interval '8 days'");
        Assert.True(await store.SweepAsync(7, Cancel));
        Assert.Equal(15L, await CountAsync("batch_item"));
        Assert.Null(await Batches.FindAsync(batch, "team_a", Cancel));
        Assert.Empty(await Batches.ListAsync("team_a", null, 10, Cancel));
        Assert.Empty(await Batches.ReadResultsAsync(batch, "team_a", 0, 100, Cancel));
        Assert.True(await store.SweepAsync(7, Cancel));
        Assert.False(await store.SweepAsync(7, Cancel));
        Assert.Equal(0L, await CountAsync("batch"));

        async Task<(bool IsMore, int Waiting, bool HasEnded)> SweepAsync()
        {
            var isMore = await store.SweepAsync(7, Cancel);
            var standing = await Batches.FindAsync(batch, "team_a", Cancel);
            return (isMore, standing!.Counts.Waiting, standing.EndedAt is not null);
        }

        async Task<object?> CountAsync(string table)
        {
            await using var command = DataSource.CreateCommand($"SELECT count(*) FROM {table}");
            return await command.ExecuteScalarAsync(Cancel);
        }
    }
}
