using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Platform.Contracts.Events;
using Platform.Forecast.Publishing;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

public sealed class PublishForecastsTests : IAsyncLifetime
{
    private ForecastFixture _forecast = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _forecast = await ForecastFixture.CreateAsync(Utc("2026-06-10T12:00:00"), Cancellation);

    public async ValueTask DisposeAsync() => await _forecast.DisposeAsync();

    [Fact]
    public async Task History_that_is_too_short_is_told_every_minute_and_says_what_is_missing()
    {
        _forecast.Organisation.Teams.Add("team_support");
        var publish = _forecast.Get<PublishForecasts>();
        Assert.Equal(2, await publish.RunAsync(Cancellation));
        Assert.Equal(0, await publish.RunAsync(Cancellation));
        _forecast.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(2, await publish.RunAsync(Cancellation));

        var published = (await OwedAsync())[0];
        Assert.Equal((_forecast.Time.GetUtcNow().AddMinutes(-1), "USD"), (published.AsOf, published.Currency));
        Assert.Equal(["", "team_support"], published.Scopes.Select(scope => scope.TeamId));
        Assert.All(published.Scopes, scope => Assert.Empty(scope.Ahead));
        Assert.StartsWith("There are 0 full days with usage; a forecast needs 14.", published.Scopes[0].Explanation, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forecasts_of_organisation_and_teams_are_told_every_hour_by_ends_of_days()
    {
        await SpendForDaysAsync(40, "team_support", 1_000_000);
        await SpendForDaysAsync(5, "team_search", 1_000_000);
        _forecast.Organisation.Teams.AddRange(["team_search", "team_support"]);
        var publish = _forecast.Get<PublishForecasts>();
        Assert.Equal(3, await publish.RunAsync(Cancellation));
        _forecast.Time.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(0, await publish.RunAsync(Cancellation));

        var scopes = Assert.Single(await OwedAsync()).Scopes;
        Assert.Equal([110, 0, 110], scopes.Select(scope => scope.Ahead.Count));
        var ahead = scopes[2].Ahead;
        Assert.Equal(Utc("2026-06-11T00:00:00"), ahead[0].To);
        Assert.Equal(Utc("2026-09-18T00:00:00"), ahead[99].To);
        Assert.Equal(Utc("2026-10-01T00:00:00"), ahead[100].To);
        Assert.Equal(Utc("2027-07-01T00:00:00"), ahead[^1].To);

        // Half of today is left, and each day costs a million.
        Assert.InRange(ahead[0].P50Nanos, 450_000, 550_000);
        Assert.InRange(ahead[20].P50Nanos, 19_000_000, 22_000_000);
        Assert.All(ahead, day => Assert.True(day.P10Nanos <= day.P50Nanos && day.P50Nanos <= day.P90Nanos));
        Assert.All(ahead.Zip(ahead.Skip(1)), pair => Assert.True(pair.First.P50Nanos <= pair.Second.P50Nanos));
        _forecast.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(3, await publish.RunAsync(Cancellation));
    }

    [Fact]
    public async Task Many_teams_are_told_in_several_events_and_two_replicas_tell_once()
    {
        _forecast.Organisation.Teams.AddRange(Enumerable.Range(0, 120).Select(number => $"team_{number}"));
        var told = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            await using var replica = _forecast.Services();
            return await replica.GetRequiredService<PublishForecasts>().RunAsync(Cancellation);
        }));
        Assert.Equal(121, told.Sum());
        Assert.Equal([50, 50, 21], (await OwedAsync()).Select(published => published.Scopes.Count));
    }

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
