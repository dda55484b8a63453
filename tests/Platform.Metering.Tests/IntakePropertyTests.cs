using CsCheck;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Tests;

public sealed class IntakePropertyTests
{
    [Fact(Timeout = 240_000)]
    public async Task Rollups_equal_records_equal_events_under_random_order_duplication_and_concurrency()
    {
        await using var metering = await MeteringFixture.CreateAsync();
        var batches = Gen.Int[0, 400].Array[0, 120].Array[1, 12];
        await batches.SampleAsync(
            async sent =>
            {
                await metering.ScalarAsync<object>("TRUNCATE usage_record, usage_identity, usage_rollup, usage_summary, outbox; SELECT 1");
                var answers = await Task.WhenAll(sent.Select(batch => metering.RecordAsync([.. batch.Select(Events.Varied)])));
                var distinct = sent.SelectMany(batch => batch).Distinct().Count();
                var accepted = answers.SelectMany(answer => answer.Results)
                    .Count(result => result.Outcome is RecordOutcome.Accepted or RecordOutcome.AcceptedUnpriced);
                Assert.Equal(distinct, accepted);
                Assert.Equal(distinct, await metering.ScalarAsync<long>("SELECT count(*) FROM usage_record"));
                var owed = (await metering.OwedAsync()).SelectMany(message => message.Items).ToList();
                Assert.Equal((distinct, distinct), (owed.Count, owed.DistinctBy(item => item.RecordId).Count()));
                await RollupCheck.AssertEqualAsync(metering);
            },
            iter: 40, threads: 1);
    }

    [Fact(Timeout = 240_000)]
    public async Task Sums_stay_exact_when_connections_break_and_replicas_start_anew_in_the_middle()
    {
        await using var metering = await MeteringFixture.CreateAsync();
        await using var replica = metering.Another();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var breaking = BrokenConnections.BreakAsync(metering, stop.Token);
        var batches = Enumerable.Range(0, 120).Select(batch => Enumerable.Range(batch * 25, 50).Select(Events.Varied).ToList()).ToList();
        var accepted = 0;
        await Parallel.ForEachAsync(batches, new ParallelOptions { MaxDegreeOfParallelism = 6, CancellationToken = stop.Token }, async (batch, _) =>
        {
            var answer = await BrokenConnections.UntilAnsweredAsync(() => (Random.Shared.Next(2) == 0 ? metering : replica).RecordAsync(batch));
            Interlocked.Add(ref accepted, answer.Results.Count(result => result.Outcome is RecordOutcome.Accepted or RecordOutcome.AcceptedUnpriced));
        });
        await stop.CancelAsync();
        await breaking;

        // What is idle in the pool may be a connection that was ended.
        metering.Get<Npgsql.NpgsqlDataSource>().Clear();

        // A commit whose answer was lost answers as duplicates when it is sent again.
        Assert.Equal(3_025, await metering.ScalarAsync<long>("SELECT count(*) FROM usage_record"));
        Assert.InRange(accepted, 1, 3_025);
        var owed = (await metering.OwedAsync()).SelectMany(message => message.Items).ToList();
        Assert.Equal((3_025, 3_025), (owed.Count, owed.DistinctBy(item => item.RecordId).Count()));
        Assert.Equal(3_025, await metering.ScalarAsync<long>("SELECT count(*) FROM usage_identity"));
        await RollupCheck.AssertEqualAsync(metering);
    }
}
