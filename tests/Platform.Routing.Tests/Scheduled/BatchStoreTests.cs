using Platform.Routing.Calls;
using Platform.Routing.Scheduled;
using Platform.Routing.Shapes.Messages;

namespace Platform.Routing.Tests.Scheduled;

/// <summary>Batches against a real database: each is kept whole, once, and within what its team may have waiting.</summary>
public sealed class BatchStoreTests : BatchDatabase
{
    [Fact]
    public async Task Batches_that_have_not_ended_are_counted_by_lane()
    {
        await AddAsync(items: 1);
        var cancelled = await AddAsync(items: 1);
        await AddAsync(items: 3, team: "team_b");
        await Batches.CancelAsync(cancelled, "team_a", TimeProvider.System.GetUtcNow(), Cancel);
        Assert.Equal([KeyValuePair.Create("scheduled", 2)], await Batches.CountOpenAsync(Cancel));
        foreach (var item in await Items.ClaimAsync(Here, ["scheduled"], 9, Cancel))
        {
            Assert.True(await Items.TryStartAsync(Here, item, Cancel));
            await Items.EndAsync(Here, item, ItemState.Succeeded, Answer, Cancel);
        }

        await Sweeps.SweepAsync(7, Cancel);
        Assert.Empty(await Batches.CountOpenAsync(Cancel));
    }

    [Fact]
    public async Task Batch_is_kept_whole_or_not_at_all()
    {
        await Assert.ThrowsAsync<SpoolUnwritableException>(() => Batches.TryAddAsync(New(Guid.CreateVersion7()), new byte[32], new WorkSize(2, 10), Most, BreakingAsync(), Cancel));
        Assert.Empty(await Batches.ListAsync("team_a", null, 10, Cancel));
        Assert.Empty(await Items.ClaimAsync(Here, ["scheduled"], 5, Cancel));

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
        Assert.Equal(60, Assert.Single(await Batches.ListAsync("team_a", null, 10, Cancel)).Counts.Waiting);
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
}
