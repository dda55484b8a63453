using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Budgets;

namespace Platform.Metering.Tests.Budgets;

public sealed class BudgetForecastTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 10, 12, 0, 0, TimeSpan.Zero);
    private static readonly CalendarPeriod June = new(new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero), new(2026, 7, 1, 0, 0, 0, TimeSpan.Zero));

    private static readonly string[] Teams = ["", "team_support"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0, 500, 2_550)]    // 50 for the rest of today and 100 a day for 20 days.
    [InlineData(6, 500, 2_525)]    // Half of today's rest is over.
    [InlineData(12, 500, 2_500)]
    [InlineData(36, 500, 2_400)]
    [InlineData(48, 0, 1_850)]
    public void Projection_is_what_was_spent_and_what_the_forecast_sees_from_now_on(int hoursLater, long spent, long projected) =>
        Assert.Equal(projected, ProjectedSpend.Of(June, spent, Forecast(days: 30), Noon.AddHours(hoursLater)).Nanos);

    [Fact]
    public void Projection_says_why_there_is_none()
    {
        Assert.Contains("No forecast", Note(null, Noon));
        Assert.Contains("too old", Note(Forecast(30), Noon.AddHours(49)));
        Assert.Contains("reaches to 2026-06-30 00:00Z", Note(Forecast(20), Noon));
        Assert.Equal("14 days are missing.", Note(Forecast(0) with { Explanation = "14 days are missing." }, Noon));
        Assert.Equal(2_550, ProjectedSpend.Of(June, 500, Forecast(21), Noon).Nanos);

        static string Note(KnownForecast? forecast, DateTimeOffset now)
        {
            var (nanos, note) = ProjectedSpend.Of(June, 0, forecast, now);
            Assert.Null(nanos);
            return note;
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Forecast_above_a_threshold_is_told_once_until_a_later_one_or_more_spend_reaches_the_next()
    {
        await using var budgets = await BudgetTime.BeginAsync(Noon);
        await budgets.SetAsync("all", 3_000, request => request.ForecastPercents = new BudgetPercents { Percents = { 80, 100 } });
        await budgets.SetAsync("support", 3_000, request => request.Scope = new BudgetScope { TeamId = "team_support" });
        await budgets.LookAsync();
        await PublishAsync(budgets, Noon, centsADay: 100);
        await budgets.LookAsync();
        Assert.Empty(await budgets.ToldAsync());
        Assert.Equal(2_050 * BudgetTime.Cent, (await budgets.GetAsync("all")).ProjectedNanos);

        await budgets.SpendAsync(351);
        await budgets.LookAsync();
        await PublishAsync(budgets, Noon.AddHours(-1), centsADay: 9_999);
        await budgets.LookAsync();
        Assert.Equal(["all forecast 80"], await budgets.ToldAsync());
        var told = (await budgets.OwedAsync<BudgetThresholdCrossed>()).Single();
        Assert.InRange(told.ProjectedNanos!.Value, 2_400 * BudgetTime.Cent, 2_401 * BudgetTime.Cent);
        Assert.Equal(351 * BudgetTime.Cent, told.SpentNanos);

        await PublishAsync(budgets, Noon.AddHours(1), centsADay: 140);
        await budgets.LookAsync();
        await PublishAsync(budgets, Noon.AddHours(2), centsADay: 141);
        await budgets.LookAsync();
        Assert.Equal(["all forecast 80", "all forecast 100", "support forecast 100"], (await budgets.ToldAsync()).OrderBy(text => text.Length));
    }

    [Fact(Timeout = 300_000)]
    public async Task Forecast_of_a_budgets_own_scope_is_that_budgets_alone()
    {
        await using var budgets = await BudgetTime.BeginAsync(Noon);
        await budgets.SetAsync("model", 1_000, request =>
        {
            request.Scope = new BudgetScope { TeamId = "team_support", Model = "gpt-4o" };
            request.ForecastPercents = new BudgetPercents { Percents = { 100 } };
        });
        await budgets.SetAsync("other", 1_000, request => request.Scope = new BudgetScope { TeamId = "team_support", Model = "gpt-4o" });
        await PublishAsync(budgets, Noon, centsADay: 100);
        await budgets.LookAsync();
        Assert.Empty(await budgets.ToldAsync());
        Assert.Contains("No forecast of this scope", (await budgets.GetAsync("model")).ForecastNote);

        var own = Published(Noon, 50) is var published ? published with { Scopes = [published.Scopes[0] with { BudgetId = "model" }] } : null;
        Assert.True(await budgets.Metering.Get<KeepForecast>().RunAsync(own!, Cancel));
        await budgets.LookAsync();
        Assert.Equal(["model forecast 100"], await budgets.ToldAsync());
        Assert.Equal(1_025 * BudgetTime.Cent, (await budgets.GetAsync("model")).ProjectedNanos);
        Assert.False((await budgets.GetAsync("other")).HasProjectedNanos);
    }

    [Fact(Timeout = 300_000)]
    public async Task Forecast_that_is_delivered_twice_or_late_changes_nothing()
    {
        await using var budgets = await BudgetTime.BeginAsync(Noon);
        var published = Published(Noon, 100);
        var keep = budgets.Metering.Get<KeepForecast>();
        Assert.True(await keep.RunAsync(published, Cancel));
        Assert.False(await keep.RunAsync(published, Cancel));
        Assert.True(await keep.RunAsync(Published(Noon.AddMinutes(-1), 1), Cancel));
        await budgets.SetAsync("all", 100);
        await budgets.LookAsync();
        Assert.Equal(2_050 * BudgetTime.Cent, (await budgets.GetAsync("all")).ProjectedNanos);
    }

    private static Task<bool> PublishAsync(BudgetTime budgets, DateTimeOffset asOf, long centsADay) =>
        budgets.Metering.Get<KeepForecast>().RunAsync(Published(asOf, centsADay), Cancel);

    private static ForecastPublished Published(DateTimeOffset asOf, long centsADay) => new(
        Guid.CreateVersion7(), asOf, "USD",
        [.. Teams.Select(team => new ForecastScope(
            team, "Made by hand.", [.. Enumerable.Range(0, 30).Select(day => Day(day, ((2 * day) + 1) * centsADay * BudgetTime.Cent / 2))]))]);

    private static SpendThrough Day(int day, long nanos) => new(new DateTimeOffset(2026, 6, 11, 0, 0, 0, TimeSpan.Zero).AddDays(day), nanos / 2, nanos, 2 * nanos);

    private static KnownForecast Forecast(int days) => new(
        new ForecastKey("", ""), Noon, "Made by hand.", [.. Enumerable.Range(0, days).Select(day => (new DateTimeOffset(2026, 6, 11, 0, 0, 0, TimeSpan.Zero).AddDays(day), (long)(50 + (100 * day))))]);
}
