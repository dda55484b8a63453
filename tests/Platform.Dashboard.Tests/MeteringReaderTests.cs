using Microsoft.Extensions.Time.Testing;
using Platform.Contracts.Metering.V1;
using Platform.Dashboard.Figures;

namespace Platform.Dashboard.Tests;

/// <summary>A page asks for no more rows than it shows, however many teams there are and whatever callers call their workloads.</summary>
public sealed class MeteringReaderTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 15, 12, 3, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("", 120)]
    [InlineData("team_7", 1)]
    public async Task The_chart_of_many_teams_is_filled_to_the_last_day(string team, int teams)
    {
        var history = await Reader(new ManyRows(120, 6)).ReadHistoryAsync(team, TestContext.Current.CancellationToken);

        Assert.Equal((team, MeteringReader.HistoryDays * 6), (history.TeamId, history.Days.Count));
        Assert.All(history.Days, day => Assert.Equal(teams, day.Cost.Nanos));
        Assert.Equal(new DateOnly(2026, 6, 15), history.Days.Max(day => day.Day));
    }

    [Fact]
    public async Task Workloads_without_end_are_summed_up()
    {
        var history = await Reader(new ManyRows(1, 2000)).ReadHistoryAsync("", TestContext.Current.CancellationToken);

        Assert.Equal(13, history.Days.Select(day => day.Workload).Distinct().Count());
        Assert.All(history.Days.GroupBy(day => day.Day), day => Assert.Equal(2000, day.Sum(spend => spend.Cost.Nanos)));
        Assert.Equal(1988, history.Days.First(day => day.Workload == DaySpend.Others).Cost.Nanos);
    }

    [Fact]
    public async Task More_workloads_than_an_answer_has_rows_take_no_figure_away()
    {
        var reader = Reader(new ManyRows(1, 50_001));
        var history = await reader.ReadHistoryAsync("", TestContext.Current.CancellationToken);
        var month = await reader.ReadAsync("", TestContext.Current.CancellationToken);

        Assert.Equal(MeteringReader.HistoryDays, history.Days.Select(day => day.Day).Distinct().Count());
        Assert.All(history.Days.GroupBy(day => day.Day), day => Assert.Equal(50_001, day.Sum(spend => spend.Cost.Nanos)));
        Assert.Equal((1, 1, 1), (month.Teams.Rows.Count, month.Models.Rows.Count, month.RunRates.Count));
        Assert.Equal((50, 49_951), (month.Workloads.Rows.Count, month.Workloads.Others!.Calls));
    }

    [Fact]
    public async Task The_months_tables_are_asked_for_each_by_itself()
    {
        var metering = new ManyRows(1200, 1000);
        var figures = await Reader(metering).ReadAsync("team_7", TestContext.Current.CancellationToken);

        Assert.Equal((1200, 1, 50), (figures.Teams.Rows.Count, figures.Models.Rows.Count, figures.Workloads.Rows.Count));
        Assert.Equal(950, figures.Workloads.Others!.Calls);
        Assert.Equal(figures.Models.Rows[0].Cost.Nanos, figures.Workloads.Rows.Sum(row => row.Cost.Nanos) + figures.Workloads.Others.Cost.Nanos);
        Assert.Equal(figures.Models.Rows[0].Cost, figures.Teams.Rows.Single(row => row.Key == "team_7").Cost);
        Assert.DoesNotContain(metering.Requests, request => request.Compare && request.GroupBy.Count > 1);
    }

    [Fact]
    public async Task In_the_months_last_minutes_it_is_still_that_month()
    {
        var metering = new ManyRows(1, 1);
        var reader = new MeteringReader(new Usage.UsageClient(metering), new Demand.DemandClient(metering), new FakeTimeProvider(new(2026, 7, 31, 23, 56, 0, TimeSpan.Zero)));
        var figures = await reader.ReadAsync("", TestContext.Current.CancellationToken);

        Assert.Equal(new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero), figures.MonthStart);
        Assert.All(
            metering.Requests, request => Assert.Equal((new DateTime(2026, 7, 1), new DateTime(2026, 8, 1, 0, 15, 0)), (request.From.ToDateTime(), request.To.ToDateTime())));
    }

    private static MeteringReader Reader(ManyRows metering) => new(new Usage.UsageClient(metering), new Demand.DemandClient(metering), new FakeTimeProvider(Now));
}
