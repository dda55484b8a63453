using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Platform.Contracts.Events;
using Platform.Forecast.Organisation;
using Platform.Forecast.Publishing;
using Platform.Forecast.Series;
using Platform.Postgres;
using Platform.Testing;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

public sealed class PublishForecastsTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new(Utc("2026-06-10T12:00:00"));
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
    public async Task History_that_is_too_short_is_told_every_minute_and_says_what_is_missing()
    {
        var publish = Publisher("team_support");
        Assert.Equal(2, await publish.RunAsync(Cancellation));
        Assert.Equal(0, await publish.RunAsync(Cancellation));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(2, await publish.RunAsync(Cancellation));

        var published = (await OwedAsync())[0];
        Assert.Equal((_time.GetUtcNow().AddMinutes(-1), "USD"), (published.AsOf, published.Currency));
        Assert.Equal(["", "team_support"], published.Scopes.Select(scope => scope.TeamId));
        Assert.All(published.Scopes, scope => Assert.Empty(scope.Ahead));
        Assert.StartsWith("There are 0 full days with usage; a forecast needs 14.", published.Scopes[0].Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forecasts_of_organisation_and_teams_are_told_every_hour_by_ends_of_days()
    {
        await SpendForDaysAsync(40, "team_support", 1_000_000);
        await SpendForDaysAsync(5, "team_search", 1_000_000);
        var publish = Publisher("team_search", "team_support");
        Assert.Equal(3, await publish.RunAsync(Cancellation));
        _time.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(0, await publish.RunAsync(Cancellation));

        var scopes = Assert.Single(await OwedAsync()).Scopes;
        Assert.Equal([90, 0, 90], scopes.Select(scope => scope.Ahead.Count));
        var ahead = scopes[2].Ahead;
        Assert.Equal(Utc("2026-06-11T00:00:00"), ahead[0].To);
        Assert.Equal(Utc("2026-09-08T00:00:00"), ahead[^1].To);

        // Half of today is left, and each day costs a million.
        Assert.InRange(ahead[0].P50Nanos, 450_000, 550_000);
        Assert.InRange(ahead[20].P50Nanos, 19_500_000, 21_500_000);
        Assert.All(ahead, day => Assert.True(day.P10Nanos <= day.P50Nanos && day.P50Nanos <= day.P90Nanos));
        Assert.All(ahead.Zip(ahead.Skip(1)), pair => Assert.True(pair.First.P50Nanos <= pair.Second.P50Nanos));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(3, await publish.RunAsync(Cancellation));
    }

    [Fact]
    public async Task Many_teams_are_told_in_several_events_and_two_replicas_tell_once()
    {
        string[] teams = [.. Enumerable.Range(0, 120).Select(number => $"team_{number}")];
        var told = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Publisher(teams).RunAsync(Cancellation)));
        Assert.Equal(121, told.Sum());
        Assert.Equal([50, 50, 21], (await OwedAsync()).Select(published => published.Scopes.Count));
    }

    private PublishForecasts Publisher(params string[] teams) => new(
        _dataSource, _store, new FixedOrganisation(teams), new Outbox(_time), _time, NullLogger<PublishForecasts>.Instance);

    private async Task SpendForDaysAsync(int days, string team, long costNanos) => await _store.AddAsync(
        Batch([.. Enumerable.Range(1, days).Select(day => Call(_time.GetUtcNow().AddDays(-day), costNanos, team))]), _time.GetUtcNow(), Cancellation);

    private async Task<List<ForecastPublished>> OwedAsync()
    {
        await using var command = _dataSource.CreateCommand("SELECT body FROM outbox ORDER BY outbox_id");
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        var events = new List<ForecastPublished>();
        while (await reader.ReadAsync(Cancellation))
        {
            events.Add(JsonSerializer.Deserialize<ForecastPublished>(reader.GetString(0), JsonSerializerOptions.Web)!);
        }

        return events;
    }

    private sealed class FixedOrganisation(string[] teams) : IOrganisation
    {
        public Task<IReadOnlyList<string>> ListTeamIdsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<string>>(teams);

        public Task<string> ReadCurrencyAsync(CancellationToken cancellationToken) => Task.FromResult("USD");
    }
}
