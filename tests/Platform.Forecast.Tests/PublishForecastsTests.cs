using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Controls;
using Platform.Forecast.Planning;
using Platform.Forecast.Publishing;
using Platform.Forecast.Versions;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

public sealed class PublishForecastsTests : IAsyncLifetime
{
    private ForecastFixture _forecast = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _forecast = await ForecastFixture.CreateAsync(Utc("2026-06-10T12:00:00"), Cancellation);
        _forecast.Organisation.Teams.AddRange(["team_search", "team_support"]);
        _forecast.Organisation.Prices.Add(new PriceRow { Provider = "openai", Model = "gpt-4o-mini", Tier = "standard", Currency = "USD", InputPerMillion = 150_000_000 });
    }

    public async ValueTask DisposeAsync() => await _forecast.DisposeAsync();

    [Fact]
    public async Task History_that_is_too_short_is_told_every_minute_and_says_what_is_missing()
    {
        Assert.Null(await PublishAsync());
        Assert.Null(await PublishAsync());
        _forecast.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await PublishAsync());

        var published = await OwedAsync();
        Assert.Equal((2, "USD", null), (published.Count, published[0].Currency, published[0].Version));
        Assert.Equal(["", "team_search", "team_support"], published[0].Scopes.Select(scope => scope.TeamId));
        Assert.All(published[0].Scopes, scope => Assert.Empty(scope.Ahead));
        Assert.StartsWith("There are 0 full days with usage; a forecast needs 14.", published[0].Scopes[0].Explanation, StringComparison.Ordinal);
        Assert.Empty(await _forecast.Get<VersionStore>().ListAsync(0, PublicationReason.Unspecified, 10, Cancellation));
    }

    [Fact]
    public async Task A_version_a_day_is_told_by_ends_of_days_and_then_of_months()
    {
        await SpendForDaysAsync(40, "team_support", 1_000_000);
        await SpendForDaysAsync(5, "team_search", 1_000_000);
        Assert.Equal((1, PublicationReason.Daily), Of(await PublishAsync()));
        Assert.Null(await PublishAsync());

        var told = Assert.Single(await OwedAsync());
        Assert.Equal(1, told.Version);
        Assert.Equal([110, 0, 110], told.Scopes.Select(scope => scope.Ahead.Count));
        var ahead = told.Scopes[2].Ahead;
        Assert.Equal(Utc("2026-06-11T00:00:00"), ahead[0].To);
        Assert.Equal(Utc("2026-09-18T00:00:00"), ahead[99].To);
        Assert.Equal(Utc("2026-10-01T00:00:00"), ahead[100].To);
        Assert.Equal(Utc("2027-07-01T00:00:00"), ahead[^1].To);

        // Half of today is left, and each day costs a million.
        Assert.InRange(ahead[0].P50Nanos, 450_000, 550_000);
        Assert.InRange(ahead[20].P50Nanos, 19_000_000, 22_000_000);
        Assert.All(ahead, day => Assert.True(day.P10Nanos <= day.P50Nanos && day.P50Nanos <= day.P90Nanos));
        Assert.All(ahead.Zip(ahead.Skip(1)), pair => Assert.True(pair.First.P50Nanos <= pair.Second.P50Nanos));

        // The next is of the next day, once yesterday's usage is in.
        _forecast.Time.SetUtcNow(Utc("2026-06-11T00:59:59"));
        Assert.Null(await PublishAsync());
        _forecast.Time.SetUtcNow(Utc("2026-06-11T01:00:00"));
        Assert.Equal((2, PublicationReason.Daily), Of(await PublishAsync()));
    }

    [Fact]
    public async Task Scopes_of_budgets_are_told_under_their_budgets_and_what_they_spent_is_asked_for_once()
    {
        await SpendForDaysAsync(40, "team_support", 1_000_000);
        BudgetView Budget(string id, BudgetScope scope) => new()
        {
            BudgetId = id, Name = id, Scope = scope, Period = BudgetPeriod.Month, AmountNanos = 4_000_000, SpentNanos = 0, PeriodTo = Utc("2026-07-01T00:00:00").ToTimestampUtc(),
        };
        _forecast.Organisation.Budgets.AddRange([Budget("ada", new BudgetScope { UserId = "ada" }), Budget("support", new BudgetScope { TeamId = "team_support" }), Budget("new", new BudgetScope { UserId = "bob" })]);
        _forecast.Organisation.BudgetDays.Add(new BudgetDays
        {
            BudgetId = "ada", Days = { Enumerable.Range(1, 40).Select(day => new BudgetDay { Day = new DateOnly(2026, 6, 10).AddDays(-day).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), SpentNanos = 250_000 }) },
        });
        await PublishAsync();

        var scopes = Assert.Single(await OwedAsync()).Scopes;
        Assert.Equal(["", "", "", "ada"], scopes.Select(scope => scope.BudgetId));
        Assert.Equal(100, scopes[3].Ahead.Count);
        Assert.Equal(scopes[2].Ahead[20].P50Nanos / 4.0, scopes[3].Ahead[20].P50Nanos, 100_000.0);
        Assert.Contains("Its share of the organisation over 40 days", scopes[3].Explanation, StringComparison.Ordinal);

        _forecast.Organisation.Budgets.RemoveAll(budget => budget.BudgetId == "new");
        var asked = _forecast.Organisation.DaysAsked;
        var outlooks = (await _forecast.Get<Layers.GetLayers>().RunAsync(new GetLayersRequest(), Cancellation)).Budgets;
        Assert.Equal(asked, _forecast.Organisation.DaysAsked);
        Assert.Equal(["ada", "support"], outlooks.Select(budget => budget.BudgetId));
        Assert.InRange(outlooks[0].Crossing, 0.9, 1);
        Assert.InRange(outlooks[0].Expected.ToDateTimeOffset(), Utc("2026-06-25T00:00:00"), Utc("2026-06-28T00:00:00"));
    }

    [Fact]
    public async Task Changes_of_the_plan_make_one_version_once_there_is_quiet_and_after_a_quarter_of_an_hour_in_any_case()
    {
        await SpendForDaysAsync(40, "team_support", 1_000_000);
        await PublishAsync();
        await PlanAsync("one", 100);
        _forecast.Time.Advance(TimeSpan.FromMinutes(1));
        await PlanAsync("two", 100);
        _forecast.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Null(await PublishAsync());
        _forecast.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((2, PublicationReason.PlanChange), Of(await PublishAsync()));
        Assert.Null(await PublishAsync());

        for (var minute = 0; minute < 15; minute++)
        {
            await PlanAsync($"again_{minute}", 100);
            _forecast.Time.Advance(TimeSpan.FromMinutes(1));
            Assert.Equal(minute < 14, await PublishAsync() is null);
        }
    }

    [Fact]
    public async Task A_price_that_is_to_change_makes_a_version_where_it_moves_a_month()
    {
        await SpendForDaysAsync(40, "team_support", 1_000_000);
        await PublishAsync();
        _forecast.Organisation.Prices.AddRange(PriceOf("o3", null, "2026-06-15"), PriceOf("o3", "2026-06-15", null));
        _forecast.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Null(await PublishAsync());

        _forecast.Organisation.Prices[0].EffectiveTo = Utc("2026-07-01T00:00:00").ToTimestampUtc();
        _forecast.Organisation.Prices.Add(PriceOf("gpt-4o-mini", "2026-07-01", null));
        _forecast.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Equal((2, PublicationReason.PriceChange), Of(await PublishAsync()));
        Assert.Null(await PublishAsync());

        var layers = await _forecast.Get<Layers.GetLayers>().RunAsync(new GetLayersRequest(), Cancellation);
        Assert.InRange(layers.Months[0].Layers[4].P50Nanos, 29_400_000, 30_500_000);
        Assert.InRange(layers.Months[1].Layers[4].P50Nanos, 15_000_000, 16_000_000);
        Assert.Contains("By the price book openai/gpt-4o-mini is to cost 50 % less from 2026-07-01 on: days from then on count at that price.", layers.Notes);

        // From the first on the past counts at the new price; what it moved was told before.
        _forecast.Time.SetUtcNow(Utc("2026-07-01T02:00:00"));
        var told = await _forecast.Get<Projection.GetForecast>().RunAsync(new GetForecastRequest(), Cancellation);
        Assert.Contains("openai/gpt-4o-mini costs 50 % less since 2026-07-01", told.Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_applied_policy_makes_a_version_and_an_allocation_does_not()
    {
        await SpendForDaysAsync(40, "team_support", 1_000_000);
        await PublishAsync();
        var now = _forecast.Time.GetUtcNow();
        await _forecast.Get<ControlStore>().AddAsync(new ControlEvent(Guid.CreateVersion7(), now, "allocation", "team_support", "wal_1", "key_1", "more"), now, Cancellation);
        _forecast.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.Null(await PublishAsync());
        await _forecast.Get<ControlStore>().AddAsync(new ControlEvent(Guid.CreateVersion7(), now, "policy", "", "7", "key_1", "cheaper"), _forecast.Time.GetUtcNow(), Cancellation);
        _forecast.Time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((2, PublicationReason.PolicyChange), Of(await PublishAsync()));
    }

    [Fact]
    public async Task Late_usage_makes_a_version_within_ten_minutes_if_it_moves_a_month_or_makes_one_possible()
    {
        await SpendForDaysAsync(40, "team_support", 1_000_000);
        await PublishAsync();
        await _forecast.Usage.AddAsync(Batch(Call(_forecast.Time.GetUtcNow().AddDays(-2), 1)), _forecast.Time.GetUtcNow(), Cancellation);
        _forecast.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.Null(await PublishAsync());
        await SpendForDaysAsync(30, "team_search", 1_000_000);
        _forecast.Time.Advance(TimeSpan.FromMinutes(9));
        Assert.Null(await PublishAsync());
        _forecast.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((2, PublicationReason.UsageChange), Of(await PublishAsync()));
    }

    [Fact]
    public async Task Many_teams_are_told_in_several_events_and_several_replicas_publish_once()
    {
        _forecast.Organisation.Teams.AddRange(Enumerable.Range(0, 120).Select(number => $"team_{number}"));
        await SpendForDaysAsync(40, "team_support", 1_000_000);
        var published = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            await using var replica = _forecast.Services();
            return await replica.GetRequiredService<PublishForecasts>().RunAsync(Cancellation);
        }));
        Assert.Equal(1, Assert.Single(published, head => head is not null)!.Version);
        Assert.Equal([50, 50, 23], (await OwedAsync()).Select(told => told.Scopes.Count));
        Assert.All(await OwedAsync(), told => Assert.Equal(1, told.Version));
    }

    private static PriceRow PriceOf(string model, string? from, string? to) => new()
    {
        PriceId = 2, Provider = "openai", Model = model, Currency = "USD", InputPerMillion = 75_000_000,
        EffectiveFrom = from is null ? null : Utc(from + "T00:00:00").ToTimestampUtc(), EffectiveTo = to is null ? null : Utc(to + "T00:00:00").ToTimestampUtc(),
    };

    private static (long, PublicationReason) Of(VersionHead? head) => head is null ? default : (head.Version, head.Reason);

    private Task<VersionHead?> PublishAsync() => _forecast.Get<PublishForecasts>().RunAsync(Cancellation);

    private Task<PlanItemView> PlanAsync(string id, long calls) => _forecast.Get<ChangePlan>().SetAsync(
        new SetItemRequest
        {
            IdempotencyKey = id,
            Item = new PlanItem { PlanId = id, Name = id, TeamId = "team_support", Model = "gpt-4o-mini", StartsOn = "2026-06-20", CallsPerDay = calls, InputTokens = 1000 },
        },
        "key_1", Cancellation);

    private async Task SpendForDaysAsync(int days, string team, long costNanos) => await _forecast.Usage.AddAsync(
        Batch([.. Enumerable.Range(1, days).Select(day => Call(_forecast.Time.GetUtcNow().AddDays(-day), costNanos, team))]), _forecast.Time.GetUtcNow(), Cancellation);

    private async Task<List<ForecastPublished>> OwedAsync()
    {
        await using var command = _forecast.DataSource.CreateCommand("SELECT body FROM outbox ORDER BY outbox_id");
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        var events = new List<ForecastPublished>();
        while (await reader.ReadAsync(Cancellation))
        {
            events.Add(JsonSerializer.Deserialize<ForecastPublished>(reader.GetString(0), JsonSerializerOptions.Web)!);
        }

        return events;
    }
}
