using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Folding;

namespace Platform.Metering.Tests.Folding;

/// <summary>Two replicas take usage of old and new hours in, fold and read, all at once, while connections end in the middle.</summary>
public sealed class FoldConcurrencyTests(ITestOutputHelper output)
{
    private const int Number = 3_000;
    private static readonly DateTimeOffset Begin = Spend.At("2026-06-01T00:00Z");

    [Theory(Timeout = 900_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Folded_sums_are_right_at_every_commit(bool breaks)
    {
        var time = new FakeTimeProvider(Begin.AddDays(15));
        await using var metering = await MeteringFixture.CreateAsync(time);
        await using var replica = metering.Another(time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var answered = 0;
        var breaking = breaks ? BrokenConnections.BreakAsync(metering, () => Volatile.Read(ref answered), stop.Token) : Task.CompletedTask;
        var folding = Task.WhenAll(FoldAsync(metering, time, stop.Token), FoldAsync(replica, time, stop.Token));
        var reading = ReadAsync(replica, stop.Token);

        // Each batch lies in the seconds of one hour here and there, so that batches meet in the same spans.
        var batches = Enumerable.Range(0, Number).Select(Made).Chunk(25).ToList();
        await Parallel.ForEachAsync(batches, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = stop.Token }, async (batch, _) =>
        {
            await BrokenConnections.UntilAnsweredAsync(() => (batch[0].EventId.Length % 2 == 0 ? metering : replica).RecordAsync(batch));
            Interlocked.Increment(ref answered);
        });
        await stop.CancelAsync();
        await breaking;
        var folds = await folding;
        var reads = await reading;

        // One of them has the lock at a time, and may have it at every turn.
        output.WriteLine($"{folds.Sum()} periods were folded and sums read {reads} times meanwhile.");
        Assert.InRange(folds.Sum(), 5, int.MaxValue);
        Assert.InRange(reads, 5, int.MaxValue);

        metering.Database.Clear();
        time.Advance(TimeSpan.FromHours(2));
        await metering.Get<FoldOldSums>().RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, await metering.ScalarAsync<long>("SELECT count(*) FROM usage_folded WHERE NOT is_folded"));
        await FoldCheck.AssertEqualAsync(metering);
        await RollupCheck.AssertEqualAsync(metering);
        Assert.Equal(Number, (await metering.QueryAsync(ByUser())).Total.Calls);
    }

    /// <summary>Each round an hour later, so that what the last one left has become quiet.</summary>
    private static async Task<int> FoldAsync(MeteringFixture metering, FakeTimeProvider time, CancellationToken cancellationToken)
    {
        var folded = 0;
        await foreach (var _ in RoundsAsync(cancellationToken))
        {
            time.Advance(FoldOldSums.Quiet);
            folded += (await BrokenConnections.UntilAnsweredAsync(() => metering.Get<FoldOldSums>().RunAsync(TestContext.Current.CancellationToken))).Answer;
        }

        return folded;
    }

    /// <summary>What a reader sees by caller never goes back, and what is folded is right in every snapshot.</summary>
    private static async Task<int> ReadAsync(MeteringFixture metering, CancellationToken cancellationToken)
    {
        var (reads, last) = (0, 0L);
        await foreach (var _ in RoundsAsync(cancellationToken))
        {
            var calls = (await BrokenConnections.UntilAnsweredAsync(() => metering.QueryAsync(ByUser()))).Answer.Total.Calls;
            Assert.InRange(calls, last, Number);
            Assert.Equal(0, calls % 25);
            last = calls;
            await BrokenConnections.UntilAnsweredAsync(async () =>
            {
                await FoldCheck.AssertEqualAsync(metering);
                return true;
            });
            reads++;
        }

        return reads;
    }

    /// <summary>One after the other, with pauses between, so that what takes usage in gets its share of the machine.</summary>
    private static async IAsyncEnumerable<bool> RoundsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (await timer.WaitForNextTickAsync(cancellationToken).AsTask().ContinueWith(tick => !tick.IsCanceled, TaskScheduler.Default))
        {
            yield return true;
        }
    }

    private static QuerySpendRequest ByUser() => new()
    {
        From = Begin.ToTimestampUtc(), To = Begin.AddDays(14).ToTimestampUtc(), GroupBy = { SpendDimension.User },
    };

    private static UsageEvent Made(int number)
    {
        var usage = Events.Varied(number);
        usage.OccurredAt = Begin.AddHours(number / 25 * 7 % 336).AddSeconds(number % 25 * 97).ToTimestampUtc();
        return usage;
    }
}
