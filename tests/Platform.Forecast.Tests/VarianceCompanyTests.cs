using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Controls;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Forecast.Variances;
using Platform.Postgres;
using Platform.SyntheticCompany;
using Platform.Testing;

namespace Platform.Forecast.Tests;

/// <summary>An imagined company's records go through the service's own store, and the bridge between two of its months is held against what is known to have happened.</summary>
public sealed class VarianceCompanyTests : IAsyncLifetime
{
    private const double NanosAToken = 3_000;
    private static readonly DateTimeOffset Now = Usage.Utc("2026-06-20T00:00:00");
    private static readonly DaySpan April = new(new DateOnly(2026, 4, 1), new DateOnly(2026, 5, 1));
    private static readonly DaySpan May = new(new DateOnly(2026, 5, 1), new DateOnly(2026, 6, 1));
    private NpgsqlDataSource _dataSource = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _dataSource = NpgsqlDataSource.Create(await TestPostgres.CreateDatabaseAsync("forecast", async connectionString =>
    {
        await using var template = NpgsqlDataSource.Create(connectionString);
        await new Migrator(template, TimeProvider.System).MigrateAsync(typeof(UsageSeriesStore).Assembly, Cancellation);
    }));

    public async ValueTask DisposeAsync() => await _dataSource.DisposeAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Growth_a_launch_a_limit_a_cheaper_route_and_an_outage_are_each_found_with_their_size(int seed)
    {
        // From Monday, the fifth of January: the first of May is day 116.
        var plan = new CompanyPlan
        {
            Days = 150, Control = new Control(120, 0, Denied: 0.1, PriceCut: 0.3), Launch = new Launch(118, 1, 10, 400, 3_000), Outage = new Outage(125, 8),
        };
        var segments = SyntheticCompany.Company.Of(seed, plan);
        await RecordAsync(plan, segments);
        var (before, current) = (await ReadAsync(April, plan), await ReadAsync(May, plan));
        var changes = Bridge.Of(before, current, _ => 1);
        var rules = new VarianceRules([], []);
        long Found(VarianceClass kind) => changes.Where(change => rules.ClassOf(change) == kind).Sum(change => change.Nanos);
        long Truth(Func<DayTruth, long> layer) => segments.Sum(segment => Sum(plan, segment, May, layer) - Sum(plan, segment, April, layer));

        Near(Truth(day => day.Nanos), changes.Sum(change => change.Nanos));
        Near(Truth(day => day.ControlNanos + day.ResilienceNanos), Found(VarianceClass.Control));
        Near(Truth(day => day.ResilienceNanos), changes.Where(change => change.Driver == Driver.Fallback).Sum(change => change.Nanos));
        var (launched, planned) = (Truth(day => day.LaunchNanos), Found(VarianceClass.PlannedInvestment));
        Near(Math.Min(launched, Planned(plan)), planned);
        Near(Truth(day => day.BaselineNanos) + launched - planned, Found(VarianceClass.Growth));
        Near(0, Found(VarianceClass.Unexplained));
        Assert.Equal(0, Found(VarianceClass.Waste));
    }

    [Fact]
    public async Task Days_of_another_zone_are_added_up_from_quarter_hours()
    {
        await new UsageSeriesStore(_dataSource).AddAsync(
            Usage.Batch(Usage.Call(Usage.Utc("2026-04-30T22:00:00"), 5), Usage.Call(Usage.Utc("2026-05-31T22:00:00"), 7), Usage.Call(Usage.Utc("2026-05-10T00:00:00"), null)), Now, Cancellation);
        var cells = new CellStore(_dataSource);

        Assert.Equal((7, 1.0), Of((await cells.ReadAsync("", BillingCalendar.Find("")!, May, Cancellation)).Cells));
        Assert.Equal((5, 1.0), Of((await cells.ReadAsync("team_support", BillingCalendar.Find("Europe/Berlin")!, May, Cancellation)).Cells));
        Assert.Empty((await cells.ReadAsync("team_search", BillingCalendar.Find("")!, May, Cancellation)).Cells);

        static (long, double) Of(Dictionary<CellKey, CellUsage> read) => (read.Values.Single().CostNanos, read.Values.Single().Calls);
    }

    // A hundredth of a cent: days are rounded one by one.
    private static void Near(long expected, long actual) => Assert.InRange(actual - expected, -100_000, 100_000);

    private static long Sum(CompanyPlan plan, SegmentDays segment, DaySpan days, Func<DayTruth, long> layer) =>
        Enumerable.Range(days.From.DayNumber - plan.Start.DayNumber, days.Days).Where(day => day < segment.Days.Count).Sum(day => layer(segment.Days[day]));

    private static PlanRow Item(CompanyPlan plan) => new(
        "launch", "launch", $"team-{plan.Launch!.Team + 1}", "launch", "realtime", "", "standard", plan.Start.AddDays(plan.Launch.Day), plan.Launch.RampDays - 1, (long)plan.Launch.Calls,
        (long)plan.Launch.Tokens, 0, PlanRow.Certain, 0, null, "", "", true, DateTimeOffset.UnixEpoch, "key_1");

    private static long Planned(CompanyPlan plan) =>
        (long)Enumerable.Range(0, May.Days).Sum(day => Item(plan).CallsOn(May.From.AddDays(day)) * plan.Launch!.Tokens * NanosAToken);

    private async Task<PeriodFigures> ReadAsync(DaySpan days, CompanyPlan plan)
    {
        var (cells, utc) = (new CellStore(_dataSource), BillingCalendar.Find("")!);
        var series = await new SegmentStore(_dataSource).ReadAsync(null, utc, days.To, 100, Cancellation);
        var planned = PlannedSpends.Of([(Item(plan), plan.Launch!.Tokens * NanosAToken)], series, series.Min(segment => segment.FirstDay), days);
        return new PeriodFigures(
            days.Days, (await cells.ReadAsync("", utc, days, Cancellation)).Cells, [], [.. planned], await cells.ReadRefusedAsync("", utc, days, Cancellation));
    }

    private async Task RecordAsync(CompanyPlan plan, IReadOnlyList<SegmentDays> segments)
    {
        var (usage, denied) = (new UsageSeriesStore(_dataSource), new DeniedDemandStore(_dataSource));
        foreach (var segment in segments)
        {
            await usage.AddAsync(Usage.Batch([.. segment.Days.SelectMany((day, i) => Items(segment, day, Noon(i)))]), Now, Cancellation);
            foreach (var (i, day) in segment.Days.Index().Where(day => day.Item.Demand > day.Item.Calls))
            {
                await denied.AddAsync(
                    new DemandRecorded(Guid.CreateVersion7(), segment.Team, segment.Workload, segment.Lane, Reasons.CapReached, day.BaselineNanos - Served(day), "USD", Noon(i)),
                    Now, Cancellation);
            }
        }

        DateTimeOffset Noon(int day) => new(plan.Start.AddDays(day).ToDateTime(new TimeOnly(12, 0)), TimeSpan.Zero);
    }

    /// <summary>What the served calls would have cost at the default's price.</summary>
    private static long Served(DayTruth day) => day.Demand == 0 ? 0 : (long)Math.Round(day.BaselineNanos * (day.Calls / (double)day.Demand));

    private static IEnumerable<UsageMeteredItem> Items(SegmentDays segment, DayTruth day, DateTimeOffset at)
    {
        if (day.Calls == 0)
        {
            yield break;
        }

        var paid = day.Nanos - day.ResilienceNanos;
        var isRouted = day.ControlNanos < 0;
        var fell = (long)Math.Round(paid * (day.Fallbacks / (double)day.Calls));
        var fellByDefault = (long)Math.Round(Served(day) * (day.Fallbacks / (double)day.Calls));
        yield return Item(day.Calls - day.Fallbacks, paid - fell, false, null, isRouted ? Served(day) - fellByDefault : null);
        if (day.Fallbacks > 0)
        {
            yield return Item(day.Fallbacks, fell + day.ResilienceNanos, true, fell, isRouted ? fellByDefault : null);
        }

        UsageMeteredItem Item(long calls, long nanos, bool fallback, long? primary, long? byDefault) => Usage.Call(at, nanos, segment.Team, segment.Model, fallback: fallback) with
        {
            Workload = segment.Workload, Lane = segment.Lane, Calls = calls, InputTokens = (long)Math.Round(day.Tokens * (calls / (double)day.Calls)), OutputTokens = 0,
            PrimaryCostNanos = primary, DefaultCostNanos = byDefault,
        };
    }
}
