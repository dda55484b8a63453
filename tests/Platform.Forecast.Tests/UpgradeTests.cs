using Npgsql;
using Platform.Contracts.Events;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Accuracy;
using Platform.Forecast.Publishing;
using Platform.Forecast.Series;
using Platform.Forecast.Versions;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

/// <summary>What a version of the service before decision 0239 left, read and gone on with by this one.</summary>
public sealed class UpgradeTests
{
    private const int BeforeLateCosts = 18;
    private const long Given = -3_000_000_000;
    private const long SaidOfJune = 50_000_000_000;

    /// <summary>The first version was published on the tenth, and on the twentieth a credit note came of the second, which was counted by then.</summary>
    private static readonly DateTimeOffset Published = Utc("2026-06-10T01:00:00");
    private static readonly DateTimeOffset Upgraded = Utc("2026-06-20T02:00:00");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Versions_of_before_late_costs_were_noted_are_judged_as_they_were_and_the_first_afterwards_notes_what_came_late_until_then()
    {
        await using var forecast = await UpgradedAsync();
        Assert.Empty(await forecast.Get<ActualStore>().ReadLateOfVersionsAsync(new DateOnly(2026, 4, 1), null, Cancellation));
        var next = (await forecast.Get<PublishForecasts>().RunAsync(Cancellation))!;
        Assert.Equal([new LateCost(next.Version, "team_search", new DateOnly(2026, 6, 2), Given)], await forecast.Get<ActualStore>().ReadLateOfVersionsAsync(new DateOnly(2026, 4, 1), null, Cancellation));

        // June is over, and its last day counted.
        forecast.Time.SetUtcNow(Utc("2026-07-05T01:00:00"));
        await forecast.Get<PublishForecasts>().RunAsync(Cancellation);
        var counted = (await forecast.Usage.ReadDaysAsync("", BillingCalendar.Find("")!, new DateOnly(2026, 6, 1), new DateOnly(2026, 7, 1), Cancellation)).Sum(day => day.Usage.CostNanos) - Given;
        Assert.Equal((counted, SaidOfJune), await MonthEndAsync(forecast, 1));
        Assert.Equal(counted + Given, (await MonthEndAsync(forecast, next.Version)).Came);
    }

    [Fact]
    public async Task Of_a_version_that_did_not_keep_them_it_is_not_known_what_credit_notes_moved()
    {
        await using var forecast = await UpgradedAsync();
        var next = (await forecast.Get<PublishForecasts>().RunAsync(Cancellation))!;
        var first = await forecast.Get<ShowVersions>().GetAsync(new GetVersionRequest { Version = 1 }, Cancellation);
        var moved = await forecast.Get<CompareVersions>().RunAsync(new CompareVersionsRequest { FromVersion = 1, ToVersion = next.Version }, Cancellation);

        Assert.All(first.Targets, target => Assert.False(target.HasAdjustmentNanos));
        Assert.Equal(SaidOfJune, first.Targets[0].Layers[4].P50Nanos);
        Assert.False(moved.Total.HasAdjustmentNanos);
        Assert.Equal(moved.Total.DifferenceNanos, moved.Differences.Sum(difference => difference.DifferenceNanos));

        // Team search was in the version of before; what that had of it, nobody knows. Of team support, which it had not, there was none.
        Assert.False(moved.Differences.Single(difference => difference is { TeamId: "team_search", Layer: Layer.Baseline }).HasAdjustmentNanos);
        Assert.True(moved.Differences.Single(difference => difference is { TeamId: "team_support", Layer: Layer.Baseline }) is { HasAdjustmentNanos: true, AdjustmentNanos: 0 });
    }

    [Fact]
    public async Task Of_a_month_that_had_not_begun_a_version_had_none_of_them_whether_it_kept_them_or_not()
    {
        await using var forecast = await UpgradedAsync();
        forecast.Time.SetUtcNow(Utc("2026-07-05T01:00:00"));
        var note = Call(Utc("2026-07-02T10:00:00"), Given, "team_search", "", FundingClass.External) with { Calls = 0, Workload = "", InputTokens = 0, OutputTokens = 0 };
        await forecast.Usage.AddAsync(Batch(note), forecast.Time.GetUtcNow(), Cancellation);
        var next = (await forecast.Get<PublishForecasts>().RunAsync(Cancellation))!;
        var moved = await forecast.Get<CompareVersions>().RunAsync(new CompareVersionsRequest { FromVersion = 1, ToVersion = next.Version, Month = "2026-07" }, Cancellation);

        Assert.True(moved.Total is { HasAdjustmentNanos: true, AdjustmentNanos: Given });
        Assert.True(moved.Differences.Single(difference => difference is { TeamId: "team_search", Layer: Layer.Baseline }) is { HasAdjustmentNanos: true, AdjustmentNanos: Given });
    }

    private static async Task<ForecastFixture> UpgradedAsync()
    {
        var forecast = await ForecastFixture.UpgradedAsync(Upgraded, "forecast18", BeforeLateCosts, FillAsync, Cancellation);
        forecast.Organisation.Teams.AddRange(["team_search", "team_support"]);
        return forecast;
    }

    private static async Task FillAsync(NpgsqlDataSource source)
    {
        var usage = new UsageSeriesStore(source);
        foreach (var (team, seed) in new[] { ("team_search", 1), ("team_support", 2) })
        {
            await usage.AddAsync(Batch([.. Synthetic.Team(seed, 60).Select((dollars, day) => Call(Upgraded.AddDays(day - 60), (long)(dollars * 1e8), team))]), Upgraded.AddDays(-1), Cancellation);
        }

        await using (var version = source.CreateCommand($$"""
            INSERT INTO forecast_version (version, as_of, published_by, reason, description, scenario_id, engine, seed, time_zone, currency, too_short, plan_digest, policies, settled, calendar, prices)
            VALUES (1, '{{Published:O}}', 'forecast', 'daily', '', NULL, '5', 1, 'UTC', 'USD', '{}', '', 0, 0, 0, '');
            INSERT INTO forecast_figure (version, team_id, kind, from_day, to_day, figures, run_rate, seasonal_naive)
            SELECT 1, team, 'month', month, (month + interval '1 month')::date, ARRAY[0, said, said, said, said, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, said, said, said, said], said, said
            FROM (VALUES ('', {{SaidOfJune}}), ('team_search', {{SaidOfJune}})) AS told (team, said), (VALUES (date '2026-06-01'), ('2026-07-01')) AS months (month)
            """))
        {
            await version.ExecuteNonQueryAsync(Cancellation);
        }

        await using (var connection = await source.OpenConnectionAsync(Cancellation))
        {
            await using var transaction = await connection.BeginTransactionAsync(Cancellation);
            await ActualStore.CountAsync(transaction, Upgraded.AddDays(-1), Cancellation);
            await transaction.CommitAsync(Cancellation);
        }

        var note = Call(Utc("2026-06-02T10:00:00"), Given, "team_search", "", FundingClass.External) with { Calls = 0, Workload = "", InputTokens = 0, OutputTokens = 0 };
        await usage.AddAsync(Batch(note), Upgraded.AddHours(-1), Cancellation);
    }

    private static async Task<(long Came, long Said)> MonthEndAsync(ForecastFixture forecast, long version)
    {
        var report = await forecast.Get<GetAccuracy>().RunAsync(new GetAccuracyRequest { Version = version }, Cancellation);
        return report.Rows.Single(row => row is { Kind: "month_end", Layer: Layer.Total }) is var row ? (row.ActualNanos, row.ForecastNanos) : default;
    }
}
