using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Publishing;
using Platform.Forecast.Versions;
using Platform.Postgres;
using Platform.Testing;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

public sealed class VersionTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = Utc("2026-06-10T15:20:00");
    private ForecastFixture _forecast = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _forecast = await ForecastFixture.CreateAsync(Now, Cancellation);
        _forecast.Organisation.Teams.AddRange(["team_search", "team_support"]);
        _forecast.Organisation.Prices.Add(new PriceRow { Provider = "openai", Model = "gpt-4o-mini", Tier = "standard", Currency = "USD", InputPerMillion = 150_000_000 });
        foreach (var (team, workload, seed) in new[] { ("team_search", "interactive", 1), ("team_support", "interactive", 2), ("team_support", "batch", 3) })
        {
            var days = Synthetic.Team(seed, 50).Select((dollars, day) => Call(Now.AddDays(day - 50), (long)(dollars * 1e8), team, fallback: day % 9 == 0) with
            {
                Workload = workload, PrimaryCostNanos = (long)(dollars * 5e7), DefaultCostNanos = (long)(dollars * 2e8),
            });
            await _forecast.Usage.AddAsync(Batch([.. days]), Now, Cancellation);
        }

        await PlanAsync("launch", 1001);
    }

    public async ValueTask DisposeAsync() => await _forecast.DisposeAsync();

    [Fact]
    public async Task Versions_of_before_prices_were_known_stay_as_they_are()
    {
        var database = await TestPostgres.CreateDatabaseAsync("forecast15", async connectionString =>
        {
            await using var template = NpgsqlDataSource.Create(connectionString);
            await new Migrator(template, TimeProvider.System).MigrateAsync(typeof(VersionStore).Assembly, Cancellation, upTo: 15);
            await using var fill = template.CreateCommand("""
                INSERT INTO forecast_version (version, as_of, published_by, reason, description, scenario_id, engine, seed, time_zone, currency, too_short, plan_digest, policies, settled, calendar)
                VALUES (1, '2026-06-09Z', 'forecast', 'calendar_change', '', NULL, '5', 1, 'UTC', 'USD', '{}', '', 1, 2, 3)
                """);
            await fill.ExecuteNonQueryAsync(Cancellation);
            await new Migrator(template, TimeProvider.System).MigrateAsync(typeof(VersionStore).Assembly, Cancellation);
        });
        await using var source = NpgsqlDataSource.Create(database);
        var known = (await new VersionStore(source).ListAsync(0, PublicationReason.Unspecified, 10, Cancellation)).Single();
        Assert.Equal((1, PublicationReason.CalendarChange, new PublicationInputs("", 1, 2, 3)), (known.Version, known.Reason, known.Inputs));

        await using var connection = await source.OpenConnectionAsync(Cancellation);
        await using var transaction = await connection.BeginTransactionAsync(Cancellation);
        var next = known with { Version = 2, Reason = PublicationReason.PriceChange, Inputs = known.Inputs with { Prices = "cheaper/1" } };
        await VersionStore.WriteAsync(transaction, next, [], [], Cancellation);
        await transaction.CommitAsync(Cancellation);
        Assert.Equal(next.Inputs, (await new VersionStore(source).ListAsync(0, PublicationReason.PriceChange, 10, Cancellation)).Single().Inputs);
    }

    [Fact]
    public async Task A_version_says_what_the_layered_answer_says_at_its_moment()
    {
        var head = await PublishAsync("first");
        Assert.Equal((1, "key_1", PublicationReason.OnDemand, "why first", "UTC", "USD"), (head.Version, head.PublishedBy, head.Reason, head.Description, head.TimeZone, head.Currency));
        foreach (var team in new[] { "", "team_search", "team_support" })
        {
            var version = await _forecast.Get<ShowVersions>().GetAsync(new GetVersionRequest { Version = 1, TeamId = team }, Cancellation);
            var layers = await _forecast.Get<GetLayers>().RunAsync(new GetLayersRequest { TeamId = team }, Cancellation);
            var periods = layers.Months.Select(month => (Kind: "month", Period: month))
                .Concat(layers.Periods.Where(period => period.Kind is PeriodKind.Quarter or PeriodKind.NextQuarter).Select(period => (Kind: "quarter", Period: period)))
                .Concat(layers.Periods.Where(period => period.Kind == PeriodKind.TwelveMonths).Select(period => (Kind: "twelve_months", Period: period)));
            foreach (var (kind, period) in periods)
            {
                var target = version.Targets.Single(target => target.Kind == kind && target.From == Day(period.PeriodStart) && target.To == Day(period.PeriodEnd));
                Assert.Equal(period.Layers, target.Layers);
            }

            var total = layers.Months[0].Layers[4];
            Assert.Equal(head, version.Version);
            Assert.True(team.Length > 0 || (head.MonthEndP10Nanos, head.MonthEndP50Nanos, head.MonthEndP90Nanos) == (total.P10Nanos, total.P50Nanos, total.P90Nanos));
            Assert.Equal(["2026-06-11", "2026-06-13", "2026-06-17", "2026-06-24", "2026-07-08"], version.Targets.Where(target => target.Kind == "day").Select(target => target.From));
            Assert.Equal(["2026-06-18", "2026-07-09"], version.Targets.Where(target => target.Kind == "days").Select(target => target.To));
            Assert.All(version.Targets, target => Assert.Equal(target.Layers[4].ExpectedNanos, target.Layers.Take(4).Sum(layer => layer.ExpectedNanos)));
        }
    }

    [Fact]
    public async Task What_is_published_cannot_be_changed_or_deleted()
    {
        await PublishAsync("first");
        string[] tables = ["forecast_version", "forecast_figure", "forecast_version_plan", "forecast_actual_day", "forecast_actual", "forecast_late"];
        foreach (var table in tables)
        {
            foreach (var sql in new[] { $"DELETE FROM {table}", $"UPDATE {table} SET {(table.Contains("actual", StringComparison.Ordinal) ? "day = day" : "version = version")}", $"TRUNCATE {table} CASCADE" })
            {
                await using var command = _forecast.DataSource.CreateCommand(sql);
                var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(Cancellation));
                Assert.Contains("is append-only", refused.MessageText, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_repeat_of_a_key_answers_the_same_version_and_another_request_of_it_is_refused()
    {
        var first = await PublishAsync("one");
        _forecast.Time.Advance(TimeSpan.FromHours(2));

        Assert.Equal(first, await PublishAsync("one"));
        var refused = await Assert.ThrowsAsync<RpcException>(() =>
            _forecast.Get<PublishVersion>().RunAsync(new PublishVersionRequest { Description = "another", IdempotencyKey = "one" }, "key_1", Cancellation));
        Assert.Equal(Reasons.IdempotencyConflict, RpcErrors.ReasonOf(refused));
        Assert.Equal(2, (await PublishAsync("two")).Version);
    }

    [Fact]
    public async Task People_and_the_service_publish_one_after_the_other()
    {
        var versions = await Task.WhenAll(Enumerable.Range(0, 4).Select(place => PublishAsync($"key_{place}")));
        await _forecast.Get<PublishForecasts>().RunAsync(Cancellation);

        Assert.Equal([1, 2, 3, 4], versions.Select(version => version.Version).Order());
        var listed = await _forecast.Get<ShowVersions>().ListAsync(new ListVersionsRequest { Limit = 3 }, Cancellation);
        Assert.Equal([5, 4, 3], listed.Versions.Select(version => version.Version));
        Assert.Equal(PublicationReason.Daily, listed.Versions[0].Reason);
        Assert.Equal(3, listed.NextBefore);
        var rest = await _forecast.Get<ShowVersions>().ListAsync(new ListVersionsRequest { Before = listed.NextBefore, Reason = PublicationReason.OnDemand }, Cancellation);
        Assert.Equal([2, 1], rest.Versions.Select(version => version.Version));
        Assert.Equal(0, rest.NextBefore);
    }

    [Fact]
    public async Task Comparing_two_versions_says_what_moved_and_adds_up_to_the_total()
    {
        await PublishAsync("one");
        await PlanAsync("launch", 9009);
        await _forecast.Usage.AddAsync(Batch(Call(Now.AddDays(-1), 3_000_000_000, "team_search") with { Workload = "interactive" }), Now, Cancellation);
        await PublishAsync("two");
        var moved = await _forecast.Get<CompareVersions>().RunAsync(new CompareVersionsRequest { FromVersion = 1, ToVersion = 2, Month = "2026-07" }, Cancellation);

        Assert.Equal("2026-07", moved.Month);
        Assert.Equal(moved.Total.DifferenceNanos, moved.Differences.Sum(difference => difference.DifferenceNanos));
        Assert.Equal(moved.Differences.OrderByDescending(difference => Math.Abs(difference.DifferenceNanos)), moved.Differences);
        Assert.Contains(moved.Differences, difference => difference is { TeamId: "team_support", Layer: Layer.Planned, DifferenceNanos: > 0 });
        Assert.DoesNotContain(moved.Differences, difference => difference is { TeamId: "team_support", Layer: Layer.Resilience });
        Assert.Empty((await _forecast.Get<CompareVersions>().RunAsync(new CompareVersionsRequest { FromVersion = 2, ToVersion = 2 }, Cancellation)).Differences);
        Assert.Equal(Reasons.ForecastVersionNotFound, await ReasonAsync(new CompareVersionsRequest { FromVersion = 1, ToVersion = 3 }));
        Assert.Equal(Reasons.InvalidArgument, await ReasonAsync(new CompareVersionsRequest { FromVersion = 1, ToVersion = 2, Month = "2026-05" }));
        Assert.Equal(Reasons.InvalidArgument, await ReasonAsync(new CompareVersionsRequest { FromVersion = 1, ToVersion = 2, Month = "May" }));
    }

    [Fact]
    public async Task A_team_whose_history_is_too_short_is_in_a_version_and_named_and_an_organisation_of_that_kind_has_none()
    {
        _forecast.Organisation.Teams.Add("team_young");
        await _forecast.Usage.AddAsync(Batch(Call(Now.AddDays(-1), 5_000_000_000, "team_young")), Now, Cancellation);
        Assert.Equal(["team_young"], (await PublishAsync("one")).TooShort);
        var young = await _forecast.Get<ShowVersions>().GetAsync(new GetVersionRequest { Version = 1, TeamId = "team_young" }, Cancellation);
        Assert.Equal(5_000_000_000, young.Targets.First(target => target.Kind == "month").Layers[4].ToDateNanos);

        await using var empty = await ForecastFixture.CreateAsync(Now, Cancellation);
        var refused = await Assert.ThrowsAsync<RpcException>(() => empty.Get<PublishVersion>().RunAsync(new PublishVersionRequest { IdempotencyKey = "one" }, "key_1", Cancellation));
        Assert.Equal((StatusCode.FailedPrecondition, Reasons.HistoryTooShort), (refused.StatusCode, RpcErrors.ReasonOf(refused)));
    }

    private static string Day(Google.Protobuf.WellKnownTypes.Timestamp moment) => moment.ToDateTime().ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

    private Task<ForecastVersion> PublishAsync(string key) =>
        _forecast.Get<PublishVersion>().RunAsync(new PublishVersionRequest { Description = $"why {key}", IdempotencyKey = key }, "key_1", Cancellation);

    private async Task<string?> ReasonAsync(CompareVersionsRequest request) =>
        RpcErrors.ReasonOf(await Assert.ThrowsAsync<RpcException>(() => _forecast.Get<CompareVersions>().RunAsync(request, Cancellation)));

    private async Task PlanAsync(string id, long calls) => await _forecast.Get<ChangePlan>().SetAsync(
        new SetItemRequest
        {
            IdempotencyKey = $"{id}_{calls}",
            Item = new PlanItem
            {
                PlanId = id, Name = id, TeamId = "team_support", Workload = "new", Model = "gpt-4o-mini", StartsOn = "2026-06-20", CallsPerDay = calls, InputTokens = 777,
                ProbabilityPpm = 700_000,
            },
        },
        "key_1", Cancellation);
}
