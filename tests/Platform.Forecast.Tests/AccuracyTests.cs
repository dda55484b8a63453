using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Accuracy;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Publishing;
using Platform.Forecast.Series;
using Platform.Forecast.Versions;
using static Platform.Forecast.Tests.Usage;

namespace Platform.Forecast.Tests;

public sealed class AccuracyTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int Before = 60;
    private const int Walked = 50;
    private static readonly DateTimeOffset Start = Utc("2026-06-10T01:00:00");
    private readonly Dictionary<string, long[]> _spend = new[] { ("team_search", 1), ("team_support", 2) }
        .ToDictionary(team => team.Item1, team => Synthetic.Team(team.Item2, Before + Walked).Select(dollars => (long)(dollars * 1e8)).ToArray());

    private ForecastFixture _forecast = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _forecast = await ForecastFixture.CreateAsync(Start, Cancellation);
        _forecast.Organisation.Teams.AddRange(_spend.Keys);
        _forecast.Organisation.Prices.Add(new PriceRow { Provider = "openai", Model = "gpt-4o-mini", Tier = "standard", Currency = "USD", InputPerMillion = 1_000_000_000 });
        foreach (var (team, days) in _spend)
        {
            await _forecast.Usage.AddAsync(Batch([.. days.Take(Before).Select((nanos, day) => UsageOn(day - Before, nanos, team))]), Start, Cancellation);
        }
    }

    public async ValueTask DisposeAsync() => await _forecast.DisposeAsync();

    [Fact]
    public async Task Too_few_to_judge_is_an_answer()
    {
        Assert.Contains("No version was published", (await ReportAsync()).Notes[0], StringComparison.Ordinal);
        await WalkAsync(3);
        var report = await ReportAsync();

        Assert.Equal((3, 0, "not_enough"), (report.Versions, report.VersionsJudged, report.Maturity.Band));
        Assert.Empty(report.Rows);
        Assert.StartsWith("Nothing can be judged yet", report.Notes[0], StringComparison.Ordinal);
        Assert.False(report.Maturity.HasVariance);
    }

    [Fact]
    public async Task That_older_versions_are_left_out_is_said_as_long_as_nobody_names_since_when()
    {
        await WalkAsync(1);
        Assert.DoesNotContain((await ReportAsync()).Notes, note => note.Contains("not judged here", StringComparison.Ordinal));
        await using var older = _forecast.DataSource.CreateCommand("""
            INSERT INTO forecast_version (version, as_of, published_by, reason, description, scenario_id, engine, seed, time_zone, currency, too_short, plan_digest, policies, settled, calendar, prices)
            SELECT 100 + days, $1 - make_interval(days => days), 'forecast', reason, '', NULL, '5', 1, 'UTC', 'USD', '{}', '', 0, 0, 0, ''
            FROM (VALUES (170, 'daily'), (200, 'daily'), (300, 'on_demand'), (400, 'daily')) AS made (days, reason)
            """);
        older.Parameters.Add(new() { Value = Start });
        await older.ExecuteNonQueryAsync(Cancellation);

        var (first, team) = (Start.AddDays(-400).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), _spend.Keys.First());
        Assert.Contains(
            (await ReportAsync()).Notes, note => note.StartsWith($"2 daily versions from before the last 180 days are not judged here: kt forecast accuracy --since {first} takes them in.", StringComparison.Ordinal));
        var ofTeam = await _forecast.Get<GetAccuracy>().RunAsync(new GetAccuracyRequest { TeamId = team }, Cancellation);
        Assert.Contains(ofTeam.Notes, note => note.Contains($"kt forecast accuracy --since {first} --team {team} takes them in.", StringComparison.Ordinal));

        // As kt reads the day.
        var all = await _forecast.Get<GetAccuracy>().RunAsync(new GetAccuracyRequest { Since = new DateTimeOffset(Start.AddDays(-400).Date, TimeSpan.Zero).ToTimestampUtc() }, Cancellation);
        Assert.Equal(4, all.Versions);
        Assert.DoesNotContain(all.Notes, note => note.Contains("not judged here", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Weeks_of_versions_are_scored_as_arithmetic_on_what_came_says()
    {
        await WalkAsync(Walked);
        var report = await ReportAsync();

        // The day of the last version is the 49th after the first; days up to the fourth before it count.
        Assert.Equal((Walked, "2026-07-25"), (report.Versions, report.CountedThrough));
        foreach (var (lead, kind) in new[] { (1, "day"), (3, "day"), (7, "day"), (14, "day"), (28, "day"), (7, "days"), (28, "days") })
        {
            var targets = await TargetsAsync("", kind, lead);
            var row = report.Rows.Single(row => row.Layer == Layer.Total && row.Kind == kind && row.Lead == lead);
            Assert.Equal((targets.Count, Walked - 4 - lead), (row.Targets, row.Targets));
            var came = targets.Sum(target => target.Came);
            Near(targets.Sum(target => Math.Abs(target.Came - target.Figure.Total.P50)) / (double)came, row.Wape);
            Near((targets.Sum(target => target.Figure.Total.P50) - came) / (double)came, row.Bias);
            Near(targets.Count(target => target.Came >= target.Figure.Total.P10 && target.Came <= target.Figure.Total.P90) / (double)targets.Count, row.Coverage80);
            Near(targets.Sum(target => Math.Abs(target.Came - target.Figure.RunRate)) / (double)came, row.Rules[0].Wape);
            Near(targets.Sum(target => Math.Abs(target.Came - target.Figure.SeasonalNaive)) / (double)came, row.Rules[1].Wape);
            output.WriteLine($"{kind} {lead}: {row.Targets}, WAPE {row.Wape:P1}, run rate {row.Rules[0].Wape:P1}, seasonal {row.Rules[1].Wape:P1}, held {row.Coverage80:P0}");
        }

        Assert.Contains(report.Rows, row => row is { Layer: Layer.Total, Kind: "month_end", Lead: 21 });
        Assert.All(report.Rows.Where(row => row.Layer == Layer.Baseline), row => Assert.Equal(report.Rows.Single(total => total.Layer == Layer.Total && (total.Kind, total.Lead) == (row.Kind, row.Lead)).Wape, row.Wape));
        Assert.Equal(["team_search", "team_support"], report.Teams.Select(row => row.TeamId));
        Assert.Equal(report.Rows.Single(row => row is { Layer: Layer.Total, Kind: "days", Lead: 28 }).Targets, report.Maturity.Targets);
        Assert.NotEqual("not_enough", report.Maturity.Band);
        output.WriteLine(report.Maturity.Sentence);
    }

    [Fact]
    public async Task A_correction_after_a_day_was_counted_changes_no_score_and_is_said()
    {
        await WalkAsync(12);
        var before = await ReportAsync("team_search");
        await _forecast.Usage.AddAsync(Batch(UsageOn(1, 4_000_000_000, "team_search")), _forecast.Time.GetUtcNow(), Cancellation);
        var after = await ReportAsync("team_search");

        Assert.NotEmpty(before.Rows);
        Assert.Equal(before.Rows, after.Rows);
        Assert.Equal((0, 4_000_000_000), (before.LateNanos, after.LateNanos));
        Assert.Contains("4.00 USD came of them. 0.00 of it was noted by versions of its quarter", after.Notes[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_version_is_held_against_what_it_knew_of_counted_days_and_those_before_it_are_not()
    {
        // A credit note of the second day, and usage of the third, on the eleventh: both were counted by then.
        await WalkAsync(10);
        await _forecast.Usage.AddAsync(
            Batch(UsageOn(1, -3_000_000_000, "team_search") with { Calls = 0, InputTokens = 0, OutputTokens = 0 }, UsageOn(2, 500_000_000, "team_support")), _forecast.Time.GetUtcNow(), Cancellation);
        await WalkAsync(16);
        var (before, after, later) = (await MonthEndAsync(10), await MonthEndAsync(11), await MonthEndAsync(20));

        Assert.Equal((-2_500_000_000, -2_500_000_000), (after.Total - before.Total, later.Total - before.Total));
        Assert.Equal(after.Total - before.Total, after.Baseline - before.Baseline);
        Assert.Equal(-3_000_000_000, (await MonthEndAsync(11, "team_search")).Total - (await MonthEndAsync(10, "team_search")).Total);

        // What begins with tomorrow has nothing of it; and all of it is told once.
        var days = await _forecast.Get<GetAccuracy>().RunAsync(new GetAccuracyRequest { Version = 11 }, Cancellation);
        Assert.Equal(Week(11), days.Rows.Single(row => row is { Layer: Layer.Total, Kind: "days", Lead: 7 }).ActualNanos);
        Assert.Contains("-2.50 USD came of them, so that less came than was counted. -2.50 of it was noted", days.Notes[0], StringComparison.Ordinal);
        Assert.Equal(-2_500_000_000, days.LateNanos);

        long Week(int first) => _spend.Values.Sum(spend => spend.Skip(Before + first).Take(7).Sum());

        async Task<(long Total, long Baseline)> MonthEndAsync(long version, string team = "")
        {
            var rows = (await _forecast.Get<GetAccuracy>().RunAsync(new GetAccuracyRequest { Version = version, TeamId = team }, Cancellation)).Rows.Where(row => row.Kind == "month_end").ToArray();
            return (rows.Single(row => row.Layer == Layer.Total).ActualNanos, rows.Single(row => row.Layer == Layer.Baseline).ActualNanos);
        }
    }

    [Fact]
    public async Task What_comes_while_a_version_is_made_is_noted_by_the_next_one_and_a_second_correction_of_a_day_by_what_is_new_of_it()
    {
        await WalkAsync(10);
        async Task ComesAsync(long nanos) => await _forecast.Usage.AddAsync(Batch(UsageOn(1, nanos, "team_search")), _forecast.Time.GetUtcNow(), Cancellation);

        await ComesAsync(2_000_000_000);
        var moment = await _forecast.Get<ReadForecast>().RunAsync(BillingCalendar.Find("")!, _forecast.Time.GetUtcNow(), Cancellation);
        await ComesAsync(700_000_000);
        await using (var connection = await _forecast.DataSource.OpenConnectionAsync(Cancellation))
        {
            await using var transaction = await connection.BeginTransactionAsync(Cancellation);
            await PublicationStore.LockAsync(transaction, Cancellation);
            var inputs = await PublicationStore.ReadInputsAsync(transaction, moment.Current.Now, Cancellation);
            await _forecast.Get<WriteVersion>().RunAsync(transaction, new PublicationOrder(PublicationReason.OnDemand, "key_1", ""), moment, inputs.Inputs, Cancellation);
            await transaction.CommitAsync(Cancellation);
        }

        await _forecast.Get<PublishVersion>().RunAsync(new PublishVersionRequest { IdempotencyKey = "next" }, "key_1", Cancellation);
        var noted = await _forecast.Get<ActualStore>().ReadLateOfVersionsAsync(DateOnly.FromDateTime(Start.UtcDateTime), null, Cancellation);

        var day = DateOnly.FromDateTime(Start.AddDays(1).UtcDateTime);
        Assert.Equal([new LateCost(11, "team_search", day, 2_000_000_000), new LateCost(12, "team_search", day, 700_000_000)], noted);
    }

    [Fact]
    public async Task One_version_is_judged_by_itself_and_those_on_demand_are_in_no_track_record()
    {
        await WalkAsync(2);
        await _forecast.Get<PublishVersion>().RunAsync(new PublishVersionRequest { IdempotencyKey = "one" }, "key_1", Cancellation);
        await WalkAsync(10);

        Assert.Equal(12, (await ReportAsync()).Versions);
        var alone = await _forecast.Get<GetAccuracy>().RunAsync(new GetAccuracyRequest { Version = 3 }, Cancellation);
        Assert.Equal((1, 1), (alone.Versions, alone.VersionsJudged));
        Assert.All(alone.Rows, row => Assert.Equal(1, row.Targets));
        Assert.Equal([1, 3], alone.Rows.Where(row => row.Layer == Layer.Total && row.Kind == "day").Select(row => row.Lead));
    }

    [Fact]
    public async Task What_was_planned_is_judged_by_what_its_segment_spent_until_it_is_seen()
    {
        await _forecast.Get<ChangePlan>().SetAsync(
            new SetItemRequest
            {
                IdempotencyKey = "launch",
                Item = new PlanItem
                {
                    PlanId = "launch", Name = "Launch", TeamId = "team_support", Workload = "new", Model = "gpt-4o-mini", StartsOn = "2026-06-14", CallsPerDay = 1000, InputTokens = 1000,
                    SpreadPpm = 0,
                },
            },
            "key_1", Cancellation);

        // A dollar a day was planned from the fourth day on, and half of it comes.
        await WalkAsync(14, extra: day => day >= 4 ? UsageOn(day, 500_000_000, "team_support") with { Workload = "new" } : null);
        var report = await ReportAsync("team_support");
        var planned = report.Rows.Single(row => row is { Layer: Layer.Planned, Kind: "day", Lead: 3 });

        // Versions of the second to fourth day: on the fifth it had been seen.
        Assert.Equal((4, 4_000_000_000, 2_000_000_000), (planned.Targets, planned.ForecastNanos, planned.ActualNanos));
        Assert.Equal((1.0, 1.0, 0.0), (planned.Wape, planned.Bias, planned.Coverage80));
        var baseline = report.Rows.Single(row => row is { Layer: Layer.Baseline, Kind: "day", Lead: 3 });
        var total = report.Rows.Single(row => row is { Layer: Layer.Total, Kind: "day", Lead: 3 });
        Assert.True(baseline.Targets < total.Targets);
    }

    private static void Near(double expected, double actual) => Assert.Equal(expected, actual, 9);

    private static Contracts.Events.UsageMeteredItem UsageOn(int day, long nanos, string team) => Call(Start.AddDays(day).AddHours(10), nanos, team);

    private Task<AccuracyReport> ReportAsync(string team = "") => _forecast.Get<GetAccuracy>().RunAsync(new GetAccuracyRequest { TeamId = team }, Cancellation);

    /// <summary>From day to day: at one in the morning a version is published, at ten the day's usage comes.</summary>
    private async Task WalkAsync(int days, Func<int, Contracts.Events.UsageMeteredItem?>? extra = null)
    {
        for (var i = 0; i < days; i++)
        {
            var day = (int)(_forecast.Time.GetUtcNow() - Start).TotalDays;
            Assert.NotNull(await _forecast.Get<PublishForecasts>().RunAsync(Cancellation));
            Contracts.Events.UsageMeteredItem?[] usage = [.. _spend.Select(team => UsageOn(day, team.Value[Before + day], team.Key)), extra?.Invoke(day)];
            await _forecast.Usage.AddAsync(Batch([.. usage.OfType<Contracts.Events.UsageMeteredItem>()]), _forecast.Time.GetUtcNow().AddHours(10), Cancellation);
            _forecast.Time.Advance(TimeSpan.FromDays(1));
        }
    }

    /// <summary>What versions said, beside what the walk spent.</summary>
    private async Task<List<(VersionFigure Figure, long Came)>> TargetsAsync(string team, string kind, int lead)
    {
        var versions = await _forecast.Get<VersionStore>().ListAsync(0, PublicationReason.Daily, 500, Cancellation);
        var days = versions.ToDictionary(version => version.Version, version => DateOnly.FromDateTime(version.AsOf.UtcDateTime));
        var figures = await _forecast.Get<VersionStore>().ReadFiguresAsync([.. days.Keys], team, kind, null, Cancellation);
        var first = DateOnly.FromDateTime(Start.UtcDateTime);
        return [.. figures.Where(row => row.Figure.To.DayNumber - days[row.Version].DayNumber == lead + 1 && row.Figure.To <= new DateOnly(2026, 7, 26))
            .Select(row => (row.Figure, Enumerable.Range(row.Figure.From.DayNumber - first.DayNumber, row.Figure.To.DayNumber - row.Figure.From.DayNumber)
                .Sum(day => _spend.Values.Sum(spend => spend[Before + day]))))];
    }
}
