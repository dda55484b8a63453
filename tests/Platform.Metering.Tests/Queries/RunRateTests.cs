using Microsoft.Extensions.Time.Testing;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;
using Platform.Metering.Tests.Imports;

namespace Platform.Metering.Tests.Queries;

/// <summary>The run rate is the mean of the full days that there were, seven at most.</summary>
public sealed class RunRateTests : IAsyncLifetime
{
    /// <summary>Of one call.</summary>
    private const long Cost = 450_000;

    // A Thursday; twelve days and fourteen hours of June are left.
    private readonly FakeTimeProvider _time = new(Spend.At("2026-06-18T10:00Z"));
    private MeteringFixture _metering = null!;

    public async ValueTask InitializeAsync() => _metering = await MeteringFixture.CreateAsync(_time);

    public ValueTask DisposeAsync() => _metering.DisposeAsync();

    [Theory(Timeout = 300_000)]
    // Installed on Monday, one call a day.
    [InlineData("2026-06-15T17:00Z 2026-06-16T09:00Z 2026-06-17T09:00Z 2026-06-18T09:00Z", 3, 450_000, 1_800_000 + 5_662_500)]
    [InlineData("2026-06-17T23:59Z 2026-06-17T23:59Z", 1, 900_000, 900_000 + 11_325_000)]
    [InlineData("2026-06-15T17:00Z", 3, 150_000, 450_000 + 1_887_500)]
    // On its first day there is nothing to go by yet.
    [InlineData("2026-06-18T00:00Z 2026-06-18T09:00Z", 0, null, null)]
    [InlineData("", 0, null, null)]
    // The seventh full day back is 11 June.
    [InlineData("2026-06-11T00:00Z", 7, 64_286, 450_000 + 808_929)]
    [InlineData("2026-06-10T23:59Z", 7, 0, 450_000)]
    // A scope that rested is not young.
    [InlineData("2026-04-16T12:00Z 2026-06-17T12:00Z", 7, 64_286, 450_000 + 808_929)]
    [InlineData("2026-04-16T12:00Z", 7, 0, 0)]
    public async Task Days_before_the_first_usage_are_not_counted(string calls, int days, int? rate, int? projected)
    {
        await RecordAsync(calls);
        foreach (var filter in new SpendFilter?[] { null, Spend.Only(SpendDimension.Team, "team_support"), Spend.Only(SpendDimension.User, "ann"), Spend.Only(SpendDimension.Mark, MarkNames.Observed) })
        {
            var answer = await ReadAsync(filter: filter);
            Assert.Equal(
                (days, rate, projected),
                (answer.RunRateDays, answer.HasDailyRunRateNanos ? (int?)answer.DailyRunRateNanos : null, answer.HasMonthProjectedNanos ? (int?)answer.MonthProjectedNanos : null));
        }
    }

    [Theory(Timeout = 300_000)]
    // 22:00 of 14 June in New York, 04:00 of the 15th in Berlin.
    [InlineData("2026-06-15T02:00Z", "America/New_York", 4)]
    [InlineData("2026-06-15T02:00Z", "Europe/Berlin", 3)]
    // The week begins at 04:00 UTC of the 11th: before it on a day of UTC that the week has a part of, and in it.
    [InlineData("2026-06-11T03:59Z 2026-06-17T12:00Z", "America/New_York", 7)]
    [InlineData("2026-06-17T03:59Z", "America/New_York", 2)]
    [InlineData("2026-06-17T04:00Z", "America/New_York", 1)]
    // It is 18 June there since 12:00 UTC of the day before.
    [InlineData("2026-06-17T12:00Z", "Pacific/Auckland", 0)]
    [InlineData("2026-06-17T11:59Z", "Pacific/Auckland", 1)]
    public async Task Days_are_those_of_the_zone(string calls, string zone, int days)
    {
        await RecordAsync(calls);
        Assert.Equal(days, (await ReadAsync(zone)).RunRateDays);
        Assert.Equal(days, (await ReadAsync(zone, Spend.Only(SpendDimension.Key, "key_1"))).RunRateDays);
    }

    [Fact(Timeout = 300_000)]
    public async Task New_team_of_an_old_organisation_has_its_own_days()
    {
        await RecordAsync("2026-01-05T12:00Z 2026-06-12T12:00Z");
        await _metering.RecordAsync(Events.New("search", Spend.At("2026-06-17T12:00Z"), usage => usage.TeamId = "team_search"));
        var search = await ReadAsync(filter: Spend.Only(SpendDimension.Team, "team_search"));
        Assert.Equal((1, Cost), (search.RunRateDays, search.DailyRunRateNanos));
        Assert.Equal((7, 2 * Cost / 7), ((await ReadAsync()).RunRateDays, (await ReadAsync()).DailyRunRateNanos));
    }

    [Fact(Timeout = 300_000)]
    public async Task Caller_of_more_than_eight_weeks_ago_begins_anew_and_a_team_does_not()
    {
        await RecordAsync("2026-04-15T12:00Z 2026-06-17T12:00Z");
        Assert.Equal(1, (await ReadAsync(filter: Spend.Only(SpendDimension.User, "ann"))).RunRateDays);
        Assert.Equal(7, (await ReadAsync(filter: Spend.Only(SpendDimension.Team, "team_support"))).RunRateDays);
    }

    [Fact(Timeout = 300_000)]
    public async Task Import_that_was_taken_back_was_no_beginning()
    {
        await RecordAsync("2026-06-17T12:00Z");
        var import = await _metering.ImportAsync(ImportSteps.Settings("team_support"), [ImportSteps.Row("one"), ImportSteps.Row("two", row => row.OccurredAt = Spend.At("2026-06-15T12:00Z").ToTimestampUtc())]);
        Assert.Equal(7, (await ReadAsync()).RunRateDays);
        await _metering.UndoAsync(import);
        Assert.Equal((1, Cost), ((await ReadAsync()).RunRateDays, (await ReadAsync()).DailyRunRateNanos));
    }

    private async Task RecordAsync(string moments)
    {
        var calls = moments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (calls.Length > 0)
        {
            await _metering.RecordAsync([.. calls.Select((at, number) => Events.New($"call-{number}", Spend.At(at), usage => (usage.UserId, usage.Mark) = ("ann", Mark.Observed)))]);
        }
    }

    private Task<RunRate> ReadAsync(string zone = "", SpendFilter? filter = null)
    {
        var request = new GetRunRateRequest { TimeZone = zone };
        if (filter is not null)
        {
            request.Filters.Add(filter);
        }

        return _metering.Get<GetRunRate>().RunAsync(request, TestContext.Current.CancellationToken);
    }
}
