using System.Text;
using System.Text.Json;
using Platform.Contracts.Events;
using Platform.Postgres;
using Platform.Routing.Calls;
using Platform.Routing.Scheduled;
using Platform.Routing.Shapes.Messages;
using Platform.Routing.Tests.Limits;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>Items against a real database: each is run once, whoever dies.</summary>
public sealed class ItemStoreTests : LimitDatabase
{
    private static readonly ItemAnswer Answer = new(200, "{\"ok\":true}"u8.ToArray(), "att", TimeSpan.Zero, IsSent: true);
    private static readonly CallLabels Labels = CallLabels.Of("evaluation") with { Tags = new Dictionary<string, string> { ["feature"] = "search, 'new'" }.AsReadOnly() };
    private static readonly WorkSize Most = new(1_000, 1_000_000);
    private readonly Guid _here = Guid.CreateVersion7();
    private readonly Guid _there = Guid.CreateVersion7();

    private BatchStore Batches => new(DataSource);

    private ItemStore Items => new(DataSource);

    private SweepStore Sweeps => new(DataSource, new Outbox(TimeProvider.System), TimeProvider.System);

    [Fact]
    public async Task Item_is_claimed_by_one_replica_started_once_and_its_batch_ends_with_its_last_item()
    {
        var batch = await AddAsync(items: 20);
        var atOnce = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Items.ClaimAsync(i % 2 == 0 ? _here : _there, ["scheduled", "other"], 4, Cancel)));
        IReadOnlyList<ClaimedItem>[] claims = [.. atOnce, [], await Items.ClaimAsync(_there, ["scheduled", "other"], 20, Cancel)];
        Assert.Equal(Enumerable.Range(1, 20), claims.SelectMany(claim => claim).Select(item => item.Position).Order());

        Assert.All(claims.SelectMany(claim => claim), item => Assert.Equal((Labels.Workload, Labels.TagsToJson()), (item.Labels.Workload, item.Labels.TagsToJson())));
        Assert.Equal(Labels.Tags, (await Batches.FindAsync(batch, "team_a", Cancel))!.Labels.Tags);

        foreach (var item in claims[0])
        {
            Assert.False(await Items.TryStartAsync(_there, item, Cancel));
            Assert.True(await Items.TryStartAsync(_here, item, Cancel));
            Assert.False(await Items.TryStartAsync(_here, item, Cancel));
            await Items.EndAsync(_here, item, ItemState.Succeeded, Answer, Cancel);
        }

        await Sweeps.SweepAsync(7, Cancel);
        var standing = await Batches.FindAsync(batch, "team_a", Cancel);
        Assert.Equal((claims[0].Count, 20 - claims[0].Count, (DateTimeOffset?)null), (standing!.Counts.Succeeded, standing.Counts.Running, standing.EndedAt));
        for (var i = 1; i < claims.Length; i++)
        {
            foreach (var item in claims[i])
            {
                Assert.True(await Items.TryStartAsync(i % 2 == 0 ? _here : _there, item, Cancel));
                await Items.EndAsync(i % 2 == 0 ? _here : _there, item, ItemState.Failed, Answer with { Status = 400 }, Cancel);
            }
        }

        await Sweeps.SweepAsync(7, Cancel);
        Assert.NotNull((await Batches.FindAsync(batch, "team_a", Cancel))!.EndedAt);
        Assert.Equal(20, (await Batches.ReadResultsAsync(batch, "team_a", 0, 100, Cancel)).Count);
        Assert.Empty(await Batches.ReadResultsAsync(batch, "team_b", 0, 100, Cancel));
        Assert.Null(await Batches.FindAsync(batch, "team_b", Cancel));
        await ExecuteAsync("UPDATE batch SET ended_at = now() - interval '8 days'");
        await Sweeps.SweepAsync(7, Cancel);
        Assert.Null(await Batches.FindAsync(batch, "team_a", Cancel));
    }

    [Fact]
    public async Task Of_a_replica_that_died_what_had_not_begun_waits_again_and_what_had_is_unknown_and_never_run_again()
    {
        var batch = await AddAsync(items: 2);
        var claimed = await Items.ClaimAsync(_here, ["scheduled"], 2, Cancel);
        Assert.True(await Items.TryStartAsync(_here, claimed.Single(item => item.Position == 2), Cancel));
        await ExecuteAsync("UPDATE batch_item SET heard_at = now() - interval '31 seconds'");
        await Sweeps.TakeUpAsync(Cancel);

        Assert.Equal(1, Assert.Single(await Items.ClaimAsync(_there, ["scheduled"], 5, Cancel)).Position);
        Assert.False(await Items.TryStartAsync(_here, claimed.Single(item => item.Position == 1), Cancel));
        Assert.Equal(ItemState.Unknown, Assert.Single(await Batches.ReadResultsAsync(batch, "team_a", 0, 9, Cancel)).State);

        // It was cut off, not dead: what it paid for is not lost.
        await Items.EndAsync(_here, claimed.Single(item => item.Position == 2), ItemState.Succeeded, Answer, Cancel);
        var result = Assert.Single(await Batches.ReadResultsAsync(batch, "team_a", 0, 9, Cancel));
        Assert.Equal((ItemState.Succeeded, "{\"ok\":true}"), (result.State, Encoding.UTF8.GetString(result.Answer)));
    }

    [Fact]
    public async Task Item_that_is_heard_of_stays_with_its_replica_and_one_that_was_refused_for_a_while_waits_so_long()
    {
        await AddAsync(items: 1);
        var item = Assert.Single(await Items.ClaimAsync(_here, ["scheduled"], 5, Cancel));
        await ExecuteAsync("UPDATE batch_item SET heard_at = now() - interval '31 seconds'");
        await Items.HearAsync(_here, [item], Cancel);
        await Sweeps.TakeUpAsync(Cancel);
        Assert.True(await Items.TryStartAsync(_here, item, Cancel));
        await Items.AgainAsync(_here, item, TimeSpan.FromMinutes(1), TimeProvider.System.GetUtcNow(), Answer with { Status = 429 }, Cancel);
        Assert.Empty(await Items.ClaimAsync(_there, ["scheduled"], 5, Cancel));
        await ExecuteAsync("UPDATE batch_item SET not_before = now()");
        Assert.Equal(1, Assert.Single(await Items.ClaimAsync(_there, ["scheduled"], 5, Cancel)).Tries);

        // Claimed, and not named when its replica is heard of: the answer to the claim was lost.
        await ExecuteAsync("UPDATE batch_item SET heard_at = now() - interval '31 seconds'");
        await Items.HearAsync(_there, [], Cancel);
        await Sweeps.TakeUpAsync(Cancel);
        Assert.Single(await Items.ClaimAsync(_there, ["scheduled"], 5, Cancel));
        await Items.GiveBackAsync(_there, Cancel);
        Assert.Single(await Items.ClaimAsync(_here, ["scheduled"], 5, Cancel));
    }

    [Fact]
    public async Task Teams_take_turns_whoever_came_first_and_however_much_it_brought()
    {
        var first = await AddAsync(items: 60);
        var second = await AddAsync(items: 40);
        Assert.Equal(6, (await Items.ClaimAsync(_here, ["scheduled"], 6, Cancel)).Count(item => item.BatchId == first));
        var others = await AddAsync(items: 5, team: "team_b");
        var last = await AddAsync(items: 30, team: "team_c");

        // Six of team_a run: the others come first until they have as many.
        var turn = await Items.ClaimAsync(_there, ["scheduled"], 8, Cancel);
        Assert.Equal((0, 0, 4, 4), Count(turn));
        turn = await Items.ClaimAsync(_there, ["scheduled"], 8, Cancel);
        Assert.Equal((3, 0, 1, 4), Count(turn));

        (int First, int Second, int Others, int Last) Count(IReadOnlyList<ClaimedItem> items) =>
            (items.Count(item => item.BatchId == first), items.Count(item => item.BatchId == second), items.Count(item => item.BatchId == others), items.Count(item => item.BatchId == last));
    }

    [Fact]
    public async Task What_the_wallet_cannot_pay_waits_and_is_asked_again_in_a_while_by_few_and_fails_when_its_time_is_over()
    {
        var batch = await AddAsync(items: 10);
        var refusal = Answer with { Status = 402, Body = "{\"error\":\"wallet_exhausted\"}"u8.ToArray(), IsSent = false };
        var until = TimeProvider.System.GetUtcNow().AddHours(1);
        foreach (var item in await Items.ClaimAsync(_here, ["scheduled"], 2, Cancel))
        {
            Assert.True(await Items.TryStartAsync(_here, item, Cancel));
            await Items.UnfundedAsync(_here, item, TimeSpan.FromMinutes(5), until, refusal, Cancel);
        }

        // Nothing of it is tried, until it is time to ask again; then others than those who have asked.
        Assert.Empty(await Items.ClaimAsync(_here, ["scheduled"], 5, Cancel));
        var standing = await Batches.FindAsync(batch, "team_a", Cancel);
        Assert.Equal((10, until.ToUnixTimeMilliseconds()), (standing!.Counts.Waiting, standing.UnfundedUntil!.Value.ToUnixTimeMilliseconds()));
        await ExecuteAsync("UPDATE batch SET asked_again_at = now()");
        var asks = await Items.ClaimAsync(_here, ["scheduled"], 2, Cancel);
        Assert.Equal([3, 4], asks.Select(item => item.Position).Order());
        Assert.All(asks, item => Assert.NotNull(item.UnfundedUntil));

        // One is refused again, which moves nothing; its time is that of the batch.
        Assert.True(await Items.TryStartAsync(_here, asks[0], Cancel));
        await Items.UnfundedAsync(_here, asks[0], TimeSpan.FromMinutes(5), until.AddHours(9), refusal, Cancel);
        Assert.True(await Items.TryStartAsync(_here, asks[1], Cancel));
        await ExecuteAsync("UPDATE batch SET unfunded_until = now() - interval '1 second'");
        await Sweeps.SweepAsync(7, Cancel);

        // The other still runs: it may have been paid.
        standing = await Batches.FindAsync(batch, "team_a", Cancel);
        Assert.Equal((9, 1), (standing!.Counts.Waiting, standing.Counts.Running));
        await Items.EndAsync(_here, asks[1], ItemState.Failed, refusal, Cancel);
        await Sweeps.SweepAsync(7, Cancel);
        Assert.Equal(10, (await Batches.FindAsync(batch, "team_a", Cancel))!.Counts.Failed);
        var results = await Batches.ReadResultsAsync(batch, "team_a", 0, 20, Cancel);
        Assert.All(results, result => Assert.Equal((402, "{\"error\":\"wallet_exhausted\"}"), (result.Status, Encoding.UTF8.GetString(result.Answer))));
        Assert.Equal(10, results.Count);
    }

    [Theory]
    [InlineData("succeeded")]
    [InlineData("failed")]
    [InlineData("again")]
    public async Task Item_that_was_paid_ends_the_waiting_of_its_batch_whatever_came_of_it(string end)
    {
        var batch = await AddAsync(items: 4);
        var first = Assert.Single(await Items.ClaimAsync(_here, ["scheduled"], 1, Cancel));
        Assert.True(await Items.TryStartAsync(_here, first, Cancel));
        await Items.UnfundedAsync(_here, first, TimeSpan.Zero, TimeProvider.System.GetUtcNow().AddHours(1), Answer with { Status = 402 }, Cancel);
        await ExecuteAsync("UPDATE batch SET asked_again_at = now()");
        var asks = Assert.Single(await Items.ClaimAsync(_here, ["scheduled"], 1, Cancel));
        await ExecuteAsync("UPDATE batch SET asked_again_at = now() + interval '1 minute'");
        Assert.True(await Items.TryStartAsync(_here, asks, Cancel));
        await (end switch
        {
            "again" => Items.AgainAsync(_here, asks, TimeSpan.FromMinutes(1), TimeProvider.System.GetUtcNow().AddHours(1), Answer with { Status = 503 }, Cancel),
            "failed" => Items.EndAsync(_here, asks, ItemState.Failed, Answer with { Status = 400 }, Cancel),
            _ => Items.EndAsync(_here, asks, ItemState.Succeeded, Answer, Cancel),
        });
        Assert.Null((await Batches.FindAsync(batch, "team_a", Cancel))!.UnfundedUntil);
        var rest = await Items.ClaimAsync(_here, ["scheduled"], 5, Cancel);
        Assert.Equal(3, rest.Count);
        Assert.Equal(1, rest.Sum(item => item.UnfundedTries));
        Assert.Equal(1, rest.Sum(item => item.Tries));
    }

    [Fact]
    public async Task Item_that_a_limit_holds_back_is_so_since_the_first_refusal_until_something_else_refuses_it()
    {
        await AddAsync(items: 1);
        ClaimedItem item = null!;
        var since = new List<DateTimeOffset?>();
        foreach (var end in new Func<Task>[] { LimitedAsync, LimitedAsync, () => Items.UnfundedAsync(_here, item, TimeSpan.Zero, TimeProvider.System.GetUtcNow().AddHours(1), Answer, Cancel), LimitedAsync })
        {
            item = Assert.Single(await Items.ClaimAsync(_here, ["scheduled"], 5, Cancel));
            since.Add(item.LimitedSince);
            Assert.True(await Items.TryStartAsync(_here, item, Cancel));
            await end();
            await ExecuteAsync("UPDATE batch_item SET not_before = now() - interval '1 second'; UPDATE batch SET asked_again_at = NULL");
        }

        Assert.Equal((null, true, true, null), (since[0], since[1] is not null, since[1] == since[2], since[3]));

        Task LimitedAsync() => Items.LimitedAsync(_here, item, TimeSpan.Zero, Answer with { Status = 429, IsSent = false }, Cancel);
    }

    [Fact]
    public async Task Item_knows_how_often_it_met_a_full_limit_and_until_when_it_may_be_refused()
    {
        await AddAsync(items: 1);
        var first = TimeProvider.System.GetUtcNow().AddHours(1);
        var item = await RunAsync(item => Items.LimitedAsync(_here, item, TimeSpan.Zero, Answer with { Status = 429, IsSent = false }, Cancel));
        Assert.Equal((0, 0, null), (item.Tries, item.LimitedTries, item.RefusedUntil));
        item = await RunAsync(item => Items.AgainAsync(_here, item, TimeSpan.Zero, first, Answer with { Status = 503 }, Cancel));
        Assert.Equal((1, 1, null), (item.Tries, item.LimitedTries, item.RefusedUntil));
        Assert.NotNull(item.LimitedSince);
        item = await RunAsync(item => Items.AgainAsync(_here, item, TimeSpan.Zero, first.AddHours(24), Answer with { Status = 503 }, Cancel));
        Assert.Equal((2, 1, first.ToUnixTimeMilliseconds()), (item.Tries, item.LimitedTries, item.RefusedUntil!.Value.ToUnixTimeMilliseconds()));
        Assert.Null(item.LimitedSince);
        item = await RunAsync(item => Items.EndAsync(_here, item, ItemState.Succeeded, Answer, Cancel));
        Assert.Equal((3, 1, first.ToUnixTimeMilliseconds()), (item.Tries, item.LimitedTries, item.RefusedUntil!.Value.ToUnixTimeMilliseconds()));

        async Task<ClaimedItem> RunAsync(Func<ClaimedItem, Task> end)
        {
            var claimed = Assert.Single(await Items.ClaimAsync(_here, ["scheduled"], 5, Cancel));
            Assert.True(await Items.TryStartAsync(_here, claimed, Cancel));
            await end(claimed);
            return claimed;
        }
    }

    [Theory]
    [InlineData("again")]
    [InlineData("limited")]
    [InlineData("unfunded")]
    [InlineData("failed")]
    public async Task What_is_said_again_of_a_try_changes_nothing_of_the_next(string end)
    {
        var batch = await AddAsync(items: 1);
        var first = Assert.Single(await Items.ClaimAsync(_here, ["scheduled"], 5, Cancel));
        Assert.True(await Items.TryStartAsync(_here, first, Cancel));
        await Items.AgainAsync(_here, first, TimeSpan.Zero, TimeProvider.System.GetUtcNow().AddHours(1), Answer with { Status = 503 }, Cancel);
        var second = Assert.Single(await Items.ClaimAsync(_here, ["scheduled"], 5, Cancel));
        Assert.True(await Items.TryStartAsync(_here, second, Cancel));

        await (end switch
        {
            "again" => Items.AgainAsync(_here, first, TimeSpan.Zero, TimeProvider.System.GetUtcNow().AddHours(1), Answer with { Status = 503 }, Cancel),
            "limited" => Items.LimitedAsync(_here, first, TimeSpan.Zero, Answer with { Status = 429, IsSent = false }, Cancel),
            "unfunded" => Items.UnfundedAsync(_here, first, TimeSpan.Zero, TimeProvider.System.GetUtcNow().AddHours(1), Answer with { Status = 402, IsSent = false }, Cancel),
            _ => Items.EndAsync(_here, first, ItemState.Failed, Answer with { Status = 400 }, Cancel),
        });
        var standing = await Batches.FindAsync(batch, "team_a", Cancel);
        Assert.Equal((1, null), (standing!.Counts.Running, standing.UnfundedUntil));
        await Items.EndAsync(_here, second, ItemState.Succeeded, Answer, Cancel);
        Assert.Equal(1, (await Batches.FindAsync(batch, "team_a", Cancel))!.Counts.Succeeded);
    }

    [Fact]
    public async Task Batches_that_have_not_ended_are_counted_by_lane()
    {
        await AddAsync(items: 1);
        var cancelled = await AddAsync(items: 1);
        await AddAsync(items: 3, team: "team_b");
        await Batches.CancelAsync(cancelled, "team_a", TimeProvider.System.GetUtcNow(), Cancel);
        Assert.Equal([KeyValuePair.Create("scheduled", 2)], await Batches.CountOpenAsync(Cancel));
        foreach (var item in await Items.ClaimAsync(_here, ["scheduled"], 9, Cancel))
        {
            Assert.True(await Items.TryStartAsync(_here, item, Cancel));
            await Items.EndAsync(_here, item, ItemState.Succeeded, Answer, Cancel);
        }

        await Sweeps.SweepAsync(7, Cancel);
        Assert.Empty(await Batches.CountOpenAsync(Cancel));
    }

    [Fact]
    public async Task Cancelled_batch_begins_nothing_more()
    {
        var batch = await AddAsync(items: 3);
        var begun = Assert.Single(await Items.ClaimAsync(_here, ["scheduled"], 1, Cancel));
        Assert.True(await Items.TryStartAsync(_here, begun, Cancel));
        var claimed = Assert.Single(await Items.ClaimAsync(_here, ["scheduled"], 1, Cancel));
        await Batches.CancelAsync(batch, "team_b", TimeProvider.System.GetUtcNow(), Cancel);
        Assert.Null((await Batches.FindAsync(batch, "team_a", Cancel))!.CancelledAt);
        await Batches.CancelAsync(batch, "team_a", TimeProvider.System.GetUtcNow(), Cancel);
        Assert.False(await Items.TryStartAsync(_here, claimed, Cancel));
        Assert.Empty(await Items.ClaimAsync(_there, ["scheduled"], 5, Cancel));

        // What comes back from a refusal after that is not begun again, though no sweep has seen it; nor is what was claimed as the cancelling came.
        await Items.AgainAsync(_here, begun, TimeSpan.Zero, TimeProvider.System.GetUtcNow(), Answer with { Status = 429 }, Cancel);
        Assert.Empty(await Items.ClaimAsync(_there, ["scheduled"], 5, Cancel));
        await ExecuteAsync($"UPDATE batch_item SET state = 2, claimed_by = '{_here}' WHERE position = {begun.Position}");
        Assert.False(await Items.TryStartAsync(_here, begun, Cancel));
        await Items.GiveBackAsync(_here, Cancel);
        await Sweeps.SweepAsync(7, Cancel);
        var standing = await Batches.FindAsync(batch, "team_a", Cancel);
        Assert.Equal(3, standing!.Counts.Cancelled);
        Assert.NotNull(standing.EndedAt);
    }

    [Theory]
    [InlineData(true, "2 1 0 0")]
    [InlineData(false, "")]
    public async Task End_of_a_batch_is_told_once_to_those_who_asked_for_it(bool told, string expected)
    {
        var batch = await AddAsync(items: 3, told);
        var states = new[] { ItemState.Succeeded, ItemState.Failed, ItemState.Succeeded };
        foreach (var (item, state) in (await Items.ClaimAsync(_here, ["scheduled"], 3, Cancel)).Zip(states))
        {
            Assert.True(await Items.TryStartAsync(_here, item, Cancel));
            await Sweeps.SweepAsync(7, Cancel);
            await Items.EndAsync(_here, item, state, Answer, Cancel);
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
    public async Task Batch_is_kept_whole_or_not_at_all()
    {
        await Assert.ThrowsAsync<SpoolUnwritableException>(() => Batches.TryAddAsync(New(Guid.CreateVersion7()), new byte[32], new WorkSize(2, 10), Most, BreakingAsync(), Cancel));
        Assert.Empty(await Batches.ListAsync("team_a", 10, Cancel));
        Assert.Empty(await Items.ClaimAsync(_here, ["scheduled"], 5, Cancel));

        static async IAsyncEnumerable<BatchLine> BreakingAsync()
        {
            await Task.Yield();
            yield return new BatchLine("a", "/v1/chat/completions", []);
            throw new SpoolUnwritableException(new IOException("gone"));
        }
    }

    [Fact]
    public async Task What_stands_under_a_key_is_another_batch_when_its_lane_workload_tags_name_telling_or_headers_are()
    {
        var asked = New(Guid.CreateVersion7());
        Assert.Equal(AddOutcome.Added, await Batches.TryAddAsync(asked, [.. Enumerable.Repeat((byte)7, 32)], new WorkSize(1, 2), Most, Lines(1), Cancel));
        var kept = await Batches.FindKeptAsync(asked.BatchId, Cancel);
        Assert.Equal(Enumerable.Repeat((byte)7, 32), kept!.Sha256);
        Assert.True(kept.IsAskedAs(asked with { CreatedAt = DateTimeOffset.UnixEpoch }));
        Assert.All(
            [
                asked with { Lane = "night" }, asked with { Labels = Labels with { Workload = "" } }, asked with { Labels = CallLabels.Of(Labels.Workload) }, asked with { Name = "" },
                asked with { IsTold = true }, asked with { Windows = 2 },
                asked with { Headers = new AnthropicHeaders("2023-06-01", "") }, asked with { Headers = new AnthropicHeaders("", "files-api-2025-04-14") },
            ],
            other => Assert.False(kept.IsAskedAs(other)));
        Assert.Null(await Batches.FindKeptAsync(Guid.CreateVersion7(), Cancel));
    }

    [Theory]
    [InlineData(100, 1_000_000)]
    [InlineData(1_000, 200)]
    public async Task Team_has_no_more_waiting_than_it_may_and_what_is_above_is_not_kept_at_all(int items, int bytes)
    {
        var kept = Guid.CreateVersion7();
        Assert.Equal(AddOutcome.Added, await HandInAsync(kept, 60));
        Assert.Equal(AddOutcome.AboveBound, await HandInAsync(Guid.CreateVersion7(), 60));
        Assert.Equal(AddOutcome.Added, await HandInAsync(Guid.CreateVersion7(), 60, "team_b"));
        Assert.Equal(60, Assert.Single(await Batches.ListAsync("team_a", 10, Cancel)).Counts.Waiting);
        await using var command = DataSource.CreateCommand("SELECT count(*) FROM batch_item");
        Assert.Equal(120L, await command.ExecuteScalarAsync(Cancel));

        // What is there already is answered as it was; what fits is taken, and there is room again when a batch has ended.
        Assert.Equal(AddOutcome.Known, await HandInAsync(kept, 60));
        Assert.Equal(AddOutcome.Added, await HandInAsync(Guid.CreateVersion7(), 40));
        Assert.Equal(AddOutcome.AboveBound, await HandInAsync(Guid.CreateVersion7(), 1));
        await Batches.CancelAsync(kept, "team_a", TimeProvider.System.GetUtcNow(), Cancel);
        await Sweeps.SweepAsync(7, Cancel);
        var atOnce = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => HandInAsync(Guid.CreateVersion7(), 20)));
        Assert.Equal((3, 5), (atOnce.Count(outcome => outcome == AddOutcome.Added), atOnce.Count(outcome => outcome == AddOutcome.AboveBound)));

        Task<AddOutcome> HandInAsync(Guid id, int count, string team = "team_a") =>
            Batches.TryAddAsync(New(id, team: team), new byte[32], new WorkSize(count, 2 * count), new WorkSize(items, bytes), Lines(count), Cancel);
    }

    [Fact]
    public async Task Batch_that_is_sent_many_times_at_once_is_kept_once()
    {
        var id = Guid.CreateVersion7();
        var added = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Batches.TryAddAsync(New(id), new byte[32], new WorkSize(3, 6), Most, Lines(3), Cancel)));
        Assert.Single(added, outcome => outcome == AddOutcome.Added);
        Assert.All(added, outcome => Assert.True(outcome is AddOutcome.Added or AddOutcome.Known));
        Assert.Equal(3, (await Batches.FindAsync(id, "team_a", Cancel))!.Counts.Waiting);
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
        Assert.Empty(await Items.ClaimAsync(_here, ["scheduled"], 5, Cancel));

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
            var item = Assert.Single(await Items.ClaimAsync(_here, ["scheduled"], 5, Cancel));
            Assert.True(await Items.TryStartAsync(_here, item, Cancel));
            await Items.EndAsync(_here, item, ItemState.Succeeded, Answer, Cancel);
            await Sweeps.SweepAsync(7, Cancel);
            return item;
        }

        static Guid AttemptOf(ClaimedItem item) => new ScheduledItem(item.RunId, item.Position, item.Tries + 1, false).AttemptId(1);
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
    public async Task What_is_due_is_swept_up_in_portions_and_a_batch_that_is_being_deleted_is_there_for_nobody()
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
        Assert.Empty(await Batches.ListAsync("team_a", 10, Cancel));
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

    private static NewBatch New(Guid id, bool told = false, string team = "team_a") => new(id, team, "key_1", Labels, "scheduled", "file", TimeProvider.System.GetUtcNow(), told);

    private async Task<Guid> AddAsync(int items, bool told = false, string team = "team_a")
    {
        var id = Guid.CreateVersion7();
        Assert.Equal(AddOutcome.Added, await Batches.TryAddAsync(New(id, told, team), new byte[32], new WorkSize(items, 2 * items), Most, Lines(items), Cancel));
        return id;
    }

    private static IAsyncEnumerable<BatchLine> Lines(int count) =>
        Enumerable.Range(1, count).Select(i => new BatchLine($"c{i}", "/v1/chat/completions", "{}"u8.ToArray())).ToAsyncEnumerable();
}
