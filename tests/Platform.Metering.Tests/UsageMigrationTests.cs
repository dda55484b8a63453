using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;

namespace Platform.Metering.Tests;

/// <summary>A database as a version before left it, with usage of every kind, brought to the newest schema and used.</summary>
public sealed class UsageMigrationTests
{
    /// <summary>Records as version 7 wrote them: two priced, one of them told of again below; a correction; one without a price, and one that was priced late.</summary>
    private static readonly string Version7 = $"""
        INSERT INTO usage_record (
            record_id, recorded_at, occurred_at, attempt_id, call_id, corrects_record_id, price_id, input_tokens, cached_input_tokens, cache_write_tokens,
            output_tokens, reasoning_tokens, input_nanos, cached_input_nanos, cache_write_nanos, output_nanos, reasoning_nanos, request_nanos, cost_nanos,
            gateway_ms, first_token_ms, total_ms, attempt_number, funding, outcome, fallback, source, event_id, team_id, user_id, key_id, workload, lane, provider,
            model_asked, model_served, route_reason, traceparent, upstream_key, currency, tags, application_id)
        SELECT record_id, '2026-06-10 12:00:01Z', '2026-06-10 12:00Z', attempt_id, attempt_id, corrects, CASE WHEN cost IS NOT NULL THEN 1 END, input, 0, 0,
            output, 0, cost, nanos, nanos, nanos, nanos, nanos, cost,
            1, 2, 3, attempt_number, 1, 1, attempt_number > 1, source, event_id, 'team_support', user_id, 'key_1', 'interactive', 'standard', 'openai',
            'gpt-4o-mini', model, '', '', '', 'USD', NULL, 'app_bot'
        FROM (VALUES
            ('{Whole}'::uuid,      '{Version7Id}'::uuid,      NULL::uuid,         1000, 500, 450000::bigint, 0::bigint,    1, 'gateway-1', '{Version7Id}', 'ada', 'gpt-4o-mini'),
            ('{Id("one")}'::uuid,  '{Attempt("one")}'::uuid,  NULL::uuid,         1000, 500, 450000::bigint, 0::bigint,    1, 'gateway-1', 'one',  'ada', 'gpt-4o-mini'),
            ('{Id("two")}'::uuid,  '{Attempt("two")}'::uuid,  NULL::uuid,         10,   5,   4500::bigint,   0::bigint,    2, 'gateway-1', 'two',  '',    'gpt-4o-mini'),
            ('{Id("fix")}'::uuid,  '{Attempt("fix")}'::uuid,  '{Id("one")}'::uuid, 0,    -10, -6000::bigint,  0::bigint,    1, 'gateway-1', 'fix',  'ada', 'gpt-4o-mini'),
            ('{Id("none")}'::uuid, '{Attempt("none")}'::uuid, NULL::uuid,         7,    7,   NULL::bigint,   NULL::bigint, 1, 'gateway-1', 'none', 'ada', 'unknown'),
            ('{Id("late")}'::uuid, '{Attempt("late")}'::uuid, NULL::uuid,         7,    7,   NULL::bigint,   NULL::bigint, 1, 'gateway-1', 'late', 'ada', 'late'),
            ('{Priced}'::uuid,     '{Attempt("late")}'::uuid, '{Id("late")}'::uuid, 0,  0,   99::bigint,     0::bigint,    1, 'pricing',   '{Id("late")}/1', 'ada', 'late')
        ) AS old (record_id, attempt_id, corrects, input, output, cost, nanos, attempt_number, source, event_id, user_id, model)
        """;

    private const string Version7Id = "0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c10";

    /// <summary>The id that such an event's record had then: all of it hash.</summary>
    private static Guid Whole => DerivedId.Of("record", "gateway-1", Version7Id);

    private static Guid Priced => DerivedId.OfRecord("pricing", $"{Id("late")}/1");

    [Fact(Timeout = 300_000)]
    public async Task Usage_of_version_7_is_summed_anew_by_user_and_application_and_known_again()
    {
        await using var metering = await MeteringFixture.CreateAsync(old: Version7, upTo: 7);
        await RollupCheck.AssertEqualAsync(metering);
        Assert.Equal(4, await metering.ScalarAsync<long>("SELECT count(*) FROM usage_rollup"));

        var results = (await metering.RecordAsync(Old("one"), Old("new"))).Results;
        Assert.Equal([RecordOutcome.Duplicate, RecordOutcome.Accepted], results.Select(result => result.Outcome));
        Assert.Equal((Id("one").ToString(), 450_000L), (results[0].RecordId, results[0].CostNanos));

        // The new one is of the same dimensions as an old one: its sums stand in the same row.
        Assert.Equal(4, await metering.ScalarAsync<long>("SELECT count(*) FROM usage_rollup"));
        await RollupCheck.AssertEqualAsync(metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Record_whose_id_was_all_hash_is_known_corrected_and_repriced_under_that_id()
    {
        await using var metering = await MeteringFixture.CreateAsync(old: Version7, upTo: 7);
        Assert.NotEqual(Whole, Id(Version7Id));
        UsageEvent Correction(string eventId, long output) => Events.New(
            eventId, with: usage => (usage.CorrectsRecordId, usage.Tokens) = (Whole.ToString(), new Tokens { Output = output }));

        var results = (await metering.RecordAsync(Old(Version7Id), Correction("less", -100), Correction("too much", -700))).Results;
        Assert.Equal([RecordOutcome.Duplicate, RecordOutcome.Accepted, RecordOutcome.Invalid], results.Select(result => result.Outcome));
        Assert.Equal((Whole.ToString(), 450_000L, -60_000L), (results[0].RecordId, results[0].CostNanos, results[1].CostNanos));
        Assert.Equal(RecordOutcome.Duplicate, (await metering.RecordAsync(Correction("less", -100))).Results[0].Outcome);

        // The same attempt by another teller.
        var other = Events.New("other", with: usage => usage.AttemptId = Version7Id);
        Assert.Equal(RecordOutcome.Invalid, (await metering.RecordAsync(other)).Results[0].Outcome);
        await RollupCheck.AssertEqualAsync(metering);
    }

    private static UsageEvent Old(string eventId) => Events.New(eventId, with: usage => (usage.UserId, usage.ApplicationId) = ("ada", "app_bot"));

    private static Guid Id(string eventId) => DerivedId.OfRecord("gateway-1", eventId);

    private static Guid Attempt(string eventId) => DerivedId.OfAttempt("gateway-1", eventId);
}
