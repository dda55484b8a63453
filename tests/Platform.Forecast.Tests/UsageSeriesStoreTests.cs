using Npgsql;
using Platform.Contracts.Events;
using Platform.Forecast.Series;
using Platform.Forecast.Variances;
using Platform.Postgres;
using Platform.Testing;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

public sealed class UsageSeriesStoreTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = Utc("2026-06-10T12:00:00");
    private NpgsqlDataSource _dataSource = null!;
    private UsageSeriesStore _store = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _dataSource = NpgsqlDataSource.Create(await TestPostgres.CreateDatabaseAsync("forecast", async connectionString =>
        {
            await using var template = NpgsqlDataSource.Create(connectionString);
            await new Migrator(template, TimeProvider.System).MigrateAsync(typeof(UsageSeriesStore).Assembly, Cancellation);
        }));
        _store = new UsageSeriesStore(_dataSource);
    }

    public async ValueTask DisposeAsync() => await _dataSource.DisposeAsync();

    [Fact]
    public async Task Redelivered_batch_counts_once()
    {
        var batch = Batch(Call(Now, 700), Call(Now, 300));

        Assert.True(await _store.AddAsync(batch, Now, Cancellation));
        Assert.False(await _store.AddAsync(batch, Now, Cancellation));
        Assert.Equal(new DayUsage(1000, 2, 0, 0), (await ReadAsync("", "")).UsageOfToday);
    }

    [Fact]
    public async Task Money_without_tokens_is_no_demand_and_is_what_its_day_cost_beside_its_calls()
    {
        Assert.True(await _store.AddAsync(Batch(Call(Now, 700), Call(Now, -500, funding: FundingClass.External) with { Calls = 0 }, Call(Now, -200, corrects: Guid.CreateVersion7())), Now, Cancellation));
        var charges = Batch(Call(Now, 900, funding: FundingClass.External) with { Calls = 0 }, Call(Now, 30, funding: FundingClass.History) with { Calls = 0 });
        Assert.True(await _store.AddAsync(charges, Now, Cancellation));
        Assert.False(await _store.AddAsync(charges, Now, Cancellation));
        Assert.Equal(new DayUsage(500 - 500 + 930, 1, 0, 30, -500 + 930), (await ReadAsync("", "")).UsageOfToday);
        Assert.Equal(default, (await ReadAsync("team_search", "")).UsageOfToday);

        var (utc, today) = (BillingCalendar.Find("")!, new DateOnly(2026, 6, 10));
        var cell = Assert.Single((await new CellStore(_dataSource).ReadAsync("", utc, new DaySpan(today, today.AddDays(1)), Cancellation)).Cells).Value;
        Assert.Equal((1, 500), (cell.Calls, cell.CostNanos));
    }

    [Fact]
    public async Task Batch_delivered_many_times_at_once_counts_once()
    {
        var batch = Batch([.. Enumerable.Range(0, 30).Select(_ => Call(Now, 10))]);
        var entered = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _store.AddAsync(batch, Now, Cancellation)));

        Assert.Single(entered, isNew => isNew);
        Assert.Equal(new DayUsage(300, 30, 0, 0), (await ReadAsync("", "")).UsageOfToday);
    }

    [Fact]
    public async Task Batch_whose_sums_cannot_be_written_counts_when_it_is_delivered_again()
    {
        var batch = Batch(Call(Now, 700), Call(Now, 300, team: "te\0am"));
        await Assert.ThrowsAsync<PostgresException>(() => _store.AddAsync(batch, Now, Cancellation));

        var delivered = batch with { Items = [batch.Items[0], batch.Items[1] with { TeamId = "team_search" }] };
        Assert.True(await _store.AddAsync(delivered, Now, Cancellation));
        Assert.Equal(new DayUsage(1000, 2, 0, 0), (await ReadAsync("", "")).UsageOfToday);
    }

    [Fact]
    public async Task Batches_at_once_with_the_same_rows_in_any_order_add_up()
    {
        var models = Enumerable.Range(0, 40).Select(i => $"model_{i}").ToArray();
        await Task.WhenAll(Enumerable.Range(0, 12).Select(worker => _store.AddAsync(
            Batch([.. (worker % 2 == 0 ? models : models.Reverse()).Select(model => Call(Now, 5, model: model))]), Now, Cancellation)));

        Assert.Equal(new DayUsage(12 * 40 * 5, 12 * 40, 0, 0), (await ReadAsync("", "")).UsageOfToday);
    }

    [Fact]
    public async Task A_record_of_many_calls_counts_them_and_what_takes_it_back_leaves_none_whatever_comes_first()
    {
        var many = Call(Now, 700, funding: FundingClass.History) with { Calls = 40 };
        var back = Call(Now, -700, funding: FundingClass.History, corrects: many.RecordId) with { Calls = -40 };
        await _store.AddAsync(Batch(back), Now, Cancellation);
        await _store.AddAsync(Batch(many, Call(Now, 1)), Now, Cancellation);

        Assert.Equal(new DayUsage(1, 1, 0, 0), (await ReadAsync("", "")).UsageOfToday);
    }

    [Fact]
    public async Task Corrections_change_cost_and_are_no_calls_and_unpriced_calls_are_counted_apart()
    {
        var call = Call(Now, 700);
        await _store.AddAsync(Batch(Call(Now, -200, corrects: call.RecordId), call, Call(Now, null)), Now, Cancellation);

        Assert.Equal(new DayUsage(500, 2, 1, 0), (await ReadAsync("", "")).UsageOfToday);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Calls_whose_first_price_comes_late_are_priced_from_then_on_whichever_message_comes_first(bool isInOrder)
    {
        var many = Call(Now, null, funding: FundingClass.History) with { Calls = 40 };
        var price = Call(Now, 700, funding: FundingClass.History, corrects: many.RecordId) with { InputTokens = 0, OutputTokens = 0, PricedCalls = 40 };
        foreach (var item in isInOrder ? new[] { many, price } : [price, many])
        {
            await _store.AddAsync(Batch(item), Now, Cancellation);
        }

        await _store.AddAsync(Batch(Call(Now, null)), Now, Cancellation);
        Assert.Equal(new DayUsage(700, 41, 1, 700), (await ReadAsync("", "")).UsageOfToday);

        // What explains a change of spend sees them as calls, and not as cost that follows none.
        var (utc, today) = (BillingCalendar.Find("")!, new DateOnly(2026, 6, 10));
        var cell = Assert.Single((await new CellStore(_dataSource).ReadAsync("", utc, new DaySpan(today, today.AddDays(1)), Cancellation)).Cells).Value;
        Assert.Equal((40, 700), (cell.Calls, cell.CostNanos));
    }

    [Fact]
    public async Task Fallback_and_funding_are_kept_apart()
    {
        await _store.AddAsync(
            Batch(Call(Now, 700, fallback: true), Call(Now, 300), Call(Now, 40, funding: FundingClass.History)), Now, Cancellation);

        Assert.Equal(new DayUsage(1040, 3, 0, 40), (await ReadAsync("", "")).UsageOfToday);
        await using var command = _dataSource.CreateCommand(
            "SELECT sum(fallback_calls)::bigint, sum(fallback_cost_nanos)::bigint, count(*), sum(input_tokens)::bigint FROM usage_quarter");
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        await reader.ReadAsync(Cancellation);
        Assert.Equal((1L, 700L, 2L, 30L), (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3)));
    }

    [Fact]
    public async Task Team_sees_its_own_usage_and_the_organisation_all()
    {
        await _store.AddAsync(Batch(Call(Now, 700), Call(Now, 300, team: "team_search")), Now, Cancellation);

        Assert.Equal(300, (await ReadAsync("team_search", "")).UsageOfToday.CostNanos);
        Assert.Equal(1000, (await ReadAsync("", "")).UsageOfToday.CostNanos);
        Assert.Empty((await ReadAsync("team_none", "")).Days);
    }

    [Theory]
    [InlineData("", "1 110 1000")]
    [InlineData("Europe/Berlin", "11 1100")] // Days begin at 22:00 UTC.
    [InlineData("Asia/Kathmandu", "11 1100")] // At 18:15 UTC.
    [InlineData("America/Los_Angeles", "1 1110")] // At 07:00 UTC.
    public async Task Days_are_those_of_the_asked_zone(string zone, string costs)
    {
        await _store.AddAsync(
            Batch(
                Call(Utc("2026-06-08T22:00:00"), 1), Call(Utc("2026-06-09T18:14:59"), 10), Call(Utc("2026-06-09T23:59:59"), 100),
                Call(Utc("2026-06-10T00:00:00"), 1000)),
            Now, Cancellation);
        var series = await ReadAsync("", zone);

        Assert.Equal(costs, string.Join(' ', series.Days.Select(day => day.CostNanos).Where(cost => cost > 0)));
        Assert.Equal(new DateOnly(2026, 6, 10), series.Today);
    }

    [Fact]
    public async Task Days_without_usage_between_are_zeros_and_today_is_the_last()
    {
        await _store.AddAsync(Batch(Call(Utc("2026-06-06T08:00:00"), 5), Call(Utc("2026-06-08T08:00:00"), 7)), Now, Cancellation);
        var series = await ReadAsync("", "");

        Assert.Equal([5, 0, 7, 0, 0], series.Days.Select(day => day.CostNanos));
        Assert.Equal(new DateOnly(2026, 6, 6), series.FirstDay);
        Assert.Equal([5, 0, 7, 0], series.FullDays.Select(day => day.CostNanos));
    }

    [Fact]
    public async Task Usage_outside_the_asked_days_is_left_out()
    {
        await _store.AddAsync(Batch(Call(Utc("2026-05-31T23:59:59"), 5), Call(Utc("2026-06-01T00:00:00"), 7), Call(Utc("2026-06-11T00:00:00"), 9)), Now, Cancellation);
        var series = await ReadAsync("", "", days: 10);

        Assert.Equal(new DateOnly(2026, 6, 1), series.FirstDay);
        Assert.Equal(7, series.Days.Sum(day => day.CostNanos));
    }

    private Task<DailySeries> ReadAsync(string team, string zone, int days = 30)
    {
        var calendar = BillingCalendar.Find(zone)!;
        return DailySeries.ReadAsync(_store, team, calendar, calendar.DayOf(Now), days, Cancellation);
    }
}
