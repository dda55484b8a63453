using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Controls;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Forecast.Variances;
using Platform.Postgres;
using Platform.Postgres.Forgetting;
using Platform.Testing;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

/// <summary>Quarter hours are forgotten, and the days of UTC that they were part of are not.</summary>
public sealed class KeptQuartersTests
{
    private static readonly DateTimeOffset Now = Utc("2026-06-10T12:00:00");
    private static readonly BillingCalendar Zone = BillingCalendar.Find("Asia/Kathmandu")!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sums_by_day_are_those_of_their_quarter_hours()
    {
        await using var forecast = await ForecastFixture.CreateAsync(Now, Cancellation);
        await FillAsync(forecast);
        await AssertDaysAsync(forecast.DataSource);

        // And they are read as such.
        var (utc, today) = (BillingCalendar.Find("")!, new DateOnly(2026, 6, 10));
        var days = await forecast.Usage.ReadDaysAsync("", utc, today.AddDays(-3), today, Cancellation);
        Assert.Equal([(1, 7, 7), (2, 12, 5)], days.Select(day => (day.Day, day.Usage.CostNanos, day.Usage.HistoryCostNanos)));
        Assert.Equal(12, (await forecast.Get<SegmentStore>().ReadImportedAsync("team_support", utc, today.AddDays(-3), Cancellation))["team_support"]);
    }

    [Fact]
    public async Task A_database_of_before_has_the_days_of_its_quarter_hours()
    {
        var (old, made) = (string.Empty, 0);
        await using var forecast = await ForecastFixture.CreateAsync(Now, Cancellation);
        await FillAsync(forecast);
        await using (var dump = forecast.DataSource.CreateCommand(
            "SELECT string_agg(format('(%L, %L::timestamptz, %L, %L, %L, %s, %s)', team_id, quarter_start, workload, lane, reason, attempts, estimated_nanos), ',') FROM denied_quarter"))
        {
            old = $"INSERT INTO denied_quarter VALUES {(string)(await dump.ExecuteScalarAsync(Cancellation))!};";
        }

        var database = await TestPostgres.CreateDatabaseAsync("forecast11", async connectionString =>
        {
            await using var template = NpgsqlDataSource.Create(connectionString);
            await new Migrator(template, TimeProvider.System).MigrateAsync(typeof(UsageSeriesStore).Assembly, Cancellation, upTo: 11);
            await using var fill = template.CreateCommand(old + """
                INSERT INTO usage_quarter (team_id, quarter_start, workload, lane, provider, model, funding, cost_nanos, calls, input_tokens, output_tokens, unpriced_calls, fallback_calls, fallback_cost_nanos)
                SELECT 'team_support', moment, 'interactive', '', 'openai', 'gpt-4o', funding, 5, 1, 1, 1, 0, 0, 0
                FROM generate_series('2026-06-08 23:30Z'::timestamptz, '2026-06-09 00:30Z', '15 minutes') AS moment, unnest(ARRAY['history', 'leased']) AS funding;
                INSERT INTO usage_day (team_id, workload, lane, day, provider, model, cost_nanos, calls, unpriced_calls, input_tokens, output_tokens)
                SELECT team_id, workload, lane, (quarter_start AT TIME ZONE 'UTC')::date, provider, model, sum(cost_nanos), sum(calls), 0, sum(input_tokens), sum(output_tokens)
                FROM usage_quarter GROUP BY 1, 2, 3, 4, 5, 6;
                """);
            made = await fill.ExecuteNonQueryAsync(Cancellation);
            await new Migrator(template, TimeProvider.System).MigrateAsync(typeof(UsageSeriesStore).Assembly, Cancellation);
        });
        await using var source = NpgsqlDataSource.Create(database);
        Assert.True(made > 10);
        await AssertDaysAsync(source);
    }

    [Fact]
    public async Task What_is_too_old_is_forgotten_and_asking_for_it_in_another_zone_is_refused()
    {
        await using var forecast = await ForecastFixture.CreateAsync(Now, Cancellation);
        forecast.Organisation.Teams.Add("team_support");
        var kept = Now.AddDays(1 - KeptQuarters.Days);
        await forecast.Usage.AddAsync(Batch(Call(Now, 1), Call(kept, 10), Call(Now.AddDays(-KeptQuarters.Days).AddMinutes(-15), 100)), Now, Cancellation);

        Assert.Equal(1, await ForgetAsync(forecast, "usage_quarter"));
        Assert.Equal(0, await ForgetAsync(forecast, "usage_quarter"));
        Assert.Equal("11 111", await ScalarAsync(forecast.DataSource, "SELECT (SELECT sum(cost_nanos) FROM usage_quarter) || ' ' || (SELECT sum(cost_nanos) FROM usage_day)"));

        // Of changes only those that a day which runs somewhere may hold.
        Assert.Equal(2, await ForgetAsync(forecast, "series_quarter"));
        Assert.Equal("1", await ScalarAsync(forecast.DataSource, "SELECT sum(changes) || '' FROM series_quarter"));

        var ask = (string zone) => forecast.Get<GetVariance>().RunAsync(new GetVarianceRequest { Comparison = Comparison.Month, At = "2025-02-15", TimeZone = zone }, Cancellation);
        var refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => ask("Asia/Kathmandu"));
        Assert.Equal((Reasons.UsageNotKept, Grpc.Core.StatusCode.FailedPrecondition), (RpcErrors.ReasonOf(refused), refused.StatusCode));
        Assert.Equal(110, (await ask("")).Total.CurrentNanos);
    }

    [Theory]
    [InlineData(491, true)]
    [InlineData(492, false)]
    public void A_day_of_which_a_part_is_gone_is_not_kept(int daysBack, bool isKept)
    {
        var (now, day) = (Utc("2026-06-10T18:14:59"), new DateOnly(2026, 6, 10).AddDays(-daysBack));
        Assert.Equal(isKept, Zone.StartOf(day) >= now.AddDays(-KeptQuarters.Days));
        if (isKept)
        {
            KeptQuarters.Require(Zone, day, now);
        }
        else
        {
            Assert.Throws<Grpc.Core.RpcException>(() => KeptQuarters.Require(Zone, day, now));
        }

        KeptQuarters.Require(BillingCalendar.Find("")!, new DateOnly(2001, 1, 1), now);
    }

    [Fact]
    public void A_day_that_began_an_hour_before_by_summer_time_is_not_kept()
    {
        // In winter; 492 days before, half past midnight in summer.
        var (berlin, now) = (BillingCalendar.Find("Europe/Berlin")!, Utc("2026-12-10T22:30:00"));
        Assert.True(berlin.StartOf(new DateOnly(2025, 8, 6)) < now.AddDays(-KeptQuarters.Days));

        Assert.Throws<Grpc.Core.RpcException>(() => KeptQuarters.Require(berlin, new DateOnly(2025, 8, 6), now));
        KeptQuarters.Require(berlin, new DateOnly(2025, 8, 7), now);
    }

    /// <summary>Usage and refusals on both sides of midnights of UTC.</summary>
    private static async Task FillAsync(ForecastFixture forecast)
    {
        var batch = Batch(
            Call(Utc("2026-06-08T23:59:00"), 7, funding: FundingClass.History), Call(Utc("2026-06-09T00:00:00"), 5, funding: FundingClass.History), Call(Utc("2026-06-09T00:20:00"), 4),
            Call(Utc("2026-06-09T12:00:00"), 3, model: "gpt-4o"), Call(Now, 1));
        await forecast.Usage.AddAsync(batch, Now, Cancellation);
        var denied = new DeniedDemandStore(forecast.DataSource);
        foreach (var (at, nanos, reason) in new[]
        {
            ("2026-06-08T23:59:00", 5L, Reasons.CapReached), ("2026-06-09T00:00:00", 6, Reasons.CapReached), ("2026-06-09T08:00:00", 7, Reasons.CapReached),
            ("2026-06-09T08:01:00", 8, Reasons.InsufficientFunds), ("2026-06-10T08:01:00", 9, Reasons.ObservedCapReached),
        })
        {
            await denied.AddAsync(new DemandRecorded(Guid.NewGuid(), "team_support", "interactive", "", reason, nanos, "USD", Utc(at)), Now, Cancellation);
        }
    }

    private static async Task AssertDaysAsync(NpgsqlDataSource source)
    {
        const string different = """
            WITH known AS (SELECT team_id, workload, lane, day, reason, attempts::numeric, estimated_nanos::numeric FROM denied_day),
                 summed AS (SELECT team_id, workload, lane, (quarter_start AT TIME ZONE 'UTC')::date, reason, sum(attempts), sum(estimated_nanos) FROM denied_quarter GROUP BY 1, 2, 3, 4, 5),
                 imported AS (SELECT day, sum(history_cost_nanos) FROM usage_day GROUP BY 1),
                 history AS (SELECT (quarter_start AT TIME ZONE 'UTC')::date, coalesce(sum(cost_nanos) FILTER (WHERE funding = 'history'), 0) FROM usage_quarter GROUP BY 1)
            SELECT (SELECT count(*) FROM ((TABLE known EXCEPT TABLE summed) UNION ALL (TABLE summed EXCEPT TABLE known)) AS denied) || ' '
                || (SELECT count(*) FROM ((TABLE imported EXCEPT TABLE history) UNION ALL (TABLE history EXCEPT TABLE imported)) AS used) || ' '
                || (SELECT count(*) > 3 FROM denied_day) || ' ' || (SELECT sum(history_cost_nanos) > 0 FROM usage_day)
            """;
        Assert.Equal("0 0 true true", await ScalarAsync(source, different));
    }

    private static async Task<string> ScalarAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    private static Task<long> ForgetAsync(ForecastFixture forecast, string table) => new ForgetOldRows(
        forecast.DataSource, KeptQuarters.Tables.Where(known => known.Name == table), Options.Create(new ForgettingOptions()), forecast.Time, NullLogger<ForgetOldRows>.Instance).RunAsync(Cancellation);
}
