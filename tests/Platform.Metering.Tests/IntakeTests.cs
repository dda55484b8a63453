using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;

namespace Platform.Metering.Tests;

public sealed class IntakeTests : IAsyncLifetime
{
    private MeteringFixture _metering = null!;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync();

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    // model, tokens by kind (input, cached, write, output, reasoning), cost by kind in nano-dollars.
    [Theory(Timeout = 300_000)]
    [InlineData("gpt-4o-mini", 1_000, 0, 0, 500, 0, 150_000, 0, 0, 300_000, 0)]
    [InlineData("gpt-4o-mini", 1, 1, 1, 1, 1, 150, 75, 150, 600, 600)]
    [InlineData("gpt-4.1-nano", 3, 1, 2, 7, 11, 300, 25, 200, 2_800, 4_400)]
    [InlineData("o4-mini", 1_234, 4_321, 0, 10, 90, 1_357_400, 1_188_275, 0, 44_000, 396_000)]
    [InlineData("gpt-4o", 999_999, 1, 0, 0, 0, 2_499_997_500, 1_250, 0, 0, 0)]
    public async Task Record_rates_each_kind_of_token_at_its_price(
        string model, long input, long cached, long write, long output, long reasoning,
        long inputNanos, long cachedNanos, long writeNanos, long outputNanos, long reasoningNanos)
    {
        var total = inputNanos + cachedNanos + writeNanos + outputNanos + reasoningNanos;
        var answer = await _metering.RecordAsync(Events.New("golden", with: usage =>
        {
            usage.ModelServed = model;
            usage.Tokens = new Tokens { Input = input, CachedInput = cached, CacheWrite = write, Output = output, Reasoning = reasoning };
        }));

        Assert.Equal(RecordOutcome.Accepted, answer.Results[0].Outcome);
        Assert.Equal(total, answer.Results[0].CostNanos);
        var record = Assert.Single(await _metering.StreamAsync());
        var expected = new Cost
        {
            InputNanos = inputNanos, CachedInputNanos = cachedNanos, CacheWriteNanos = writeNanos, OutputNanos = outputNanos, ReasoningNanos = reasoningNanos,
            TotalNanos = total,
        };
        Assert.Equal(expected, record.Cost);
    }

    [Fact(Timeout = 300_000)]
    public async Task Event_that_lies_ahead_is_told_from_when_it_is_taken_and_one_with_another_fault_is_not()
    {
        var occurred = TimeProvider.System.GetUtcNow().AddMinutes(6);
        var early = Events.New("early", with: usage => usage.OccurredAt = occurred.ToTimestampUtc());
        var wrong = Events.New("early and wrong", with: usage => (usage.OccurredAt, usage.Provider) = (occurred.ToTimestampUtc(), ""));
        var answer = await _metering.RecordAsync(early, wrong);
        Assert.Equal(
            [(RecordOutcome.Invalid, occurred.AddMinutes(-5).ToTimestampUtc()), (RecordOutcome.Invalid, null)],
            answer.Results.Select(result => (result.Outcome, (Google.Protobuf.WellKnownTypes.Timestamp?)result.TakenFrom)));
    }

    [Fact(Timeout = 300_000)]
    public async Task Record_stores_an_event_as_it_was_sent()
    {
        var sent = Events.New("whole", with: usage =>
        {
            usage.AttemptId = Guid.CreateVersion7().ToString();
            usage.CallId = Guid.CreateVersion7().ToString();
            usage.UserId = "ada";
            usage.PriceId = 1;
            usage.Fallback = true;
            usage.AttemptNumber = 2;
            usage.GatewayMs = 1;
            usage.FirstTokenMs = 20;
            usage.TotalMs = 300;
            usage.RouteReason = "cheapest of lane";
            usage.Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
            usage.UpstreamKey = "…f3a1";
            usage.ServiceTier = "standard";
            usage.Region = "eu";
            usage.Tokens.CacheWrite1H = 7;
            usage.Tags.Add("feature", "search \"box\" ü");
            usage.Funding = Funding.Leased;
            usage.LeaseId = Guid.CreateVersion7().ToString();
            usage.BoundNanos = 1_234_567;
            usage.ApplicationId = "app_bot";
            usage.RetryOf = Guid.CreateVersion7().ToString();
            usage.PromptHash = Google.Protobuf.ByteString.CopyFrom(System.Security.Cryptography.SHA256.HashData("normalised content"u8));
            usage.RoutePolicy = "default@7";
            (usage.PrimaryCostNanos, usage.DefaultCostNanos, usage.ShadowRule, usage.ShadowCostNanos) = (0, 5_000, "small prompts", 70);
        });
        await _metering.RecordAsync(sent);
        Assert.Equal(sent, Assert.Single(await _metering.StreamAsync()).Event);
        var told = Assert.Single(Assert.Single(await _metering.OwedAsync()).Items);
        Assert.Equal((0, 5_000, "small prompts", 70), (told.PrimaryCostNanos, told.DefaultCostNanos, told.ShadowRule, told.ShadowCostNanos));
    }

    [Fact(Timeout = 300_000)]
    public async Task Repeated_event_is_a_duplicate_and_changes_nothing()
    {
        var first = await _metering.RecordAsync(Events.New("one"), Events.New("one"));
        var again = await _metering.RecordAsync(Events.New("one", with: usage => usage.Tokens.Input = 77), Events.New("two"));

        Assert.Equal([RecordOutcome.Accepted, RecordOutcome.Duplicate], first.Results.Select(result => result.Outcome));
        Assert.Equal([RecordOutcome.Duplicate, RecordOutcome.Accepted], again.Results.Select(result => result.Outcome));
        Assert.Equal(first.Results[0].RecordId, again.Results[0].RecordId);
        Assert.Equal(450_000, again.Results[0].CostNanos);
        Assert.Equal((1, "", ""), (again.Results[0].Message.Split("another event_id").Length - 1, first.Results[1].Message, again.Results[1].Message));
        var total = (await _metering.QueryAsync(new QuerySpendRequest())).Total;
        Assert.Equal(new SpendRow { CostNanos = 900_000, Calls = 2, InputTokens = 2_000, OutputTokens = 1_000 }, total);
        Assert.Equal(2, await CountOwedAsync(_ => true));
    }

    [Fact(Timeout = 300_000)]
    public async Task Unpriced_event_has_no_cost_however_often_it_is_told()
    {
        var unpriced = Events.New("one", with: usage => usage.ModelServed = "unknown-model");
        RecordResult[] results = [.. (await _metering.RecordAsync(unpriced)).Results, .. (await _metering.RecordAsync(unpriced)).Results];
        Assert.Equal([(RecordOutcome.AcceptedUnpriced, false, ""), (RecordOutcome.Duplicate, false, "")], results.Select(result => (result.Outcome, result.HasCostNanos, result.Message)));
    }

    [Fact(Timeout = 300_000)]
    public async Task Same_event_id_of_another_source_is_another_event()
    {
        var answer = await _metering.RecordAsync(Events.New("one"), Events.New("one", with: usage => usage.Source = "gateway-2"));
        Assert.All(answer.Results, result => Assert.Equal(RecordOutcome.Accepted, result.Outcome));
        Assert.Equal(2, (await _metering.StreamAsync()).Select(record => record.Event.AttemptId).Distinct().Count());
    }

    [Fact(Timeout = 300_000)]
    public async Task A_correction_tells_of_its_records_lease_and_bound_whoever_makes_it()
    {
        var lease = Guid.CreateVersion7();
        var answer = await _metering.RecordAsync(Events.New("drawn", with: usage =>
            (usage.Funding, usage.LeaseId, usage.BoundNanos, usage.UserId, usage.ApplicationId) = (Funding.Leased, lease.ToString(), 900_000, "ada", "app_bot")));
        await _metering.RecordAsync(Events.New("correction", with: usage =>
            (usage.Funding, usage.CorrectsRecordId) = (Funding.Leased, answer.Results[0].RecordId)));

        Assert.Equal(2, await CountOwedAsync(item => item.LeaseId == lease && item.BoundNanos == 900_000));
        Assert.Equal(2, await CountOwedAsync(item => item is { UserId: "ada", ApplicationId: "app_bot" }));
        Assert.Equal(1, await CountOwedAsync(item => item.AwaitsRecord));
    }

    public static TheoryData<string, Action<UsageEvent>> Bad => new()
    {
        { "source must have", usage => usage.Source = "" },
        { "event_id must have", usage => usage.EventId = new string('x', 201) },
        { "U+0000", usage => usage.EventId = "a\0b" },
        { "attempt_id must be", usage => usage.AttemptId = "42" },
        { "funding must be", usage => usage.Funding = Funding.Unspecified },
        { "funding must be", usage => usage.Funding = (Funding)9 },
        { "outcome must be", usage => usage.Outcome = Outcome.Unspecified },
        { "occurred_at", usage => usage.OccurredAt = null },
        { "minutes ahead", usage => usage.OccurredAt = TimeProvider.System.GetUtcNow().AddMinutes(6).ToTimestampUtc() },
        { "team_id", usage => usage.TeamId = "Team Support" },
        { "provider", usage => usage.Provider = "" },
        { "model_served", usage => usage.ModelServed = "" },
        { "tokens.input", usage => usage.Tokens.Input = -1 },
        { "tokens.output", usage => usage.Tokens.Output = long.MaxValue },
        { "leaves the range", usage => (usage.ModelServed, usage.Tokens.Output) = ("gpt-4o", EventCheck.MaxTokens) },
        { "traceparent", usage => usage.Traceparent = "00-abc" },
        { "lease_id must be", usage => (usage.Funding, usage.LeaseId) = (Funding.Leased, "42") },
        { "lease_id is for funding leased", usage => (usage.Funding, usage.LeaseId) = (Funding.External, Guid.CreateVersion7().ToString()) },
        { "bound_nanos must be", usage => (usage.Funding, usage.LeaseId, usage.BoundNanos) = (Funding.Leased, Guid.CreateVersion7().ToString(), -1) },
        { "name it in lease_id", usage => (usage.Funding, usage.BoundNanos) = (Funding.Leased, 1) },
        { "application_id", usage => usage.ApplicationId = new string('x', 201) },
        { "retry_of must be", usage => usage.RetryOf = "42" },
        { "prompt_hash must be", usage => usage.PromptHash = Google.Protobuf.ByteString.CopyFrom(new byte[15]) },
        { "route_policy must have", usage => usage.RoutePolicy = new string('x', 201) },
        { "default_cost_nanos must be", usage => usage.DefaultCostNanos = -1 },
        { "name the rule", usage => usage.ShadowCostNanos = 1 },
        { "for no correction", usage => (usage.CorrectsRecordId, usage.PrimaryCostNanos) = (Guid.CreateVersion7().ToString(), 1) },
        { "no stored record", usage => usage.CorrectsRecordId = Guid.CreateVersion7().ToString() },
        { "tags must be at most", usage => usage.Tags.Add(Enumerable.Range(0, 21).ToDictionary(number => $"k{number}", _ => "v")) },
        { "tag 'k'", usage => usage.Tags.Add("k", new string('v', 201)) },
    };

    [Theory(Timeout = 300_000)]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public async Task Bad_event_is_refused_by_its_own_result_and_the_others_stand(string complaint, Action<UsageEvent> spoil)
    {
        var answer = await _metering.RecordAsync(Events.New("before"), Events.New("bad", with: spoil), Events.New("after"));

        Assert.Equal([RecordOutcome.Accepted, RecordOutcome.Invalid, RecordOutcome.Accepted], answer.Results.Select(result => result.Outcome));
        Assert.Contains(complaint, answer.Results[1].Message, StringComparison.Ordinal);
        Assert.Equal(2, (await _metering.StreamAsync()).Count);
    }

    [Fact(Timeout = 300_000)]
    public async Task Unknown_team_is_refused_by_its_own_result()
    {
        var answer = await _metering.RecordAsync(Events.New("one", with: usage => usage.TeamId = "team_nowhere"), Events.New("two"));
        Assert.Equal([RecordOutcome.UnknownTeam, RecordOutcome.Accepted], answer.Results.Select(result => result.Outcome));
    }

    [Fact(Timeout = 300_000)]
    public async Task Batch_above_a_thousand_events_is_refused_whole()
    {
        var events = Enumerable.Range(0, RecordUsage.MaxBatch + 1).Select(Events.Varied).ToList();
        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => _metering.RecordAsync(events));
        Assert.Equal(Reasons.BatchTooLarge, RpcErrors.ReasonOf(error));
        Assert.Empty(await _metering.StreamAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task Usage_without_a_price_is_stored_unpriced_and_never_as_zero()
    {
        var answer = await _metering.RecordAsync(Events.New("one", with: usage => usage.ModelServed = "gpt-77"), Events.New("two", with: usage => usage.PriceId = 9_999));

        Assert.All(answer.Results, result => Assert.Equal(RecordOutcome.AcceptedUnpriced, result.Outcome));
        Assert.All(await _metering.StreamAsync(), record => Assert.Null(record.Cost));
        Assert.Equal(2, (await _metering.QueryAsync(new QuerySpendRequest())).Total.UnpricedCalls);
        Assert.Equal(2, await CountOwedAsync(item => item.CostNanos is null));
    }

    [Fact(Timeout = 300_000)]
    public async Task Correction_is_a_record_of_its_own_that_takes_from_the_sums_and_is_no_call()
    {
        var first = await _metering.RecordAsync(Events.New("one"));
        var answer = await _metering.RecordAsync(Events.New("one-corrected", with: usage =>
        {
            usage.CorrectsRecordId = first.Results[0].RecordId;
            usage.Tokens = new Tokens { Output = -100 };
        }));

        Assert.Equal(-60_000, answer.Results[0].CostNanos);
        Assert.Equal(
            new SpendRow { CostNanos = 390_000, Calls = 1, InputTokens = 1_000, OutputTokens = 400 }, (await _metering.QueryAsync(new QuerySpendRequest())).Total);
    }

    [Fact(Timeout = 300_000)]
    public async Task Accepted_records_leave_by_the_outbox_exactly_once_in_messages_of_bounded_size()
    {
        const string traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var events = Enumerable.Range(0, 1_000).Select(Events.Varied).ToList();
        events[7].Traceparent = traceparent;
        await _metering.RecordAsync(events);
        await _metering.RecordAsync(events);

        Assert.Equal(4, await _metering.ScalarAsync<long>("SELECT count(*) FROM outbox WHERE message_id = (body ->> 'batchId')::uuid"));
        var owed = await _metering.OwedAsync();
        Assert.Equal([250, 250, 250, 250], owed.Select(message => message.Items.Count));
        var told = owed.SelectMany(message => message.Items).ToDictionary(item => item.RecordId.ToString());
        Assert.All(await _metering.StreamAsync(), record => Assert.Equal(
            (record.Cost?.TotalNanos, record.RecordedAt.ToDateTimeOffset(), record.Event.Traceparent),
            (told[record.RecordId].CostNanos, told[record.RecordId].RecordedAt, told[record.RecordId].Traceparent ?? "")));
        Assert.Equal(1, await _metering.ScalarAsync<long>($"SELECT count(*) FROM usage_record WHERE traceparent = '{traceparent}'"));
    }

    [Fact(Timeout = 300_000)]
    public async Task An_attempt_told_of_by_a_second_source_is_refused()
    {
        var attempt = Guid.CreateVersion7().ToString();
        await _metering.RecordAsync(Events.New("first teller", with: usage => usage.AttemptId = attempt));
        var second = await _metering.RecordAsync(Events.New("second teller", with: usage => usage.AttemptId = attempt));
        Assert.Equal(RecordOutcome.Invalid, second.Results[0].Outcome);
        Assert.Contains(attempt, second.Results[0].Message);
    }

    [Fact(Timeout = 300_000)]
    public async Task A_correction_of_another_team_or_below_zero_is_refused()
    {
        var record = (await _metering.RecordAsync(Events.New("corrected"))).Results[0].RecordId;
        var otherTeam = Events.New("other team", with: usage => (usage.CorrectsRecordId, usage.TeamId) = (record, "team_search"));
        var tooMuch = Events.New("too much", with: usage => (usage.CorrectsRecordId, usage.Tokens) = (record, new Tokens { Output = -1_000_000 }));
        var within = Events.New("within", with: usage => (usage.CorrectsRecordId, usage.Tokens) = (record, new Tokens { Output = -100 }));
        var results = (await _metering.RecordAsync(otherTeam, tooMuch, within)).Results;
        Assert.Equal([RecordOutcome.Invalid, RecordOutcome.Invalid, RecordOutcome.Accepted], results.Select(result => result.Outcome));
    }

    [Fact(Timeout = 300_000)]
    public async Task Correction_that_is_told_again_is_a_duplicate_though_all_is_taken_back_by_then()
    {
        var record = (await _metering.RecordAsync(Events.New("corrected"))).Results[0].RecordId;
        var all = Events.New("all", with: usage => (usage.CorrectsRecordId, usage.Tokens) = (record, new Tokens { Input = -1_000, Output = -500 }));
        var twice = await _metering.RecordAsync(all, all);
        Assert.Equal([RecordOutcome.Accepted, RecordOutcome.Duplicate], twice.Results.Select(result => result.Outcome));
        Assert.Equal(-450_000, (await _metering.RecordAsync(all)).Results[0].CostNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Correction_that_occurred_before_its_record_is_refused()
    {
        var at = new DateTimeOffset(2026, 6, 10, 12, 0, 0, TimeSpan.Zero);
        var record = (await _metering.RecordAsync(Events.New("corrected", at))).Results[0].RecordId;
        var results = (await _metering.RecordAsync(
            Events.New("before", at.AddMicroseconds(-1), usage => usage.CorrectsRecordId = record), Events.New("at once", at, usage => usage.CorrectsRecordId = record))).Results;
        Assert.Equal([RecordOutcome.Invalid, RecordOutcome.Accepted], results.Select(result => result.Outcome));
        Assert.Contains("cannot have occurred before it", results[0].Message);
    }

    [Fact(Timeout = 300_000)]
    public async Task Corrections_at_the_same_time_take_back_no_more_than_was_recorded()
    {
        var record = (await _metering.RecordAsync(Events.New("corrected"))).Results[0].RecordId;
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(number => _metering.RecordAsync(Events.New(
            $"correction-{number}", with: usage => (usage.CorrectsRecordId, usage.Tokens) = (record, new Tokens { Output = -200 })))));

        // 450,000 at 600 a token: three times 200 tokens fit.
        Assert.Equal(3, answers.Count(answer => answer.Results[0].Outcome == RecordOutcome.Accepted));
        Assert.Equal(90_000, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
        Assert.Equal(4, await _metering.ScalarAsync<long>("SELECT count(*) FROM usage_identity"));
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Requests_at_the_same_time_share_transactions_and_are_answered_each_for_itself()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(request => _metering.RecordAsync(
            Events.New($"own-{request}"), Events.New("shared"), Events.New($"bad-{request}", with: usage => usage.TeamId = "team_nobody"))));

        Assert.All(answers, answer => Assert.Equal((RecordOutcome.Accepted, RecordOutcome.UnknownTeam), (answer.Results[0].Outcome, answer.Results[2].Outcome)));
        Assert.Equal(1, answers.Count(answer => answer.Results[1].Outcome == RecordOutcome.Accepted));
        Assert.Equal(39, answers.Count(answer => answer.Results[1] is { Outcome: RecordOutcome.Duplicate, CostNanos: 450_000 }));
        Assert.InRange(await _metering.ScalarAsync<long>("SELECT count(DISTINCT recorded_at) FROM usage_record"), 1, 39);
    }

    [Fact(Timeout = 300_000)]
    public async Task Roll_up_that_another_batch_adds_to_stays_on_its_page()
    {
        const string firstPage = "SELECT min(user_id) FROM usage_rollup WHERE ctid < '(1,0)'";
        await _metering.RecordAsync([.. Enumerable.Range(100, 200).Select(caller => Events.New($"first-{caller}", with: usage => usage.UserId = $"user_{caller}"))]);
        var user = await _metering.ScalarAsync<string>(firstPage);
        Assert.NotEqual(0, await _metering.ScalarAsync<long>("SELECT count(*) FROM usage_rollup WHERE ctid >= '(1,0)'"));

        await _metering.RecordAsync(Events.New("second", with: usage => usage.UserId = user));

        // On a full page it would have to move to another one, and every index with it.
        Assert.Equal(user, await _metering.ScalarAsync<string>(firstPage));
        Assert.Equal(2, await _metering.ScalarAsync<long>($"SELECT calls FROM usage_rollup WHERE user_id = '{user}'"));
    }

    private async Task<int> CountOwedAsync(Func<UsageMeteredItem, bool> condition) => (await _metering.OwedAsync()).SelectMany(message => message.Items).Count(condition);
}
