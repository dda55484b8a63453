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
                await metering.ScalarAsync<object>("TRUNCATE usage_record, usage_rollup, outbox; SELECT 1");
                var answers = await Task.WhenAll(sent.Select(batch => metering.RecordAsync([.. batch.Select(Events.Varied)])));
                var distinct = sent.SelectMany(batch => batch).Distinct().Count();
                var accepted = answers.SelectMany(answer => answer.Results)
                    .Count(result => result.Outcome is RecordOutcome.Accepted or RecordOutcome.AcceptedUnpriced);
                Assert.Equal(distinct, accepted);
                Assert.Equal(distinct, await metering.ScalarAsync<long>("SELECT count(*) FROM usage_record"));
                Assert.Equal(distinct, await metering.ScalarAsync<long>("SELECT count(DISTINCT item ->> 'recordId') FROM outbox, jsonb_array_elements(body -> 'items') AS item"));
                Assert.Equal(distinct, await metering.ScalarAsync<long>("SELECT count(*) FROM outbox, jsonb_array_elements(body -> 'items')"));
                await RollupCheck.AssertEqualAsync(metering);
            },
            iter: 40, threads: 1);
    }
}
