using System.Text;
using Platform.Routing.Scheduled;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>Items against a real database: each is run once, whoever dies.</summary>
public sealed class ItemStoreTests : BatchDatabase
{
    [Fact]
    public async Task Item_is_claimed_by_one_replica_started_once_and_its_batch_ends_with_its_last_item()
    {
        var batch = await AddAsync(items: 20);
        var atOnce = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Items.ClaimAsync(i % 2 == 0 ? Here : There, ["scheduled", "other"], 4, Cancel)));
        IReadOnlyList<ClaimedItem>[] claims = [.. atOnce, [], await Items.ClaimAsync(There, ["scheduled", "other"], 20, Cancel)];
        Assert.Equal(Enumerable.Range(1, 20), claims.SelectMany(claim => claim).Select(item => item.Position).Order());

        Assert.All(claims.SelectMany(claim => claim), item => Assert.Equal((Labels.Workload, Labels.TagsToJson()), (item.Labels.Workload, item.Labels.TagsToJson())));
        Assert.Equal(Labels.Tags, (await Batches.FindAsync(batch, "team_a", Cancel))!.Labels.Tags);

        foreach (var item in claims[0])
        {
            Assert.False(await Items.TryStartAsync(There, item, Cancel));
            Assert.True(await Items.TryStartAsync(Here, item, Cancel));
            Assert.False(await Items.TryStartAsync(Here, item, Cancel));
            await Items.EndAsync(Here, item, ItemState.Succeeded, Answer, Cancel);
        }

        await Sweeps.SweepAsync(7, Cancel);
        var standing = await Batches.FindAsync(batch, "team_a", Cancel);
        Assert.Equal((claims[0].Count, 20 - claims[0].Count, (DateTimeOffset?)null), (standing!.Counts.Succeeded, standing.Counts.Running, standing.EndedAt));
        for (var i = 1; i < claims.Length; i++)
        {
            foreach (var item in claims[i])
            {
                Assert.True(await Items.TryStartAsync(i % 2 == 0 ? Here : There, item, Cancel));
                await Items.EndAsync(i % 2 == 0 ? Here : There, item, ItemState.Failed, Answer with { Status = 400 }, Cancel);
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
    public async Task Item_that_is_heard_of_stays_with_its_replica_and_one_that_was_refused_for_a_while_waits_so_long()
    {
        await AddAsync(items: 1);
        var item = Assert.Single(await Items.ClaimAsync(Here, ["scheduled"], 5, Cancel));
        await ExecuteAsync("UPDATE batch_item SET heard_at = now() - interval '31 seconds'");
        await Items.HearAsync(Here, [item], Cancel);
        await Sweeps.TakeUpAsync(Cancel);
        Assert.True(await Items.TryStartAsync(Here, item, Cancel));
        await Items.AgainAsync(Here, item, TimeSpan.FromMinutes(1), TimeProvider.System.GetUtcNow(), Answer with { Status = 429 }, Cancel);
        Assert.Empty(await Items.ClaimAsync(There, ["scheduled"], 5, Cancel));
        await ExecuteAsync("UPDATE batch_item SET not_before = now()");
        Assert.Equal(1, Assert.Single(await Items.ClaimAsync(There, ["scheduled"], 5, Cancel)).Tries);

        // Claimed, and not named when its replica is heard of: the answer to the claim was lost.
        await ExecuteAsync("UPDATE batch_item SET heard_at = now() - interval '31 seconds'");
        await Items.HearAsync(There, [], Cancel);
        await Sweeps.TakeUpAsync(Cancel);
        Assert.Single(await Items.ClaimAsync(There, ["scheduled"], 5, Cancel));
        await Items.GiveBackAsync(There, Cancel);
        Assert.Single(await Items.ClaimAsync(Here, ["scheduled"], 5, Cancel));
    }

    [Fact]
    public async Task Teams_take_turns_whoever_came_first_and_however_much_it_brought()
    {
        var first = await AddAsync(items: 60);
        var second = await AddAsync(items: 40);
        Assert.Equal(6, (await Items.ClaimAsync(Here, ["scheduled"], 6, Cancel)).Count(item => item.BatchId == first));
        var others = await AddAsync(items: 5, team: "team_b");
        var last = await AddAsync(items: 30, team: "team_c");

        // Six of team_a run: the others come first until they have as many.
        var turn = await Items.ClaimAsync(There, ["scheduled"], 8, Cancel);
        Assert.Equal((0, 0, 4, 4), Count(turn));
        turn = await Items.ClaimAsync(There, ["scheduled"], 8, Cancel);
        Assert.Equal((3, 0, 1, 4), Count(turn));

        (int First, int Second, int Others, int Last) Count(IReadOnlyList<ClaimedItem> items) =>
            (items.Count(item => item.BatchId == first), items.Count(item => item.BatchId == second), items.Count(item => item.BatchId == others), items.Count(item => item.BatchId == last));
    }

    [Fact]
    public async Task What_is_refused_for_its_key_is_not_asked_again_until_it_is_lifted_and_then_all_of_it_runs()
    {
        var (batch, other) = (await AddAsync(items: 3), await AddAsync(items: 1, team: "team_b"));
        await ExecuteAsync($"UPDATE batch SET key_id = 'key_2' WHERE batch_id = '{other}'");
        var refusal = Answer with { Status = 403, IsSent = false, IsFrozen = true, AwaitsKey = true };
        foreach (var item in await Items.ClaimAsync(Here, ["scheduled"], 2, Cancel))
        {
            Assert.True(await Items.TryStartAsync(Here, item, Cancel));
            await Items.UnfundedAsync(Here, item, TimeSpan.FromMinutes(5), TimeProvider.System.GetUtcNow().AddHours(1), refusal, Cancel);
        }

        await ExecuteAsync("UPDATE batch SET asked_again_at = now()");
        Assert.Empty(await Items.ClaimAsync(Here, ["scheduled"], 5, Cancel));
        Assert.Equal(["key_1", "key_2"], (await Items.ListAwaitedKeysAsync(Cancel)).Order());

        await Items.LiftAsync(["key_1"], Cancel);
        Assert.Equal(["key_2"], await Items.ListAwaitedKeysAsync(Cancel));
        Assert.Equal([(batch, 1), (batch, 2), (batch, 3)], (await Items.ClaimAsync(Here, ["scheduled"], 5, Cancel)).Select(item => (item.BatchId, item.Position)).Order());
        Assert.Null((await Batches.FindAsync(batch, "team_a", Cancel))!.UnfundedUntil);

        // A limit that is full then is what it waits for, and fails for nothing that is over.
        await ExecuteAsync("UPDATE batch SET unfunded_until = unfunded_until - interval '2 hours'");
        await Sweeps.SweepAsync(7, Cancel);
        Assert.Equal((0, 1), ((await Batches.FindAsync(batch, "team_a", Cancel))!.Counts.Failed, (await Batches.FindAsync(other, "team_b", Cancel))!.Counts.Failed));
    }

    [Theory]
    [InlineData(402, "{\"error\":\"wallet_exhausted\"}", false)]
    [InlineData(403, "{\"error\":\"wallet_frozen\"}", true)]
    public async Task What_the_wallet_does_not_pay_waits_and_is_asked_again_in_a_while_by_few_and_fails_when_its_time_is_over(int status, string says, bool isFrozen)
    {
        var batch = await AddAsync(items: 10);
        var refusal = Answer with { Status = status, Body = Encoding.UTF8.GetBytes(says), IsSent = false, IsFrozen = isFrozen };
        var until = TimeProvider.System.GetUtcNow().AddHours(1);
        foreach (var item in await Items.ClaimAsync(Here, ["scheduled"], 2, Cancel))
        {
            Assert.True(await Items.TryStartAsync(Here, item, Cancel));
            await Items.UnfundedAsync(Here, item, TimeSpan.FromMinutes(5), until, refusal, Cancel);
        }

        // Nothing of it is tried, until it is time to ask again; then others than those who have asked.
        Assert.Empty(await Items.ClaimAsync(Here, ["scheduled"], 5, Cancel));
        var standing = await Batches.FindAsync(batch, "team_a", Cancel);
        Assert.Equal((10, until.ToUnixTimeMilliseconds(), isFrozen), (standing!.Counts.Waiting, standing.UnfundedUntil!.Value.ToUnixTimeMilliseconds(), standing.IsFrozen));
        await ExecuteAsync("UPDATE batch SET asked_again_at = now()");
        var asks = await Items.ClaimAsync(Here, ["scheduled"], 2, Cancel);
        Assert.Equal([3, 4], asks.Select(item => item.Position).Order());
        Assert.All(asks, item => Assert.Equal(isFrozen ? WorkWait.Freeze : WorkWait.Funds, item.WaitsFor));

        // One is refused again, which moves nothing; its time is that of the batch.
        Assert.True(await Items.TryStartAsync(Here, asks[0], Cancel));
        await Items.UnfundedAsync(Here, asks[0], TimeSpan.FromMinutes(5), until.AddHours(9), refusal, Cancel);
        Assert.True(await Items.TryStartAsync(Here, asks[1], Cancel));
        await ExecuteAsync("UPDATE batch SET unfunded_until = now() - interval '1 second'");
        await Sweeps.SweepAsync(7, Cancel);

        // The other still runs: it may have been paid.
        standing = await Batches.FindAsync(batch, "team_a", Cancel);
        Assert.Equal((9, 1), (standing!.Counts.Waiting, standing.Counts.Running));
        await Items.EndAsync(Here, asks[1], ItemState.Failed, refusal, Cancel);
        await Sweeps.SweepAsync(7, Cancel);
        Assert.Equal(10, (await Batches.FindAsync(batch, "team_a", Cancel))!.Counts.Failed);
        var results = await Batches.ReadResultsAsync(batch, "team_a", 0, 20, Cancel);
        Assert.All(results, result => Assert.Equal((status, says), (result.Status, Encoding.UTF8.GetString(result.Answer))));
        Assert.Equal(10, results.Count);
    }

    [Theory]
    [InlineData("succeeded")]
    [InlineData("failed")]
    [InlineData("again")]
    public async Task Item_that_was_paid_ends_the_waiting_of_its_batch_whatever_came_of_it(string end)
    {
        var batch = await AddAsync(items: 4);
        var first = Assert.Single(await Items.ClaimAsync(Here, ["scheduled"], 1, Cancel));
        Assert.True(await Items.TryStartAsync(Here, first, Cancel));
        await Items.UnfundedAsync(Here, first, TimeSpan.Zero, TimeProvider.System.GetUtcNow().AddHours(1), Answer with { Status = 402 }, Cancel);
        await ExecuteAsync("UPDATE batch SET asked_again_at = now()");
        var asks = Assert.Single(await Items.ClaimAsync(Here, ["scheduled"], 1, Cancel));
        await ExecuteAsync("UPDATE batch SET asked_again_at = now() + interval '1 minute'");
        Assert.True(await Items.TryStartAsync(Here, asks, Cancel));
        await (end switch
        {
            "again" => Items.AgainAsync(Here, asks, TimeSpan.FromMinutes(1), TimeProvider.System.GetUtcNow().AddHours(1), Answer with { Status = 503 }, Cancel),
            "failed" => Items.EndAsync(Here, asks, ItemState.Failed, Answer with { Status = 400 }, Cancel),
            _ => Items.EndAsync(Here, asks, ItemState.Succeeded, Answer, Cancel),
        });
        Assert.Null((await Batches.FindAsync(batch, "team_a", Cancel))!.UnfundedUntil);
        var rest = await Items.ClaimAsync(Here, ["scheduled"], 5, Cancel);
        Assert.Equal(3, rest.Count);
        Assert.Equal(1, rest.Sum(item => item.UnfundedTries));
        Assert.Equal(1, rest.Sum(item => item.Tries));
    }

    [Theory]
    [InlineData(402, true)]
    [InlineData(402, false)]
    [InlineData(403, true)]
    [InlineData(403, false)]
    public async Task What_a_full_limit_keeps_from_asking_the_wallet_fails_when_it_has_asked_in_vain_and_not_before(int status, bool isPaid)
    {
        var batch = await AddAsync(items: 3);
        var refusal = Answer with { Status = status, Body = "{\"then\":true}"u8.ToArray(), IsSent = false, IsFrozen = status == 403 };
        await RunAsync(item => Items.UnfundedAsync(Here, item, TimeSpan.FromMinutes(5), TimeProvider.System.GetUtcNow().AddHours(1), refusal, Cancel));
        await ExecuteAsync("UPDATE batch SET asked_again_at = now()");
        await RunAsync(item => Items.LimitedAsync(Here, item, TimeSpan.FromMinutes(5), Answer with { Status = 429, IsSent = false }, Cancel));
        Assert.Null((await FindAsync()).UnfundedUntil);
        await ExecuteAsync("UPDATE batch SET unfunded_until = now() - interval '1 second'");
        await Sweeps.SweepAsync(7, Cancel);
        Assert.Equal(3, (await FindAsync()).Counts.Waiting);

        // There is room for one.
        await RunAsync(item => isPaid
            ? Items.EndAsync(Here, item, ItemState.Succeeded, Answer, Cancel)
            : Items.EndAsync(Here, item, ItemState.Failed, refusal with { Body = "{\"now\":true}"u8.ToArray() }, Cancel));
        await Sweeps.SweepAsync(7, Cancel);
        var counts = (await FindAsync()).Counts;
        Assert.Equal(isPaid ? (2, 1, 0) : (0, 0, 3), (counts.Waiting, counts.Succeeded, counts.Failed));
        Assert.All(
            await Batches.ReadResultsAsync(batch, "team_a", 0, 20, Cancel),
            result => Assert.Equal(isPaid ? (200, "{\"ok\":true}") : (status, "{\"now\":true}"), (result.Status, Encoding.UTF8.GetString(result.Answer))));

        async Task<BatchRow> FindAsync() => (await Batches.FindAsync(batch, "team_a", Cancel))!;

        async Task RunAsync(Func<ClaimedItem, Task> end)
        {
            var item = Assert.Single(await Items.ClaimAsync(Here, ["scheduled"], 1, Cancel));
            Assert.True(await Items.TryStartAsync(Here, item, Cancel));
            await end(item);
        }
    }

    [Theory]
    [InlineData("now() + interval '30 seconds'", false)]
    [InlineData("now()", true)]
    public async Task Limit_that_is_full_is_no_news_where_the_wallet_has_just_refused_or_the_key_is_awaited(string askedAgainAt, bool awaitsKey)
    {
        var batch = await AddAsync(items: 2);
        var items = await Items.ClaimAsync(Here, ["scheduled"], 2, Cancel);
        foreach (var item in items)
        {
            Assert.True(await Items.TryStartAsync(Here, item, Cancel));
        }

        var refusal = Answer with { Status = 403, IsSent = false, IsFrozen = true, AwaitsKey = awaitsKey };
        await Items.UnfundedAsync(Here, items[0], TimeSpan.Zero, TimeProvider.System.GetUtcNow().AddHours(1), refusal, Cancel);
        await ExecuteAsync($"UPDATE batch SET asked_again_at = {askedAgainAt}");
        await Items.LimitedAsync(Here, items[1], TimeSpan.Zero, Answer with { Status = 429, IsSent = false }, Cancel);
        Assert.NotNull((await Batches.FindAsync(batch, "team_a", Cancel))!.UnfundedUntil);
        Assert.Empty(await Items.ClaimAsync(Here, ["scheduled"], 5, Cancel));
    }

    [Fact]
    public async Task Item_that_a_limit_holds_back_is_so_since_the_first_refusal_until_something_else_refuses_it()
    {
        await AddAsync(items: 1);
        ClaimedItem item = null!;
        var since = new List<DateTimeOffset?>();
        foreach (var end in new Func<Task>[] { LimitedAsync, LimitedAsync, () => Items.UnfundedAsync(Here, item, TimeSpan.Zero, TimeProvider.System.GetUtcNow().AddHours(1), Answer with { Status = 402 }, Cancel), LimitedAsync })
        {
            item = Assert.Single(await Items.ClaimAsync(Here, ["scheduled"], 5, Cancel));
            since.Add(item.LimitedSince);
            Assert.True(await Items.TryStartAsync(Here, item, Cancel));
            await end();
            await ExecuteAsync("UPDATE batch_item SET not_before = now() - interval '1 second'; UPDATE batch SET asked_again_at = NULL");
        }

        Assert.Equal((null, true, true, null), (since[0], since[1] is not null, since[1] == since[2], since[3]));

        Task LimitedAsync() => Items.LimitedAsync(Here, item, TimeSpan.Zero, Answer with { Status = 429, IsSent = false }, Cancel);
    }

    [Fact]
    public async Task Item_knows_how_often_it_met_a_full_limit_and_until_when_it_may_be_refused()
    {
        await AddAsync(items: 1);
        var first = TimeProvider.System.GetUtcNow().AddHours(1);
        var item = await RunAsync(item => Items.LimitedAsync(Here, item, TimeSpan.Zero, Answer with { Status = 429, IsSent = false }, Cancel));
        Assert.Equal((0, 0, null), (item.Tries, item.LimitedTries, item.RefusedUntil));
        item = await RunAsync(item => Items.AgainAsync(Here, item, TimeSpan.Zero, first, Answer with { Status = 503 }, Cancel));
        Assert.Equal((1, 1, null), (item.Tries, item.LimitedTries, item.RefusedUntil));
        Assert.NotNull(item.LimitedSince);
        item = await RunAsync(item => Items.AgainAsync(Here, item, TimeSpan.Zero, first.AddHours(24), Answer with { Status = 503 }, Cancel));
        Assert.Equal((2, 1, first.ToUnixTimeMilliseconds()), (item.Tries, item.LimitedTries, item.RefusedUntil!.Value.ToUnixTimeMilliseconds()));
        Assert.Null(item.LimitedSince);
        item = await RunAsync(item => Items.EndAsync(Here, item, ItemState.Succeeded, Answer, Cancel));
        Assert.Equal((3, 1, first.ToUnixTimeMilliseconds()), (item.Tries, item.LimitedTries, item.RefusedUntil!.Value.ToUnixTimeMilliseconds()));

        async Task<ClaimedItem> RunAsync(Func<ClaimedItem, Task> end)
        {
            var claimed = Assert.Single(await Items.ClaimAsync(Here, ["scheduled"], 5, Cancel));
            Assert.True(await Items.TryStartAsync(Here, claimed, Cancel));
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
        var first = Assert.Single(await Items.ClaimAsync(Here, ["scheduled"], 5, Cancel));
        Assert.True(await Items.TryStartAsync(Here, first, Cancel));
        await Items.AgainAsync(Here, first, TimeSpan.Zero, TimeProvider.System.GetUtcNow().AddHours(1), Answer with { Status = 503 }, Cancel);
        var second = Assert.Single(await Items.ClaimAsync(Here, ["scheduled"], 5, Cancel));
        Assert.True(await Items.TryStartAsync(Here, second, Cancel));

        await (end switch
        {
            "again" => Items.AgainAsync(Here, first, TimeSpan.Zero, TimeProvider.System.GetUtcNow().AddHours(1), Answer with { Status = 503 }, Cancel),
            "limited" => Items.LimitedAsync(Here, first, TimeSpan.Zero, Answer with { Status = 429, IsSent = false }, Cancel),
            "unfunded" => Items.UnfundedAsync(Here, first, TimeSpan.Zero, TimeProvider.System.GetUtcNow().AddHours(1), Answer with { Status = 402, IsSent = false }, Cancel),
            _ => Items.EndAsync(Here, first, ItemState.Failed, Answer with { Status = 400 }, Cancel),
        });
        var standing = await Batches.FindAsync(batch, "team_a", Cancel);
        Assert.Equal((1, null), (standing!.Counts.Running, standing.UnfundedUntil));
        await Items.EndAsync(Here, second, ItemState.Succeeded, Answer, Cancel);
        Assert.Equal(1, (await Batches.FindAsync(batch, "team_a", Cancel))!.Counts.Succeeded);
    }

    [Fact]
    public async Task Cancelled_batch_begins_nothing_more()
    {
        var batch = await AddAsync(items: 3);
        var begun = Assert.Single(await Items.ClaimAsync(Here, ["scheduled"], 1, Cancel));
        Assert.True(await Items.TryStartAsync(Here, begun, Cancel));
        var claimed = Assert.Single(await Items.ClaimAsync(Here, ["scheduled"], 1, Cancel));
        await Batches.CancelAsync(batch, "team_b", TimeProvider.System.GetUtcNow(), Cancel);
        Assert.Null((await Batches.FindAsync(batch, "team_a", Cancel))!.CancelledAt);
        await Batches.CancelAsync(batch, "team_a", TimeProvider.System.GetUtcNow(), Cancel);
        Assert.False(await Items.TryStartAsync(Here, claimed, Cancel));
        Assert.Empty(await Items.ClaimAsync(There, ["scheduled"], 5, Cancel));

        // What comes back from a refusal after that is not begun again, though no sweep has seen it; nor is what was claimed as the cancelling came.
        await Items.AgainAsync(Here, begun, TimeSpan.Zero, TimeProvider.System.GetUtcNow(), Answer with { Status = 429 }, Cancel);
        Assert.Empty(await Items.ClaimAsync(There, ["scheduled"], 5, Cancel));
        await ExecuteAsync($"UPDATE batch_item SET state = 2, claimed_by = '{Here}' WHERE position = {begun.Position}");
        Assert.False(await Items.TryStartAsync(Here, begun, Cancel));
        await Items.GiveBackAsync(Here, Cancel);
        await Sweeps.SweepAsync(7, Cancel);
        var standing = await Batches.FindAsync(batch, "team_a", Cancel);
        Assert.Equal(3, standing!.Counts.Cancelled);
        Assert.NotNull(standing.EndedAt);
    }
}
