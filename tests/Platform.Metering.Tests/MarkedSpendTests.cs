using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Periods;
using Platform.Metering.Prices;
using Platform.Metering.Queries;
using Platform.Metering.Repricing;

namespace Platform.Metering.Tests;

/// <summary>
/// Sums of marked usage come from the records. Here all marked usage, and nothing else, is of the keys "over" and "seen", so that the roll-ups can be asked the same
/// questions by key: whatever is asked, both answer alike.
/// </summary>
public sealed class MarkedSpendTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 6, 2, 0, 0, 0, TimeSpan.Zero));
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static readonly (string What, QuerySpendRequest Question)[] Questions =
    [
        ("all", new QuerySpendRequest()),
        ("by team", new QuerySpendRequest { GroupBy = { SpendDimension.Team } }),
        ("by who and what, in one team", new QuerySpendRequest
        {
            GroupBy = { SpendDimension.Model, SpendDimension.Outcome, SpendDimension.User }, Filters = { Spend.Only(SpendDimension.Team, "team_search") },
            OrderBy = SpendMetric.Tokens, Top = 3,
        }),
        ("by hour of a far zone", new QuerySpendRequest { GroupBy = { SpendDimension.Hour, SpendDimension.Workload }, TimeZone = "Asia/Kathmandu" }),
        ("by quarter hour", new QuerySpendRequest { GroupBy = { SpendDimension.QuarterHour } }),
        ("compared", new QuerySpendRequest
        {
            From = Spend.At("2026-06-01T01:00Z").ToTimestampUtc(), To = Spend.At("2026-06-01T01:45Z").ToTimestampUtc(), GroupBy = { SpendDimension.Team }, Compare = true,
        }),
        ("booked", new QuerySpendRequest { GroupBy = { SpendDimension.Month, SpendDimension.Team }, Booked = true }),
        ("of no time", new QuerySpendRequest { From = Spend.At("2026-05-01").ToTimestampUtc(), To = Spend.At("2026-05-02").ToTimestampUtc() }),
    ];

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Fact(Timeout = 600_000)]
    public async Task Sums_by_mark_are_those_that_roll_ups_have_of_the_same_usage()
    {
        await RecordAsync();
        foreach (var (what, question) in Questions)
        {
            await AssertAlikeAsync(what, question);
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Run_rate_by_mark_is_that_of_the_same_usage()
    {
        await _metering.RecordAsync([.. Enumerable.Range(0, 400).Select(number => Told(number, TimeSpan.FromHours(number < 200 ? 0 : 19.5)))]);
        var expected = await RateAsync(Spend.Only(SpendDimension.Key, "over", "seen"));
        Assert.Equal(expected, await RateAsync(Spend.Only(SpendDimension.Mark, MarkNames.Overflow, MarkNames.Observed)));
        Assert.True(expected.LastHourNanos > 0 && expected.LastHourNanos < expected.MonthToDateNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Overflow_of_a_team_is_told_apart_from_what_was_only_observed()
    {
        await RecordAsync();
        var answer = await _metering.QueryAsync(new QuerySpendRequest
        {
            GroupBy = { SpendDimension.Mark },
            Filters = { Spend.Only(SpendDimension.Team, "team_support"), Spend.Only(SpendDimension.Mark, MarkNames.Overflow, MarkNames.Observed) },
        });
        var byKey = await _metering.QueryAsync(new QuerySpendRequest
        {
            GroupBy = { SpendDimension.Key }, Filters = { Spend.Only(SpendDimension.Team, "team_support"), Spend.Only(SpendDimension.Key, "over", "seen") },
        });
        Assert.Equal([MarkNames.Observed, MarkNames.Overflow], answer.Rows.Select(row => row.Keys.Single()).Order(StringComparer.Ordinal));
        Assert.Equal(Cost(byKey, "over"), Cost(answer, MarkNames.Overflow));
        Assert.Equal(Cost(byKey, "seen"), Cost(answer, MarkNames.Observed));
    }

    /// <summary>Marked and other usage of all kinds: without a price, priced late, corrected, and booked in the month after its own.</summary>
    private async Task RecordAsync()
    {
        var events = Enumerable.Range(0, 400).Select(number => Told(number, TimeSpan.Zero)).ToList();
        await _metering.RecordAsync(events);
        _time.Advance(TimeSpan.FromSeconds(1));
        foreach (var record in (await _metering.StreamAsync()).Where(record => record is { Event.Mark: Mark.Overflow, Cost.TotalNanos: > 0, Event.Tokens.Output: > 9 }).Take(20))
        {
            await _metering.RecordAsync(new UsageEvent
            {
                Source = "finance", EventId = record.RecordId, CorrectsRecordId = record.RecordId, Tokens = new Tokens { Output = -record.Event.Tokens.Output / 2 },
            });
        }

        await _metering.Get<SetPrice>().RunAsync(
            new SetPriceRequest { Price = PriceRows.New("unknown-model", 1_000_000_000, 1_000_000_000, Spend.At("2026-06-01T02:00Z")), Retroactive = true, IdempotencyKey = "price" },
            "key_test", Cancel);
        Assert.Equal(40, await _metering.Get<RepriceUsage>().RunAsync(Cancel));
        _time.SetUtcNow(Spend.At("2026-07-02"));
        await _metering.Get<ClosePeriod>().RunAsync(new ClosePeriodRequest { Period = "2026-06", IdempotencyKey = "close" }, "key_test", Cancel);
        await _metering.RecordAsync([.. events.Take(40).Select(usage =>
        {
            var late = usage.Clone();
            (late.Source, late.EventId) = ("gateway-2", "late-" + usage.EventId);
            return late;
        })]);
        _time.Advance(TimeSpan.FromSeconds(1));
    }

    private static UsageEvent Told(int number, TimeSpan later)
    {
        var usage = Events.Varied(number);
        usage.Funding = Funding.Leased;
        usage.ModelServed = number % 10 == 7 ? "never-priced" : usage.ModelServed;
        usage.OccurredAt = (usage.OccurredAt.ToDateTimeOffset() + later).ToTimestampUtc();
        (usage.Mark, usage.KeyId) = (number % 4) switch { 1 => (Mark.Overflow, "over"), 2 => (Mark.Observed, "seen"), _ => (Mark.Unspecified, "key_1") };
        return usage;
    }

    private async Task AssertAlikeAsync(string what, QuerySpendRequest question)
    {
        var (byKey, byMark) = (question.Clone(), question.Clone());
        byKey.Filters.Add(Spend.Only(SpendDimension.Key, "over", "seen"));
        byMark.Filters.Add(Spend.Only(SpendDimension.Mark, MarkNames.Overflow, MarkNames.Observed));
        var (expected, answer) = (await _metering.QueryAsync(byKey), await _metering.QueryAsync(byMark));
        Assert.True(expected.Equals(answer), $"{what}: roll-ups {expected}, records {answer}");
        Assert.Equal(what == "of no time", answer.Total.Calls == 0);
    }

    private Task<RunRate> RateAsync(SpendFilter filter) =>
        _metering.Get<GetRunRate>().RunAsync(new GetRunRateRequest { Filters = { filter } }, Cancel);

    private static long Cost(QuerySpendResponse answer, string key) => answer.Rows.Single(row => row.Keys.Single() == key).CostNanos;
}
