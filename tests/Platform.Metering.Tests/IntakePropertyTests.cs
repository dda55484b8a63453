using CsCheck;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Tests;

public sealed class IntakePropertyTests(ITestOutputHelper output)
{
    /// <summary>What every team is charged without tokens before all else, of either funding, so that whatever is given back was charged, in whatever order it comes.</summary>
    private static readonly int[] Charged = [.. Enumerable.Range(0, 90).Select(step => 10_003 + (step * 10)).DistinctBy(number => (number % 3, number % 7 == 0))];

    [Fact(Timeout = 900_000)]
    public async Task Rollups_equal_records_equal_events_under_random_order_duplication_and_concurrency()
    {
        await using var metering = await MeteringFixture.CreateAsync();
        var batches = Gen.Int[0, 400].Array[0, 120].Array[1, 12];
        await batches.SampleAsync(
            async sent =>
            {
                await metering.ScalarAsync<object>("TRUNCATE usage_record, usage_identity, usage_rollup, usage_summary, outbox; SELECT 1");
                Assert.All((await metering.RecordAsync([.. Charged.Select(Sent)])).Results, result => Assert.Equal((RecordOutcome.Accepted, ""), (result.Outcome, result.Message)));
                var answers = await Task.WhenAll(sent.Select(batch => metering.RecordAsync([.. batch.Select(Sent)])));
                var distinct = sent.SelectMany(batch => batch).Distinct().ToList();
                Assert.Equal(distinct.Count, answers.Sum(Accepted));
                await AssertAllEqualAsync(metering, distinct.Concat(Charged));
            },
            iter: 40, threads: 1);
    }

    [Fact(Timeout = 900_000)]
    public async Task Sums_stay_exact_when_connections_break_and_replicas_start_anew_in_the_middle()
    {
        await using var metering = await MeteringFixture.CreateAsync();
        var (replica, begun, answered, brokenOff, accepted) = (metering.Another(), 0, 0, 0, 0);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        Assert.All((await metering.RecordAsync([.. Charged.Select(Sent)])).Results, result => Assert.Equal((RecordOutcome.Accepted, ""), (result.Outcome, result.Message)));
        var breaking = BrokenConnections.BreakAsync(metering, () => Volatile.Read(ref answered), stop.Token);
        var batches = Enumerable.Range(0, 120).Select(batch => Enumerable.Range(batch * 25, 50).Select(Sent).ToList()).ToList();
        await Parallel.ForEachAsync(batches, new ParallelOptions { MaxDegreeOfParallelism = 6, CancellationToken = stop.Token }, async (batch, _) =>
        {
            // It ends with what others have under way in it, and they call the next one.
            if (Interlocked.Increment(ref begun) % 30 == 0)
            {
                await Interlocked.Exchange(ref replica, metering.Another()).DisposeAsync();
            }

            var (answer, again) = await BrokenConnections.UntilAnsweredAsync(() => (Random.Shared.Next(2) == 0 ? metering : Volatile.Read(ref replica)).RecordAsync(batch));
            Interlocked.Increment(ref answered);
            Interlocked.Add(ref brokenOff, again);
            Interlocked.Add(ref accepted, Accepted(answer));
        });
        await stop.CancelAsync();
        await breaking;
        await replica.DisposeAsync();
        output.WriteLine($"{brokenOff} intakes were broken off.");
        Assert.True(brokenOff > 0, "No intake met a connection that broke or a replica that ended.");

        // What is idle in the pool may be a connection that was ended.
        metering.Get<Npgsql.NpgsqlDataSource>().Clear();

        // A commit whose answer was lost answers as duplicates when it is sent again.
        Assert.InRange(accepted, 1, 3_025);
        Assert.Equal(3_025 + Charged.Length, await metering.ScalarAsync<long>("SELECT count(*) FROM usage_identity"));
        await AssertAllEqualAsync(metering, Enumerable.Range(0, 3_025).Concat(Charged));
    }

    private static int Accepted(RecordResponse answer) => answer.Results.Count(result => result.Outcome is RecordOutcome.Accepted or RecordOutcome.AcceptedUnpriced);

    /// <summary>Each event is recorded once as it was sent, and told once as it was recorded; the roll-ups are the sums of the records.</summary>
    private static async Task AssertAllEqualAsync(MeteringFixture metering, IEnumerable<int> sent)
    {
        var records = await metering.StreamAsync();
        Assert.Equal(
            sent.Select(Sent).OrderBy(usage => usage.EventId, StringComparer.Ordinal),
            records.Select(record => WithoutPrice(record.Event)).OrderBy(usage => usage.EventId, StringComparer.Ordinal));
        var owed = (await metering.OwedAsync()).SelectMany(message => message.Items);
        Assert.Equal(records.Select(Told).OrderBy(item => item.Record), owed.Select(Told).OrderBy(item => item.Record));
        await RollupCheck.AssertEqualAsync(metering);
    }

    /// <summary>With all that the intake would complete but the price, and with figures that are not alike.</summary>
    private static UsageEvent Sent(int number)
    {
        var usage = Events.Varied(number);
        (usage.AttemptId, usage.CallId) = ($"{new Guid(number, 1, 0, new byte[8])}", $"{new Guid(number, 2, 0, new byte[8])}");
        (usage.GatewayMs, usage.FirstTokenMs, usage.TotalMs) = (number % 7, number % 101, 200 + (number % 307));
        (usage.ServiceTier, usage.Tokens.CacheWrite1H) = ("standard", number % 13);
        return number % 10 == 3 ? Adjusted(usage, number) : usage;
    }

    /// <summary>Money without tokens: given back or charged by turns.</summary>
    private static UsageEvent Adjusted(UsageEvent usage, int number)
    {
        // Attempt and call follow from the event.
        (usage.AttemptId, usage.CallId) = ("", "");
        (usage.Funding, usage.Tokens, usage.AttemptNumber, usage.Fallback, usage.RetryOf) = (number % 7 == 0 ? Funding.History : Funding.External, new Tokens(), 1, false, "");
        usage.AdjustmentNanos = number >= 10_000 ? 1_000_000_000 + number : number % 4 == 1 ? -1_000 - number : 77 + number;
        return usage;
    }

    private static UsageEvent WithoutPrice(UsageEvent recorded)
    {
        var usage = recorded.Clone();
        usage.PriceId = 0;
        if (usage.HasAdjustmentNanos)
        {
            (usage.AttemptId, usage.CallId) = ("", "");
        }

        return usage;
    }

    private static (Guid Record, string Team, string Model, long? CostNanos, long Input, long Output) Told(UsageRecord record)
    {
        var (usage, tokens) = (record.Event, record.Event.Tokens);
        return (
            Guid.Parse(record.RecordId), usage.TeamId, usage.ModelServed, record.Cost?.TotalNanos, tokens.Input + tokens.CachedInput + tokens.CacheWrite + tokens.CacheWrite1H,
            tokens.Output + tokens.Reasoning);
    }

    private static (Guid Record, string Team, string Model, long? CostNanos, long Input, long Output) Told(UsageMeteredItem item) =>
        (item.RecordId, item.TeamId, item.Model, item.CostNanos, item.InputTokens, item.OutputTokens);
}
