using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Prices;
using Platform.Metering.Queries;
using Platform.Metering.Repricing;
using Platform.Metering.Waste;

namespace Platform.Metering.Tests;

/// <summary>Usage that a wallet let through though it could not cover it: marked in the record, in lists and in sums.</summary>
public sealed class MarkTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 6, 10, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Start.AddDays(1));
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 300_000)]
    public async Task Record_has_the_mark_that_it_was_told_with_wherever_it_is_read()
    {
        await _metering.RecordAsync(Marked("over", Mark.Overflow), Marked("seen", Mark.Observed), Marked("own", Mark.Unspecified));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(["over Overflow", "own Unspecified", "seen Observed"], Shown(await _metering.StreamAsync()));
        Assert.Equal(["over Overflow"], Shown(await ListAsync(MarkNames.Overflow)));
        Assert.Equal(["over Overflow", "seen Observed"], Shown(await ListAsync(MarkNames.Overflow, MarkNames.Observed)));
        var over = (await ListAsync(MarkNames.Overflow)).Single();
        Assert.Equal(Mark.Overflow, (await _metering.Get<GetUsage>().RunAsync(new GetUsageRequest { Id = over.RecordId }, Cancel)).Record.Event.Mark);
        await using var tail = _metering.Get<TailUsage>()
            .RunAsync(new TailUsageRequest { Last = 9, Filters = { Spend.Only(SpendDimension.Mark, MarkNames.Observed) } }, Cancel).GetAsyncEnumerator(Cancel);
        Assert.True(await tail.MoveNextAsync() && await tail.MoveNextAsync());
        Assert.Equal("seen", tail.Current.Record.Event.EventId);
    }

    [Fact(Timeout = 300_000)]
    public async Task Correction_keeps_its_records_mark_whether_a_person_or_a_late_price_makes_it()
    {
        await _metering.RecordAsync(Marked("over", Mark.Overflow), Marked("late", Mark.Observed, usage => usage.ModelServed = "own-model"));
        _time.Advance(TimeSpan.FromSeconds(1));
        var over = (await ListAsync(MarkNames.Overflow)).Single();
        await _metering.RecordAsync(new UsageEvent { Source = "finance", EventId = "back", CorrectsRecordId = over.RecordId, Tokens = new Tokens { Output = -100 } });
        await _metering.Get<SetPrice>().RunAsync(
            new SetPriceRequest
            {
                Price = PriceRows.New("own-model", 1_000_000_000, 1_000_000_000, Start.AddDays(-1)), Retroactive = true, IdempotencyKey = "price",
            }, "key_test", Cancel);
        Assert.Equal(1, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal([Mark.Overflow, Mark.Overflow], (await ListAsync(MarkNames.Overflow)).Select(record => record.Event.Mark));
        Assert.Equal([Mark.Observed, Mark.Observed], (await ListAsync(MarkNames.Observed)).Select(record => record.Event.Mark));
        var refused = (await _metering.RecordAsync(new UsageEvent
        {
            Source = "finance", EventId = "other", CorrectsRecordId = over.RecordId, Tokens = new Tokens { Output = -1 }, Mark = Mark.Observed,
        })).Results[0];
        Assert.Equal(RecordOutcome.Invalid, refused.Outcome);
        Assert.Contains("mark 'Overflow', not 'Observed'", refused.Message);
    }

    [Theory(Timeout = 300_000)]
    [InlineData(Mark.Overflow, Funding.External, "mark is for funding leased only")]
    [InlineData(Mark.Observed, Funding.History, "mark is for funding leased only")]
    [InlineData((Mark)3, Funding.Leased, "mark must be overflow or observed")]
    public async Task Mark_that_no_wallet_can_have_given_is_refused(Mark mark, Funding funding, string complaint)
    {
        var result = (await _metering.RecordAsync(Marked("wrong", mark, usage => usage.Funding = funding))).Results[0];
        Assert.Equal(RecordOutcome.Invalid, result.Outcome);
        Assert.Contains(complaint, result.Message);
    }

    [Fact(Timeout = 300_000)]
    public async Task Question_that_only_roll_ups_could_answer_is_refused_by_mark()
    {
        var byMark = Spend.Only(SpendDimension.Mark, MarkNames.Overflow);
        foreach (var (senseless, complaint) in new (Func<Task> Ask, string Complaint)[]
                 {
                     (() => _metering.QueryAsync(new QuerySpendRequest { GroupBy = { SpendDimension.Mark } }), "add a filter by mark (overflow, observed)"),
                     (() => _metering.QueryAsync(new QuerySpendRequest { Filters = { Spend.Only(SpendDimension.Mark, "over") } }), "must be one of overflow, observed"),
                     (() => ListAsync(""), "must be one of overflow, observed"),
                     (() => _metering.Get<GetWaste>().RunAsync(new GetWasteRequest { Filters = { byMark } }, Cancel), "known dimensions"),
                 })
        {
            var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(senseless);
            Assert.Equal(Reasons.InvalidArgument, RpcErrors.ReasonOf(error));
            Assert.Contains(complaint, error.Status.Detail);
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Sum_by_mark_of_months_that_are_no_longer_kept_is_refused()
    {
        await _metering.RecordAsync(Marked("over", Mark.Overflow));
        await using (var note = _metering.Database.CreateCommand("INSERT INTO usage_dropped VALUES ('2026-04-01Z', '2026-05-01Z', '2026-04-30Z', '2026-04-30Z')"))
        {
            await note.ExecuteNonQueryAsync(Cancel);
        }

        QuerySpendRequest From(string moment) => new()
        {
            From = Spend.At(moment).ToTimestampUtc(), To = Spend.At("2026-06-11").ToTimestampUtc(), Filters = { Spend.Only(SpendDimension.Mark, MarkNames.Overflow) },
        };
        Assert.Equal(1, (await _metering.QueryAsync(From("2026-05-01"))).Total.Calls);
        Assert.Equal(Reasons.UsageNotKept, RpcErrors.ReasonOf(await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => _metering.QueryAsync(From("2026-04-30")))));
    }

    [Fact(Timeout = 300_000)]
    public async Task Record_of_before_there_were_marks_is_unmarked_and_its_correction_too()
    {
        const string Version29 = """
            SELECT usage_record_partition('2026-06-01Z');
            INSERT INTO usage_record (
                recorded_at, occurred_at, price_id, input_tokens, cached_input_tokens, cache_write_tokens, cache_write_hour_tokens, output_tokens, reasoning_tokens,
                gateway_ms, first_token_ms, total_ms, bound_nanos, record_id, attempt_id, call_id, attempt_number, funding, outcome, fallback, source, event_id, team_id,
                user_id, application_id, key_id, workload, lane, provider, model_asked, model_served, service_tier, region, route_policy, route_reason, traceparent,
                upstream_key, currency)
            VALUES ('2026-06-10 12:00:01Z', '2026-06-10 12:00Z', NULL, 7, 0, 0, 0, 7, 0, 0, 0, 0, 0, '0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c10',
                '0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c10', '0198c2d4-6f0e-7cc3-9a51-2f4e6d8b9c10', 1, 1, 1, false, 'gateway-1', 'old', 'team_support',
                '', '', 'key_1', '', '', 'openai', 'unknown', 'unknown', 'standard', '', '', '', '', '', 'USD');
            """;
        await using var migrated = await MeteringFixture.CreateAsync(_time, Version29, upTo: 29);
        Assert.Equal(["old Unspecified"], Shown(await migrated.StreamAsync()));
        await migrated.RecordAsync(Marked("new", Mark.Overflow));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["new Overflow", "old Unspecified"], Shown(await migrated.StreamAsync()));
    }

    private static UsageEvent Marked(string eventId, Mark mark, Action<UsageEvent>? with = null) => Events.New(eventId, Start, usage =>
    {
        usage.Mark = mark;
        with?.Invoke(usage);
    });

    private static IEnumerable<string> Shown(IEnumerable<UsageRecord> records) =>
        records.Select(record => $"{record.Event.EventId} {record.Event.Mark}").Order(StringComparer.Ordinal);

    private async Task<IReadOnlyList<UsageRecord>> ListAsync(params string[] marks) => (await _metering.Get<ListUsage>().RunAsync(
        new ListUsageRequest { Filters = { Spend.Only(SpendDimension.Mark, marks) } }, Cancel)).Records;
}
