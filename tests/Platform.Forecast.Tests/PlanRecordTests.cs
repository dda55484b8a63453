using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

/// <summary>What an organisation's launches say of the ones to come.</summary>
public sealed class PlanRecordTests
{
    private const double Dollar = 1e9;
    private static readonly DateOnly Today = June.Today;

    /// <summary>A dollar a day at a cent a call, from a hundred days ago unless said otherwise.</summary>
    private static PlanRow Item(string id = "past", int startsIn = -100, int ramp = 0, int? endsIn = null, string workload = "") => new(
        id, id, "team_a", workload.Length > 0 ? workload : id, "", "openai", "gpt-4o", Today.AddDays(startsIn), ramp, 100, 1_000, 0, PlanRow.Certain, 0,
        endsIn is { } days ? Today.AddDays(days) : null, "", "", true, default, "");

    private static SegmentSeries Segment(string workload, Func<int, double> dollars, int days = 300) => new(
        new SegmentKey("team_a", workload, "standard"), Today.AddDays(-days), [.. Enumerable.Range(-days, days).Select(day => Day(dollars(day)))]);

    private static PlanRecord Record(IReadOnlyList<PlanRow> items, params IReadOnlyList<SegmentSeries> segments) =>
        PlanRecord.Of([.. items.Select(item => (item, 0.01 * Dollar))], [.. segments, Segment("other", _ => 3)], Today);

    [Theory]
    // Days late, size; ramp, days until it ends, dollars of the segment before, and how they wander.
    [InlineData(0, 1.0, 0, null, 0.0, 0.0)]
    [InlineData(9, 0.8, 0, null, 0.0, 0.0)]
    [InlineData(-5, 1.5, 0, null, 0.0, 0.0)]
    [InlineData(9, 0.8, 20, null, 0.0, 0.0)]
    [InlineData(40, 2.0, 10, null, 0.0, 0.0)]
    [InlineData(9, 0.8, 0, -60, 0.0, 0.0)]
    [InlineData(9, 0.8, 5, null, 5.0, 0.02)]
    public void A_launch_is_seen_as_late_and_as_large_as_it_came(int late, double size, int ramp, int? endsIn, double level, double moods)
    {
        var item = Item(ramp: ramp, endsIn: endsIn);
        var segment = Segment("past", day => level * (1 + (day % 2 == 0 ? moods : -moods)) + size * item.CallsOn(Today.AddDays(day - late)) / 100);

        var seen = Assert.Single(Record([item], segment).Launches);

        Assert.Equal((late, size), (seen.DaysLate, Math.Round(seen.Size, 2)));
    }

    [Fact]
    public void A_price_that_was_halved_after_launches_leaves_them_as_large_as_they_were_planned()
    {
        // Each came as planned, beside what was there before; a week ago the price of all of it was halved. Plans are at the price of today.
        var (begins, calendar) = (Utc.StartOf(Today.AddDays(-7)), June);
        var book = new PriceVersions([PricedCase.Row(1, 1, null, begins), PricedCase.Row(2, 0.5, begins, null)], ModelNames.None, ScheduledRoute.Unknown);
        PlanRow[] items = [Item("one"), Item("two", startsIn: -80), Item("three", startsIn: -60)];
        SegmentSeries[] booked = [.. items.Select(item => Segment(item.Workload, day => 0.2 + (item.CallsOn(Today.AddDays(day)) / 100.0)))];
        booked = [.. booked.Select(series => series with { Days = [.. series.Days.Select((day, at) => at < 293 ? day : day with { CostNanos = day.CostNanos / 2 })] })];
        var starts = TodaysPrices.StartsOf(calendar, 300);
        SegmentSeries[] series = [.. booked.Select(segment => TodaysPrices.Of(
            segment, [.. segment.Days.Select((usage, day) => new RouteUsage(day, "openai", "gpt-4o", usage))], new PricesNow(book, begins.AddDays(7)), calendar, starts))];
        var current = new CurrentForecast(Ahead(calendar, series), new Dictionary<SegmentKey, SegmentDay>(), begins.AddDays(7));
        var priced = ReadPlan.Priced([.. items.Select(item => (item, 0.005 * Dollar))], current);

        Assert.All(priced, item => Assert.Equal((item.Progress.PlannedNanos, PlanStatus.Launched), (item.Progress.ActualNanos, item.Progress.Status)));
        Assert.Equal([1.0, 1.0, 1.0], priced[0].Record.Launches.Select(launch => Math.Round(launch.Size, 6)));
        Assert.Equal(1, priced[0].Record.Size, 6);
    }

    [Fact]
    public void What_is_not_over_did_not_come_was_changed_since_or_cannot_be_told_is_no_record()
    {
        var came = Segment("past", day => day >= -90 ? 1 : 0);

        Assert.Single(Record([Item()], came).Launches);
        Assert.Empty(Record([Item(startsIn: -27)], Segment("past", day => day >= -27 ? 1 : 0)).Launches);
        Assert.Empty(Record([Item()]).Launches);
        Assert.Empty(Record([Item()], Segment("past", _ => 2)).Launches);
        Assert.Empty(Record([Item(startsIn: -28)], Segment("past", day => day >= -3 ? 1 : 0)).Launches);

        // Moved to the day on which it came, once that was known; planned no more.
        Assert.Empty(Record([Item() with { ChangedAt = Utc.StartOf(Today.AddDays(-99)) }], came).Launches);
        Assert.Single(Record([Item() with { ChangedAt = Utc.StartOf(Today.AddDays(-101)) }], came).Launches);
        Assert.Empty(Record([Item() with { Active = false }], came).Launches);

        // Of two in one place nobody knows whose it was; of one before all that is known, what was there; of a segment that grows by itself, what it brought.
        Assert.Empty(Record([Item(), Item("twin", startsIn: -80, workload: "past")], came).Launches);
        Assert.Single(Record([Item(), Item("next", startsIn: 5, workload: "past")], came).Launches);
        Assert.Empty(Record([Item(startsIn: -270)], Segment("past", day => day >= -270 ? 1 : 0)).Launches);
        Assert.Empty(Record([Item()], Segment("past", day => 5 * Math.Exp((day + 300) / 100.0))).Launches);
    }

    [Fact]
    public void Without_a_record_a_plan_is_drawn_as_it_is_and_of_every_launch_that_is_known_a_part_of_the_futures_is_drawn()
    {
        double Starting(PlanRecord record, int on) => Days(record, Item("new", startsIn: 10), path => Enumerable.Range(0, 60).First(day => path[day] > 0)).Count(day => day == on) / (double)JointPaths.Paths;

        Assert.Equal(1, Starting(PlanRecord.None, 10));
        Assert.Equal(2 / 3.0, Starting(Of((9, 1)), 10), 0.05);
        Assert.Equal(1 / 3.0, Starting(Of((9, 1)), 19), 0.05);
        Assert.Equal(0.25, Starting(Of((9, 1), (-4, 1)), 6), 0.05);

        // Nothing of it was there until today: no launch of the past puts it earlier.
        Assert.Equal(0.5, Starting(Of((-14, 1), (-14, 1)), 0), 0.05);
    }

    [Fact]
    public void The_size_of_launches_is_half_believed_when_there_are_as_many_as_the_plans_own_word_is_worth()
    {
        Assert.Equal(1, PlanRecord.None.Size);
        Assert.Equal(Math.Sqrt(0.5), Of((0, 0.5), (0, 0.5)).Size, 9);
        Assert.Equal(Math.Pow(10, 1 / 3.0), Of((0, 1_000)).Size, 9);
        Assert.All(Days(Of((0, 0.5), (0, 0.5)), Item("new", startsIn: 10), path => path[20]), nanos => Assert.Equal(Math.Sqrt(0.5) * Dollar, nanos, 1.0));
    }

    [Fact]
    public void What_is_late_by_now_is_no_earlier_than_today_and_what_has_launched_is_there()
    {
        var (record, late) = (Of((9, 1), (30, 1)), Item("late", startsIn: -12));
        var starts = Days(record, late, path => Enumerable.Range(0, 60).First(day => path[day] > 0));

        Assert.Equal([0, 18], starts.Distinct().Order());
        Assert.Equal(0.25, starts.Count(day => day == 18) / (double)JointPaths.Paths, 0.05);
        var launched = PlanProgress.Of([(Item("here", startsIn: -7, ramp: 20), 0.01 * Dollar)], [Segment("here", day => day >= -7 ? 1 : 0)], Today).Single();
        Assert.Equal(PlanStatus.Launched, launched.Progress.Status);
        Assert.Equal(PlannedPaths.Of([launched], June).Expected, PlannedPaths.Of([launched with { Record = record }], June).Expected);
    }

    [Fact]
    public void The_record_is_told_in_a_sentence()
    {
        Assert.Null(PlanRecord.None.Sentence());
        Assert.Equal(
            "3 of 4 launches came late, by a median of 9 days, and they cost 0.90 of what was planned (median): plans that have not started are drawn with that.",
            Of((9, 0.8), (0, 1), (21, 0.7), (3, 1.2)).Sentence());
        Assert.Equal("0 of 1 launches came late, and they cost 1.00 of what was planned (median): plans that have not started are drawn with that.", Of((-2, 1)).Sentence());
    }

    [Fact]
    public void A_scenario_that_plans_draws_with_what_was_learnt_and_its_plan_comes_true_to_the_nano()
    {
        var current = Now(Ahead(June, Segment("past", day => day >= -91 ? 1 : 0), Segment("other", _ => 3)));
        var before = WhatIfCase.Of(current, ("openai", "gpt-4o", 1.0)) with { Plan = [Item()] };
        var after = before with { Plan = [Item(), Item("new", startsIn: 10) with { TeamId = "team_b", SpreadPpm = 300_000 }] };
        Assert.All(after.Items.SelectMany(team => team), item => Assert.Equal(9, Assert.Single(item.Record.Launches).DaysLate));

        var (scenario, planned) = (
            before.Make("plan id=new team=team_b workload=new provider=openai model=gpt-4o starts=2026-06-20 calls_per_day=100 input_tokens=1000"), after.Make("price model=none change=+10%").Official);
        foreach (var (_, official) in planned.Periods())
        {
            Assert.True(official.Planned.Expected > 0);
            Assert.Equal(official.Planned, scenario.Official.Of(official.Span, scenario.Layers).Planned);
        }
    }

    [Fact]
    public async Task The_list_and_the_layered_forecast_say_what_was_learnt()
    {
        var (now, cancellation) = (Usage.Utc("2026-06-10T12:00:00"), TestContext.Current.CancellationToken);
        await using var forecast = await ForecastFixture.CreateAsync(now.AddDays(-60), cancellation);
        forecast.Organisation.Teams.AddRange(["team_a", "team_b"]);
        forecast.Organisation.Prices.Add(new PriceRow { Provider = "openai", Model = "gpt-4o", Tier = "standard", Currency = "USD", InputPerMillion = 1_000_000_000 });

        // A tenth of a dollar a day from the first of May on, as it was planned in April; it came on the tenth, and four fifths of it.
        var item = new PlanItem { PlanId = "bot", Name = "bot", TeamId = "team_a", Workload = "bot", Model = "gpt-4o", StartsOn = "2026-05-01", CallsPerDay = 100, InputTokens = 1_000 };
        await forecast.Get<ChangePlan>().SetAsync(new SetItemRequest { Item = item, IdempotencyKey = "one" }, "key_1", cancellation);
        forecast.Time.SetUtcNow(now);
        await forecast.Usage.AddAsync(Usage.Batch([
            .. Enumerable.Range(1, 90).Select(back => Usage.Call(now.AddDays(-back), 300_000_000, "team_a") with { Workload = "chat" }),
            .. Enumerable.Range(1, 31).Select(back => Usage.Call(now.AddDays(-back), 80_000_000, "team_a") with { Workload = "bot" }),
        ]), now, cancellation);

        const string learnt = "1 of 1 launches came late, by a median of 9 days, and they cost 0.80 of what was planned (median): plans that have not started are drawn with that.";
        Assert.Equal(learnt, (await forecast.Get<ListPlan>().RunAsync(new ListItemsRequest { TeamId = "team_b" }, cancellation)).RecordNote);
        Assert.Contains(learnt, (await forecast.Get<GetLayers>().RunAsync(new GetLayersRequest(), cancellation)).Notes);
    }

    private static PlanRecord Of(params (int DaysLate, double Size)[] launches) => new([.. launches.Select(launch => new SeenLaunch(launch.DaysLate, launch.Size))]);

    /// <summary>By path, what is asked of its days.</summary>
    private static T[] Days<T>(PlanRecord record, PlanRow item, Func<long[], T> asked)
    {
        var priced = PlanProgress.Of([(item, 0.01 * Dollar)], [Segment("other", _ => 3)], Today).Single() with { Record = record };
        var planned = PlannedPaths.Of([priced], June);
        return [.. Enumerable.Range(0, JointPaths.Paths).Select(path => asked(planned.Path(path).ToArray()))];
    }
}
