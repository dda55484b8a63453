using Grpc.Core;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Identity.V1;
using Platform.Forecast.Scenarios;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Forecast.SpecialDays;
using Platform.Postgres;
using Platform.ServiceDefaults.Identity;
using Platform.Testing;
using static Platform.Forecast.Tests.Company;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

public sealed class ScenarioStoreTests : IAsyncLifetime
{
    private static readonly Caller Ada = new("key_ada", "ada", Role.Editor, "", "") { UserId = "ada" };
    private static readonly Caller Bob = new("key_bob", "bob", Role.Editor, "", "");
    private static readonly Caller Finance = new("key_fin", "finance", Role.BillingAdmin, "", "");

    private readonly FakeTimeProvider _time = new(Utc("2026-06-10T12:00:00"));
    private NpgsqlDataSource _dataSource = null!;
    private KeepScenarios _keep = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _dataSource = NpgsqlDataSource.Create(await TestPostgres.CreateDatabaseAsync("forecast", async connectionString =>
        {
            await using var template = NpgsqlDataSource.Create(connectionString);
            await new Migrator(template, TimeProvider.System).MigrateAsync(typeof(UsageSeriesStore).Assembly, Cancellation);
        }));
        _keep = new KeepScenarios(new Changes(_dataSource, _time), new ScenarioStore(_dataSource));
    }

    public async ValueTask DisposeAsync() => await _dataSource.DisposeAsync();

    [Fact]
    public async Task A_scenario_is_its_owners_until_it_is_shared()
    {
        await SaveAsync(Ada, "cheaper", false, "route model=gpt-4o to=openai/gpt-4o-mini share=30%");

        Assert.Equal("ada", (await _keep.GetAsync("cheaper", Ada, Cancellation)).Owner);
        Assert.Equal("cheaper", (await _keep.GetAsync("cheaper", Finance, Cancellation)).Scenario.Name);
        Assert.Equal((StatusCode.NotFound, Reasons.ScenarioNotFound), await RefusedAsync(() => _keep.GetAsync("cheaper", Bob, Cancellation)));
        Assert.Equal((StatusCode.NotFound, Reasons.ScenarioNotFound), await RefusedAsync(() => _keep.GetAsync("\0", Finance, Cancellation)));
        Assert.Equal((StatusCode.NotFound, Reasons.ScenarioNotFound), await RefusedAsync(() => RemoveAsync(Bob, "cheaper")));
        Assert.Equal((StatusCode.PermissionDenied, Reasons.RoleMissing), await RefusedAsync(() => SaveAsync(Bob, "cheaper", true, "lift")));
        Assert.Empty((await _keep.ListAsync(Bob, Cancellation)).Scenarios);

        _time.Advance(TimeSpan.FromHours(1));
        var shared = await SaveAsync(Ada, "cheaper", true, "lift");
        Assert.Equal((Utc("2026-06-10T12:00:00").ToTimestampUtc(), Utc("2026-06-10T13:00:00").ToTimestampUtc()), (shared.CreatedAt, shared.ChangedAt));
        Assert.Equal(["lift"], (await _keep.ListAsync(Bob, Cancellation)).Scenarios.Single().Scenario.Changes);
        Assert.Equal((StatusCode.PermissionDenied, Reasons.RoleMissing), await RefusedAsync(() => RemoveAsync(Bob, "cheaper")));
        Assert.Equal("ada", (await SaveAsync(Finance, "cheaper", true, "lift what=routing")).Owner);
        Assert.Equal("cheaper", (await RemoveAsync(Ada, "cheaper")).Scenario.Name);
        Assert.Empty((await _keep.ListAsync(Finance, Cancellation)).Scenarios);
    }

    [Fact]
    public async Task A_save_takes_effect_once_for_its_key_and_a_repeat_answers_the_same()
    {
        var request = new SaveScenarioRequest { Scenario = new Scenario { Name = "one", Changes = { "lift" } }, IdempotencyKey = "k1" };
        var first = await _keep.SaveAsync(request, Ada, Cancellation);
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(first, await _keep.SaveAsync(request, Ada, Cancellation));
        request.Note = "other";
        Assert.Equal((StatusCode.Aborted, Reasons.IdempotencyConflict), await RefusedAsync(() => _keep.SaveAsync(request, Ada, Cancellation)));
    }

    [Fact]
    public async Task Every_problem_of_a_scenario_is_said_before_it_is_kept()
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => SaveAsync(Ada, "No name", false, "lift what=walls", "wallet amount=x", "nonsense"));

        Assert.Equal(StatusCode.InvalidArgument, refused.StatusCode);
        string[] problems = ["name 'No name'", "what= must be", "amount= must be", "begins with its kind"];
        Assert.All(problems, problem => Assert.Contains(problem, refused.Status.Detail, StringComparison.Ordinal));
        Assert.Equal((StatusCode.InvalidArgument, Reasons.InvalidArgument), await RefusedAsync(() => SaveAsync(Ada, "many", false, [.. Enumerable.Repeat("lift", 21)])));
    }

    [Fact]
    public async Task Many_that_save_one_name_at_once_leave_one_owner()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 12).Select(async place =>
        {
            try
            {
                return (await SaveAsync(new Caller($"key_{place}", "", Role.Editor, "", ""), "race", true, "lift")).Owner;
            }
            catch (RpcException exception) when (exception.StatusCode == StatusCode.PermissionDenied)
            {
                return "";
            }
        }));

        Assert.Equal(Assert.Single(outcomes, owner => owner.Length > 0), (await _keep.GetAsync("race", Finance, Cancellation)).Owner);
    }

    [Fact]
    public async Task What_scenarios_rest_on_is_read_from_metered_usage()
    {
        var store = new UsageSeriesStore(_dataSource);
        var items = Enumerable.Range(1, 40).SelectMany(day => new[]
        {
            Call(Utc("2026-06-10T09:05:00").AddDays(-day), 3_000_000) with { Workload = "chat" },
            Call(Utc("2026-06-10T15:05:00").AddDays(-day), 1_000_000, model: "gpt-4o") with { Workload = "chat" },
            Call(Utc("2026-06-10T15:07:00").AddDays(-day), 2_000_000, fallback: true) with { Workload = "chat", Provider = "mistral", PrimaryCostNanos = 1_000_000 },
        });

        // A day that was imported: five thousand calls, which nobody made at midnight.
        var imported = Call(Utc("2026-06-08T00:00:00"), 60_000_000, funding: FundingClass.History) with { Workload = "mail", Calls = 5_000 };
        await store.AddAsync(Batch([.. items, imported]), _time.GetUtcNow(), Cancellation);
        var forecasts = new OrganisationForecasts(new SegmentStore(_dataSource), new CalendarStore(_dataSource), Neighbours.NoPrices);
        var current = await CurrentForecast.ReadAsync(forecasts, new SegmentStore(_dataSource), Company.Utc, _time.GetUtcNow(), Cancellation);
        var mixes = new RouteMixes(_dataSource);
        var mix = (await mixes.GetAsync(current, Cancellation))[new SegmentKey("team_support", "chat", "")];

        Assert.Equal(["mistral/gpt-4o-mini", "openai/gpt-4o", "openai/gpt-4o-mini"], mix.Uses.Select(use => use.Name));
        Assert.Equal([2.0 / 6, 1.0 / 6, 3.0 / 6], Enumerable.Range(0, 3).Select(use => Math.Round(mix.SharesOf(use)![7], 9)), (expected, actual) => Math.Abs(expected - actual) < 1e-6);
        Assert.Equal(new FellBack(80_000_000, 40_000_000), mix.FellBackOn["mistral"]);
        Assert.Same(await mixes.GetAsync(current, Cancellation), await mixes.GetAsync(current, Cancellation));

        var quarters = new QuarterStore(_dataSource);
        var loads = await quarters.ReadLoadsAsync("team_support", new DateOnly(2026, 6, 10), Cancellation);
        Assert.Equal((LimitEffect.Days * 2, 1, 2), (loads.Count(load => load.IsLive), loads.Where(load => load.IsLive).Min(load => load.Calls), loads.Max(load => load.Calls)));
        Assert.Equal(new QuarterLoad(LimitEffect.Days - 2, 0, 0, 0, 60_000_000), Assert.Single(loads, load => !load.IsLive));
        Assert.Equal((0, LimitEffect.Days - 1), (loads.Min(load => load.Day), loads.Max(load => load.Day)));
        Assert.Empty(await quarters.ReadLoadsAsync("team_other", new DateOnly(2026, 6, 10), Cancellation));
        var hours = await quarters.ReadHoursAsync("openai", "", new DateOnly(2026, 6, 10), Cancellation);
        Assert.Equal((0.75, 0.25, 0.75), (hours["team_support"][9], hours["team_support"][15], hours[""][9]));
        Assert.Equal(0, hours[""][0]);
    }

    private Task<SavedScenario> SaveAsync(Caller caller, string name, bool shared, params string[] changes) => _keep.SaveAsync(
        new SaveScenarioRequest { Scenario = new Scenario { Name = name, Changes = { changes } }, Shared = shared, IdempotencyKey = Guid.NewGuid().ToString() }, caller, Cancellation);

    private Task<SavedScenario> RemoveAsync(Caller caller, string name) =>
        _keep.RemoveAsync(new RemoveScenarioRequest { Name = name, IdempotencyKey = Guid.NewGuid().ToString() }, caller, Cancellation);

    private static async Task<(StatusCode, string?)> RefusedAsync(Func<Task> call)
    {
        var exception = await Assert.ThrowsAsync<RpcException>(call);
        return (exception.StatusCode, RpcErrors.ReasonOf(exception));
    }
}
