using CsCheck;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Tests;

public sealed class IntakePropertyTests
{
    private const string SumsOfRecords = """
        SELECT concat_ws('|', team_id, model_served, workload, funding, date_bin('15 minutes', occurred_at, '2000-01-01Z') AT TIME ZONE 'UTC', cost_nanos IS NOT NULL,
                         count(*), sum(input_tokens), sum(cached_input_tokens), sum(cache_write_tokens), sum(output_tokens), sum(reasoning_tokens),
                         coalesce(sum(cost_nanos), 0)) AS line
        FROM usage_record
        GROUP BY team_id, model_served, workload, funding, date_bin('15 minutes', occurred_at, '2000-01-01Z'), cost_nanos IS NOT NULL
        """;

    private const string Rollups = """
        SELECT concat_ws('|', team_id, model, workload, funding, quarter_hour AT TIME ZONE 'UTC', priced,
                         calls, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_nanos) AS line
        FROM usage_rollup
        """;

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
                Assert.Equal(0, await metering.ScalarAsync<long>($"""
                    SELECT count(*) FROM ((({SumsOfRecords}) EXCEPT ({Rollups})) UNION ALL (({Rollups}) EXCEPT ({SumsOfRecords}))) AS differing
                    """));
            },
            iter: 40, threads: 1);
    }
}
