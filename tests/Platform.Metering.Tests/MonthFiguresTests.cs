using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Periods;
using Platform.Metering.Prices;
using Platform.Metering.Repricing;

namespace Platform.Metering.Tests;

/// <summary>What finance compares: a month costs the same in spend, in the list of periods, in the records that exports are made of and in what other services are told, whatever came late.</summary>
public sealed class MonthFiguresTests : IAsyncLifetime
{
    private const string Zone = "Europe/Berlin";

    // From summer time into winter time: October begins at 22:00 UTC, November at 23:00.
    private static readonly DateTimeOffset First = Spend.At("2026-08-31T22:00Z");
    private static readonly string[] Months = ["2026-09", "2026-10", "2026-11"];

    private readonly FakeTimeProvider _time = new(Spend.At("2026-11-20T12:00Z"));
    private MeteringFixture _metering = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Theory(Timeout = 600_000)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Month_of_a_zone_costs_the_same_everywhere_whatever_comes_after_its_close(int seed)
    {
        var (random, calls, closed) = (new Random(seed), new List<UsageRecord>(), new List<Period>());
        for (var step = 0; step < 60; step++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            switch (random.Next(8))
            {
                case 0:
                    await SetAsync(step, random.Next(1, 90) * 10_000_001L, Moment());
                    break;
                case 1:
                    await _metering.Get<RepriceUsage>().RunAsync(Cancel);
                    break;
                case 2 when calls.Count > 0:
                    await CorrectAsync(calls[random.Next(calls.Count)], step);
                    break;
                case 3:
                    // Refused where it is more than the team has cost.
                    await _metering.RecordAsync(new UsageEvent
                    {
                        Source = "finance", EventId = $"{step}", Funding = Funding.External, OccurredAt = Moment().ToTimestampUtc(), TeamId = "team_support", Provider = "openai", Outcome = Outcome.Succeeded,
                        AdjustmentNanos = random.Next(-900_000, 300_000), Tags = { ["reference"] = "INV", ["reason"] = "outage" },
                    });
                    break;
                case 4 when random.Next(3) == 0 && closed.Count < 2:
                    closed.Add(await _metering.Get<ClosePeriod>().RunAsync(new ClosePeriodRequest { Period = Months[closed.Count], TimeZone = Zone, IdempotencyKey = $"{step}" }, "key_finance", Cancel));
                    break;
                default:
                    var at = Moment();
                    var id = (await _metering.RecordAsync(Events.New($"call-{step}", at, usage => usage.ModelServed = random.Next(2) == 0 ? "own-model" : "gpt-4o-mini"))).Results[0].RecordId;
                    calls.AddRange((await _metering.StreamAsync()).Where(record => record.RecordId == id));
                    break;
            }
        }

        await _metering.Get<RepriceUsage>().RunAsync(Cancel);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("finance pricing", await _metering.ScalarAsync<string>(
            "SELECT string_agg(DISTINCT source, ' ' ORDER BY source) FROM usage_record WHERE booked_at IS NOT NULL AND (corrects_record_id IS NOT NULL OR adjustment_nanos < 0)"));
        var booked = await OfRecordsAsync("coalesce(booked_at, occurred_at)");
        Assert.Equal(booked, await SpendAsync(booked: true));
        Assert.Equal(await OfRecordsAsync("occurred_at"), await SpendAsync(booked: false));
        var periods = (await _metering.Get<ListPeriods>().RunAsync(Cancel)).Periods.ToDictionary(period => period.Name);
        foreach (var period in closed)
        {
            Assert.Equal((period.CostNanos, period.Calls), (periods[period.Name].CostNanos, periods[period.Name].Calls));
        }

        foreach (var period in periods.Values.Where(period => period.TimeZone == Zone))
        {
            var streamed = await _metering.StreamAsync(new StreamUsageRequest { OccurredFrom = period.StartsAt, OccurredBefore = period.EndsAt, ByBooked = true });
            Assert.Equal(period.CostNanos, streamed.Sum(record => record.Cost?.TotalNanos ?? 0));
            Assert.Equal(period.CostNanos, booked.GetValueOrDefault(period.Name));
        }

        var told = (await _metering.OwedAsync()).SelectMany(message => message.Items).ToList();
        Assert.Equal(booked, told.GroupBy(item => MonthOf(item.BookedAt ?? item.OccurredAt)).Select(month => (month.Key, Cost: month.Sum(item => item.CostNanos ?? 0))).Where(month => month.Cost != 0).ToDictionary());
        await RollupCheck.AssertEqualAsync(_metering);

        // To the quarter hour before and after midnights, and any moment between.
        DateTimeOffset Moment() => random.Next(3) switch
        {
            0 => Spend.At("2026-09-30T22:00Z").AddMinutes(random.Next(-30, 30)),
            1 => Spend.At("2026-10-31T23:00Z").AddMinutes(random.Next(-90, 30)),
            _ => First.AddMinutes(random.Next(115_000)),
        };
    }

    private static string MonthOf(DateTimeOffset moment) => $"{TimeZoneInfo.ConvertTimeBySystemTimeZoneId(moment, Zone):yyyy-MM}";

    // A part of it, or all that may be left, on its own day or a later one.
    private Task<RecordResponse> CorrectAsync(UsageRecord record, int step) => _metering.RecordAsync(new UsageEvent
    {
        Source = "finance", EventId = $"correction-{step}", CorrectsRecordId = record.RecordId, Tokens = new Tokens { Input = step % 3 == 0 ? -1_000 : -333 },
        OccurredAt = step % 2 == 0 ? record.Event.OccurredAt : record.Event.OccurredAt.ToDateTimeOffset().AddDays(step % 20).ToTimestampUtc(),
    });

    private Task<PriceRow> SetAsync(int step, long rate, DateTimeOffset from) => _metering.Get<SetPrice>().RunAsync(
        new SetPriceRequest { Price = PriceRows.New("own-model", rate, rate, from), Retroactive = true, IdempotencyKey = $"price-{step}" }, "key_test", Cancel);

    private async Task<Dictionary<string, long>> SpendAsync(bool booked) =>
        (await _metering.QueryAsync(new QuerySpendRequest { GroupBy = { SpendDimension.Month }, TimeZone = Zone, Booked = booked })).Rows
            .Where(row => row.CostNanos != 0).ToDictionary(row => row.Keys[0], row => row.CostNanos);

    private async Task<Dictionary<string, long>> OfRecordsAsync(string date)
    {
        await using var command = _metering.Database.CreateCommand(
            $"SELECT to_char({date} AT TIME ZONE '{Zone}', 'YYYY-MM'), sum(cost_nanos)::bigint FROM usage_record GROUP BY 1 HAVING sum(cost_nanos) <> 0");
        await using var reader = await command.ExecuteReaderAsync(Cancel);
        var months = new Dictionary<string, long>();
        while (await reader.ReadAsync(Cancel))
        {
            months.Add(reader.GetString(0), reader.GetInt64(1));
        }

        return months;
    }
}
