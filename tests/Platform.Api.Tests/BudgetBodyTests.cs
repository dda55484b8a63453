using System.Net;
using System.Text.Json;
using Platform.Api.Budgets;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Tests;

/// <summary>What REST answers of budgets, to the letter, and what it refuses before it asks anybody.</summary>
public sealed class BudgetBodyTests(RunningApi api) : IClassFixture<RunningApi>
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Budget_is_told_whole_and_never_rounds_up_to_a_threshold() => Assert.Equal(
        """
        {"budget_id":"all","name":"All","scope":{"team_id":"team_a","user_id":"","key_id":"","provider":"","model":"","workload":"","lane":"","tag_key":"","tag_value":""},"period":"month","time_zone":"UTC","amount":3.000000000,"currency":"USD","status":"warning","spent":2.999999999,"spent_percent":99.99,"projected":4.500000000,"forecast_note":"Made.","period_from":"2026-06-01T12:00:00Z","period_to":"2026-06-01T12:00:01Z","counted_until":"2026-06-01T12:00:02Z","actual_percents":[50,100],"forecast_percents":[100],"rate_alerts":true,"hard_limit":true,"cap_state":"pending","cap_id":"","cap_problem":"","snoozed_until":null,"open":1,"crossings":[{"crossing_id":"c","basis":"forecast","percent":100,"amount":3.000000000,"spent":1.000000000,"projected":3.000000000,"period_from":"2026-06-01T12:00:00Z","period_to":"2026-06-01T12:00:01Z","version":2,"noticed_at":"2026-06-01T12:00:00Z","told_at":null,"acknowledged_at":null,"acknowledged_by":"","note":""}],"version":2,"created_at":"2026-06-01T12:00:00Z","changed_at":"2026-06-01T12:00:01Z","changed_by":"key_1"}
        """,
        Json(BudgetBody.From(new BudgetView
        {
            BudgetId = "all", Name = "All", Scope = new BudgetScope { TeamId = "team_a" }, Period = BudgetPeriod.Month, TimeZone = "UTC", AmountNanos = 3_000_000_000,
            Currency = "USD", Status = BudgetStatus.Warning, SpentNanos = 2_999_999_999, ProjectedNanos = 4_500_000_000, ForecastNote = "Made.", PeriodFrom = At(0),
            PeriodTo = At(1), CountedUntil = At(2), ActualPercents = { 50, 100 }, ForecastPercents = { 100 }, RateAlerts = true, HardLimit = true,
            CapState = CapState.Pending, Open = 1, Version = 2, CreatedAt = At(0), ChangedAt = At(1), ChangedBy = "key_1",
            Crossings =
            {
                new BudgetCrossing
                {
                    CrossingId = "c", Basis = ThresholdBasis.Forecast, Percent = 100, AmountNanos = 3_000_000_000, SpentNanos = 1_000_000_000,
                    ProjectedNanos = 3_000_000_000, PeriodFrom = At(0), PeriodTo = At(1), Version = 2, NoticedAt = At(0),
                },
            },
        })));

    [Fact]
    public void Budget_that_is_being_counted_tells_no_figures()
    {
        var body = Json(BudgetBody.From(new BudgetView { Scope = new BudgetScope(), AmountNanos = 3_000_000_000, Status = BudgetStatus.Counting }));
        Assert.Contains("""
            "status":"counting","spent":null,"spent_percent":null,"projected":null
            """, body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{}""", "budget_id is required.")]
    [InlineData("""{"budget_id":"b","amount":5}""", "currency is required.")]
    [InlineData("""{"budget_id":"b","amount":0,"currency":"USD"}""", "amount must be above zero; it is 0.00.")]
    [InlineData("""{"budget_id":"b","period":"fortnight"}""", "There is no period 'fortnight'. Periods: day, week, month, quarter, year.")]
    public async Task Budget_that_says_too_little_is_refused_without_asking(string body, string detail)
    {
        using var answer = await api.PostAsync("/v1/budgets", body);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(detail, problem.RootElement.GetProperty("detail").GetString());
    }

    private static Google.Protobuf.WellKnownTypes.Timestamp At(int second) => Now.AddSeconds(second).ToTimestampUtc();

    private static string Json<T>(T body)
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web);
        ApiApp.ConfigureJson(options);
        return JsonSerializer.Serialize(body, options);
    }
}
