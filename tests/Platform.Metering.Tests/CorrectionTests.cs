using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Metering.Queries;
using Platform.Metering.Repricing;
using Platform.Testing;

namespace Platform.Metering.Tests;

public sealed class CorrectionTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 6, 10, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start.AddDays(2));
    private readonly KeptLog _log = new();
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time, configure: services => services.AddLogging(logs => logs.AddProvider(_log)));

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Correction_that_says_its_tokens_alone_has_all_else_from_its_record()
    {
        var lease = Guid.CreateVersion7().ToString();
        var record = await RecordAsync(Events.New("call", Start, usage =>
        {
            (usage.LeaseId, usage.BoundNanos, usage.UserId, usage.ApplicationId, usage.Workload) = (lease, 900_000, "ada", "app_bot", "batch");
            (usage.AttemptId, usage.AttemptNumber, usage.Outcome) = (Guid.CreateVersion7().ToString(), 2, Outcome.Failed);
            usage.Tags.Add("project", "apollo");
        }));
        var result = await CorrectAsync(record.RecordId, new Tokens { Output = -100 });
        Assert.Equal((RecordOutcome.Accepted, -60_000), (result.Outcome, result.CostNanos));

        var correction = Assert.Single(await _metering.StreamAsync(), candidate => candidate.RecordId == result.RecordId);
        var expected = record.Event.Clone();
        (expected.Source, expected.EventId, expected.CorrectsRecordId, expected.Tokens) = ("finance", correction.Event.EventId, record.RecordId, new Tokens { Output = -100 });
        Assert.Equal(expected, correction.Event);
        var owed = (await _metering.OwedAsync()).SelectMany(message => message.Items).Single(item => item.RecordId.ToString() == result.RecordId);
        Assert.Equal((record.Event.AttemptId, lease, "ada", true), ($"{owed.AttemptId}", $"{owed.LeaseId}", owed.UserId, owed.AwaitsRecord));
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Correction_is_rated_at_the_price_that_its_record_has_by_then()
    {
        await SetAsync(input: 10_000_000_000, from: null, "first");
        _time.Advance(TimeSpan.FromHours(1));
        var record = await RecordAsync(Events.New("call", _time.GetUtcNow(), usage => (usage.ModelServed, usage.Tokens) = ("own-model", new Tokens { Input = 1_000 })));
        Assert.Equal(10_000_000, record.Cost.TotalNanos);
        _time.Advance(TimeSpan.FromDays(1));
        await SetAsync(input: 5_000_000_000, from: null, "cut");
        Assert.Equal(-2_000_000, (await CorrectAsync(record.RecordId, new Tokens { Input = -200 })).CostNanos);

        // A price that comes late: record and correction follow it, and what comes after is rated at it.
        await SetAsync(input: 4_000_000_000, from: record.Event.OccurredAt.ToDateTimeOffset().AddMinutes(-30), "late");
        Assert.Equal(2, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        Assert.Equal(-3_200_000, (await CorrectAsync(record.RecordId, new Tokens { Input = -800 })).CostNanos);
        Assert.Equal(0, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Theory(Timeout = 300_000)]
    [InlineData("told between the price and the work that corrects by it", true, 0)]
    [InlineData("dated after the price came", true, 600)]
    [InlineData("dated before the price came", false, -600)]
    [InlineData("dated when another price was in force", false, 86_400)]
    public async Task Correction_has_the_price_of_its_records_time_whenever_it_is_told_and_dated(string what, bool afterPrice, int seconds)
    {
        await SetAsync(input: 10_000_000_000, from: null, "first");
        _time.Advance(TimeSpan.FromMinutes(30));
        var (record, later) = (await RecordAsync(OwnModel("call")), _time.GetUtcNow().AddHours(12));
        await SetAsync(input: 5_000_000_000, later, "next", retroactive: false);
        _time.Advance(TimeSpan.FromDays(2));
        var dated = seconds == 0 ? record.Event.OccurredAt.ToDateTimeOffset() : afterPrice ? _time.GetUtcNow().AddSeconds(seconds) : record.Event.OccurredAt.ToDateTimeOffset().AddSeconds(Math.Abs(seconds));
        if (afterPrice)
        {
            await SetLateAsync();
            _time.Advance(TimeSpan.FromMinutes(20));
        }

        var correction = await CorrectAsync(record.RecordId, new Tokens { Input = -250 }, told => told.OccurredAt = dated.ToTimestampUtc());
        Assert.Equal((RecordOutcome.Accepted, -2_500_000), (correction.Outcome, correction.CostNanos));
        if (!afterPrice)
        {
            // A price of the day that the correction is dated on is none of its record's.
            await SetAsync(input: 6_000_000_000, later.AddMinutes(1), "other");
            Assert.Equal(0, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
            await SetLateAsync();
        }

        // 750 of 1,000 tokens are left, at 4.00 a thousand.
        Assert.Equal(2, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        Assert.Equal(3_000_000, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
        Assert.Equal(-3_000_000, (await CorrectAsync(record.RecordId, new Tokens { Input = -750 })).CostNanos);
        Assert.True((await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos == 0, what);
        Assert.Equal(0, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        await RollupCheck.AssertEqualAsync(_metering);

        Task<PriceRow> SetLateAsync() => SetAsync(input: 4_000_000_000, record.Event.OccurredAt.ToDateTimeOffset().AddMinutes(-1), "late");
    }

    [Fact(Timeout = 300_000)]
    public async Task Correction_of_a_record_that_waits_for_its_first_price_gets_that_one_too()
    {
        var record = await RecordAsync(OwnModel("call"));
        _time.Advance(TimeSpan.FromDays(1));
        await SetAsync(input: 10_000_000_000, from: null, "first");
        _time.Advance(TimeSpan.FromDays(1));
        await SetAsync(input: 5_000_000_000, from: null, "cut");
        _time.Advance(TimeSpan.FromDays(1));
        var correction = await CorrectAsync(record.RecordId, new Tokens { Input = -250 }, told => told.OccurredAt = _time.GetUtcNow().ToTimestampUtc());
        Assert.Equal(RecordOutcome.AcceptedUnpriced, correction.Outcome);
        await _metering.Get<RepriceUsage>().RunAsync(Cancel);
        Assert.Equal(7_500_000, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Theory(Timeout = 300_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Record_that_a_price_would_take_out_of_range_keeps_its_cost_and_so_do_its_corrections(bool hasPrice)
    {
        if (hasPrice)
        {
            await SetAsync(input: Money.NanosPerUnit, from: null, "first");
        }

        _time.Advance(TimeSpan.FromMinutes(30));
        var usage = OwnModel("huge");
        usage.Tokens.Input = 2_000_000_000;
        var record = await RecordAsync(usage);
        await CorrectAsync(record.RecordId, new Tokens { Input = -1_000_000 });
        Assert.Equal(hasPrice ? 1_999 * Money.NanosPerUnit : 0, (await TotalAsync()).Cost);

        // A slip. The record would cost 20 million; what takes a two-thousandth of it back would be 10,000, more than all of it has cost.
        await SetAsync(10_000 * Money.NanosPerUnit, record.Event.OccurredAt.ToDateTimeOffset().AddMinutes(-2), "slip");
        Assert.Equal(0, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        Assert.Equal(hasPrice ? 1_999 * Money.NanosPerUnit : 0, (await TotalAsync()).Cost);
        Assert.Contains($"the first is {record.RecordId}.", Assert.Single(_log.Lines, line => line.StartsWith("1 records keep the cost", StringComparison.Ordinal)), StringComparison.Ordinal);

        await SetAsync(3 * Money.NanosPerUnit, record.Event.OccurredAt.ToDateTimeOffset().AddMinutes(-1), "right");
        Assert.Equal(2, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        Assert.Equal(3 * 1_999 * Money.NanosPerUnit, (await TotalAsync()).Cost);
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Record_whose_corrections_a_price_would_take_out_of_64_bits_keeps_its_cost_and_holds_no_other_up()
    {
        await SetAsync(input: 1_000, from: null, "first");
        _time.Advance(TimeSpan.FromMinutes(30));
        var record = await RecordAsync(OwnModel("huge"));
        await RecordAsync(OwnModel("usual"));
        var more = Enumerable.Range(0, 1_000).Select(number => new UsageEvent
        {
            Source = "finance", EventId = $"more-{number}", CorrectsRecordId = record.RecordId, Tokens = new Tokens { Input = 1_000_000_000_000 },
        });
        Assert.All((await _metering.RecordAsync([.. more])).Results, result => Assert.Equal(RecordOutcome.Accepted, result.Outcome));
        var before = (await TotalAsync()).Cost;

        // Ten million units each, as much as one may cost: all of them are more than 64 bits hold.
        await SetAsync(10 * Money.NanosPerUnit, record.Event.OccurredAt.ToDateTimeOffset().AddMinutes(-1), "slip");
        // The usual one goes from a nano to ten million.
        Assert.Equal(1, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        Assert.Equal(before + 10_000_000 - 1, (await TotalAsync()).Cost);
    }

    [Fact(Timeout = 300_000)]
    public async Task Correction_that_leaves_no_token_of_a_kind_leaves_no_cost_of_it_whatever_was_rounded()
    {
        // 131.25 nanos a token: 1,181 for nine, 788 for six of them; the other three would be 394, one more than is left.
        await SetAsync(input: 131_250_000, from: null, "odd");
        var record = await RecordAsync(Events.New("call", _time.GetUtcNow(), usage => (usage.ModelServed, usage.Tokens) = ("own-model", new Tokens { Input = 9, Output = 4 })));
        Assert.Equal((1_181, 525), (record.Cost.InputNanos, record.Cost.OutputNanos));
        Assert.Equal(-788, (await CorrectAsync(record.RecordId, new Tokens { Input = -6 })).CostNanos);
        Assert.Equal(-131, (await CorrectAsync(record.RecordId, new Tokens { Output = -1 })).CostNanos);
        var rest = await CorrectAsync(record.RecordId, new Tokens { Input = -3, Output = -3 });
        Assert.Equal((RecordOutcome.Accepted, -393 - 394), (rest.Outcome, rest.CostNanos));
        Assert.Equal(0, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
        Assert.Equal(RecordOutcome.Invalid, (await CorrectAsync(record.RecordId, new Tokens { Input = -1 })).Outcome);

        // Two of one request: the second sees what the first has left.
        record = await RecordAsync(Events.New("both", _time.GetUtcNow(), usage => (usage.ModelServed, usage.Tokens) = ("own-model", new Tokens { Input = 9 })));
        Assert.Equal([-788, -393], (await _metering.RecordAsync(TakenBack(6), TakenBack(3))).Results.Select(result => result.CostNanos));
        await RollupCheck.AssertEqualAsync(_metering);

        UsageEvent TakenBack(long tokens) => new() { Source = "finance", EventId = $"{tokens}", CorrectsRecordId = record.RecordId, Tokens = new Tokens { Input = -tokens } };
    }

    [Fact(Timeout = 300_000)]
    public async Task What_was_taken_back_leaves_nothing_at_a_price_that_comes_late_whatever_was_rounded()
    {
        await SetAsync(input: 100_000_000, from: null, "even", perRequest: 7);
        _time.Advance(TimeSpan.FromHours(1));
        var record = await RecordAsync(Events.New("call", _time.GetUtcNow(), usage => (usage.ModelServed, usage.Tokens) = ("own-model", new Tokens { Input = 9, Output = 4 })));
        await CorrectAsync(record.RecordId, new Tokens { Input = -6, Output = -1 });

        // 1,181 for nine tokens, 788 for six, 394 for three: by themselves one less than nothing.
        await SetAsync(input: 131_250_000, record.Event.OccurredAt.ToDateTimeOffset().AddSeconds(-1), "odd", perRequest: 9);
        await CorrectAsync(record.RecordId, new Tokens { Input = -3, Output = -3 }, usage => usage.Requests = -1);
        Assert.Equal(3, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        Assert.Equal((0, 0), await TotalAsync());

        // What is looked at once more, for another record's sake, stays.
        var old = (await _metering.Get<PriceStore>().ReadBookAsync(Cancel)).Versions.Single(version => version.Price is { Model: "own-model", PerRequest: 7 });
        await RecordAsync(Events.New("late", record.Event.OccurredAt.ToDateTimeOffset(), usage => (usage.ModelServed, usage.Tokens, usage.PriceId) = ("own-model", new Tokens { Input = 9 }, old.Price.PriceId)));
        Assert.Equal(1, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        Assert.Equal((1_181 + 9, 1), await TotalAsync());
        await RollupCheck.AssertEqualAsync(_metering);
    }

    [Fact(Timeout = 300_000)]
    public async Task Correction_that_takes_the_request_back_leaves_neither_its_fee_nor_the_call()
    {
        await SetAsync(input: 1_000_000_000, from: null, "fee", perRequest: 30_000_001);
        var record = await RecordAsync(Events.New("call", _time.GetUtcNow(), usage => (usage.ModelServed, usage.Tokens) = ("own-model", new Tokens { Input = 3_000, Output = 7 })));
        Assert.Equal((30_000_001, 33_007_001), (record.Cost.RequestNanos, record.Cost.TotalNanos));
        Assert.Equal(-2_000_000, (await CorrectAsync(record.RecordId, new Tokens { Input = -2_000 })).CostNanos);

        var whole = await CorrectAsync(record.RecordId, new Tokens { Input = -1_000, Output = -7 }, usage => usage.Requests = -1);
        Assert.Equal((RecordOutcome.Accepted, -31_007_001), (whole.Outcome, whole.CostNanos));
        var total = (await _metering.QueryAsync(new QuerySpendRequest())).Total;
        Assert.Equal((0, 0, 0, 0), (total.CostNanos, total.Calls, total.InputTokens, total.OutputTokens));
        var owed = (await _metering.OwedAsync()).SelectMany(message => message.Items).Single(item => item.RecordId.ToString() == whole.RecordId);
        Assert.Equal((-31_007_001, -1, true), (owed.CostNanos, owed.Calls, owed.AwaitsRecord));
        var detail = await _metering.Get<GetUsage>().RunAsync(new GetUsageRequest { Id = record.RecordId }, Cancel);
        Assert.Equal((0, 0, new Tokens()), (detail.NetRequests, detail.NetCost.TotalNanos, detail.NetTokens));
        await RollupCheck.AssertEqualAsync(_metering);

        // What is not there any more is neither taken back once more nor added to, and told again it is known.
        Assert.Contains("taken back whole", (await CorrectAsync(record.RecordId, new Tokens(), usage => usage.Requests = -1)).Message);
        Assert.Contains("taken back whole", (await CorrectAsync(record.RecordId, new Tokens { Input = 1 })).Message);
        Assert.Equal(3, (await _metering.StreamAsync()).Count);
    }

    [Fact(Timeout = 300_000)]
    public async Task Request_alone_is_taken_back_where_all_its_tokens_were_before()
    {
        await SetAsync(input: 1_000_000_000, from: null, "fee", perRequest: 5_000);
        var record = await RecordAsync(Events.New("call", _time.GetUtcNow(), usage => (usage.ModelServed, usage.Tokens) = ("own-model", new Tokens { Input = 9 })));
        Assert.Equal(-9_000, (await CorrectAsync(record.RecordId, new Tokens { Input = -9 })).CostNanos);
        Assert.Equal(1, (await _metering.Get<GetUsage>().RunAsync(new GetUsageRequest { Id = record.RecordId }, Cancel)).NetRequests);
        Assert.Equal(-5_000, (await CorrectAsync(record.RecordId, new Tokens(), usage => usage.Requests = -1)).CostNanos);
        Assert.Equal((0, 0), await TotalAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task Request_that_was_taken_back_leaves_nothing_at_a_price_that_comes_later()
    {
        var record = await RecordAsync(Events.New("call", Start, usage => (usage.ModelServed, usage.Tokens) = ("own-model", new Tokens { Input = 9, Output = 4 })));
        Assert.Equal(RecordOutcome.AcceptedUnpriced, (await CorrectAsync(record.RecordId, new Tokens { Input = -9, Output = -4 }, usage => usage.Requests = -1)).Outcome);
        Assert.Empty((await _metering.Get<UnpricedUsageStore>().ListAsync(Cancel)).Usage);
        await SetAsync(input: 131_250_000, from: null, "first", perRequest: 7);
        Assert.Equal(2, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        var owed = (await _metering.OwedAsync()).SelectMany(message => message.Items).Where(item => item.CostNanos is not null).ToList();
        Assert.Equal([-1, 1], owed.Select(item => item.PricedCalls).Order());
        Assert.Equal(0, owed.Sum(item => item.CostNanos));
        Assert.Equal((0, 0), await TotalAsync());
        await RollupCheck.AssertEqualAsync(_metering);
    }

    public static TheoryData<string, Tokens, Action<UsageEvent>> Partly => new()
    {
        { "takes the record back whole", new Tokens { Input = -999 }, usage => usage.Requests = -1 },
        { "takes the record back whole", new Tokens { Input = -1_000, Output = -500 }, usage => usage.Requests = -2 },
        { "counts when the record occurred", new Tokens { Input = -1_000, Output = -500 }, usage => (usage.Requests, usage.OccurredAt) = (-1, Start.AddSeconds(1).ToTimestampUtc()) },
        { "requests must be", new Tokens { Input = 1 }, usage => usage.Requests = 2 },
    };

    [Theory(Timeout = 300_000)]
    [MemberData(nameof(Partly))]
    public async Task Request_is_taken_back_with_all_of_its_record_or_not_at_all(string complaint, Tokens tokens, Action<UsageEvent> with)
    {
        var record = await RecordAsync(Events.New("call", Start));
        var result = await CorrectAsync(record.RecordId, tokens, with);
        Assert.Equal(RecordOutcome.Invalid, result.Outcome);
        Assert.Contains(complaint, result.Message);
        Assert.Single(await _metering.StreamAsync());
        Assert.Equal((record.Cost.TotalNanos, 1), await TotalAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task Call_by_itself_stands_for_no_less_than_one_request()
    {
        Assert.Contains("requests must be 0", (await _metering.RecordAsync(Events.New("call", Start, usage => usage.Requests = -1))).Results[0].Message);
        Assert.Empty(await _metering.StreamAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task Correction_of_a_record_without_a_price_awaits_its_records_first_price_alone()
    {
        var record = await RecordAsync(Events.New("call", Start, usage => usage.ModelServed = "own-model"));
        Assert.Equal(RecordOutcome.AcceptedUnpriced, (await CorrectAsync(record.RecordId, new Tokens { Input = -200 })).Outcome);
        await SetAsync(input: 1_000_000_000, from: null, "first");
        Assert.Equal(2, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        var owed = (await _metering.OwedAsync()).SelectMany(message => message.Items).Where(item => item.CostNanos is not null).ToList();

        // The record's takes the hold or the lease; which comes first is by chance else.
        Assert.Equal([(true, false), (false, true)], owed.Select(item => (item.CostNanos > 0, item.AwaitsRecord)).OrderByDescending(item => item.Item1));
    }

    public static TheoryData<string, Action<UsageEvent>> Contrary => new()
    {
        { "team_id 'team_support', not 'team_search'", usage => usage.TeamId = "team_search" },
        { "funding 'leased', not 'external'", usage => usage.Funding = Funding.External },
        { "attempt_id", usage => usage.AttemptId = Guid.CreateVersion7().ToString() },
        { "user_id '', not 'ada'", usage => usage.UserId = "ada" },
        { "key_id", usage => usage.KeyId = "key_2" },
        { "workload 'interactive'", usage => usage.Workload = "batch" },
        { "provider", usage => usage.Provider = "anthropic" },
        { "model_served 'gpt-4o-mini', not 'gpt-4o'", usage => usage.ModelServed = "gpt-4o" },
        { "service_tier 'standard'", usage => usage.ServiceTier = "flex" },
        { "price_id", usage => usage.PriceId = 2 },
        { "mark 'Unspecified', not 'Overflow'", usage => usage.Mark = Mark.Overflow },
        { "cannot have occurred before it", usage => usage.OccurredAt = Start.AddMicroseconds(-1).ToTimestampUtc() },
        { "no stored record", usage => usage.CorrectsRecordId = Guid.CreateVersion7().ToString() },
    };

    [Theory(Timeout = 300_000)]
    [MemberData(nameof(Contrary))]
    public async Task Correction_that_speaks_against_its_record_is_refused(string complaint, Action<UsageEvent> contrary)
    {
        var record = await RecordAsync(Events.New("call", Start));
        var result = await CorrectAsync(record.RecordId, new Tokens { Output = -100 }, contrary);
        Assert.Equal(RecordOutcome.Invalid, result.Outcome);
        Assert.Contains(complaint, result.Message);
        Assert.Single(await _metering.StreamAsync());
    }

    [Fact(Timeout = 300_000)]
    public async Task Correction_of_a_correction_is_refused_and_names_the_record_to_correct()
    {
        var record = await RecordAsync(Events.New("call", Start));
        var more = await CorrectAsync(record.RecordId, new Tokens { Output = 1_000 });
        var nested = await CorrectAsync(more.RecordId, new Tokens { Output = -1_000 });
        Assert.Equal(RecordOutcome.Invalid, nested.Outcome);
        Assert.Contains($"of {record.RecordId}: correct that record", nested.Message);

        // At the record itself all of it may be taken back, once, and no more.
        Assert.Equal(RecordOutcome.Accepted, (await CorrectAsync(record.RecordId, new Tokens { Input = -1_000, Output = -1_500 })).Outcome);
        Assert.Equal(RecordOutcome.Invalid, (await CorrectAsync(record.RecordId, new Tokens { Output = -1 })).Outcome);
        Assert.Equal(0, (await _metering.QueryAsync(new QuerySpendRequest())).Total.CostNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Correction_of_what_a_price_has_corrected_names_the_record()
    {
        var record = await RecordAsync(Events.New("call", Start, usage => usage.ModelServed = "own-model"));
        await SetAsync(input: 1_000_000_000, from: null, "first");
        Assert.Equal(1, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        _time.Advance(TimeSpan.FromSeconds(1));
        var priced = (await _metering.StreamAsync()).Single(candidate => candidate.Event.Source == RepriceUsage.Source);
        Assert.Contains($"of {record.RecordId}: correct", (await CorrectAsync(priced.RecordId, new Tokens { Output = -1 })).Message);
    }

    private async Task<UsageRecord> RecordAsync(UsageEvent usage)
    {
        var id = (await _metering.RecordAsync(usage)).Results[0].RecordId;
        _time.Advance(TimeSpan.FromSeconds(1));
        return (await _metering.StreamAsync()).Single(record => record.RecordId == id);
    }

    private async Task<RecordResult> CorrectAsync(string recordId, Tokens tokens, Action<UsageEvent>? with = null)
    {
        var correction = new UsageEvent { Source = "finance", EventId = $"{Guid.CreateVersion7()}", CorrectsRecordId = recordId, Tokens = tokens };
        with?.Invoke(correction);
        var result = (await _metering.RecordAsync(correction)).Results[0];
        _time.Advance(TimeSpan.FromSeconds(1));
        return result;
    }

    private async Task<(long Cost, long Calls)> TotalAsync()
    {
        var total = (await _metering.QueryAsync(new QuerySpendRequest())).Total;
        return (total.CostNanos, total.Calls);
    }

    /// <summary>A call of 1,000 tokens, now.</summary>
    private UsageEvent OwnModel(string id) => Events.New(id, _time.GetUtcNow(), usage => (usage.ModelServed, usage.Tokens) = ("own-model", new Tokens { Input = 1_000 }));

    private Task<PriceRow> SetAsync(long input, DateTimeOffset? from, string key, long perRequest = 0, bool? retroactive = null)
    {
        var price = PriceRows.New("own-model", input, input, from);
        price.PerRequest = perRequest;
        return _metering.Get<SetPrice>().RunAsync(new SetPriceRequest { Price = price, Retroactive = retroactive ?? from is not null, IdempotencyKey = key }, "key_test", Cancel);
    }
}
