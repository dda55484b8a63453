using Platform.Cli.Demo;

namespace Platform.Cli.Tests;

public sealed class DemoHistoryTests
{
    private static readonly DateTimeOffset Now = new(2026, 6, 15, 12, 0, 0, TimeSpan.Zero);
    private static readonly DemoPlan Plan = DemoPlan.For(Now, 90, 42);
    private static readonly List<DemoEvent> Events = [.. DemoHistory.Make(Plan, Now)];

    [Fact]
    public void History_has_the_promised_size_and_every_id_once()
    {
        Assert.InRange(Events.Count, 60_000, 100_000);
        Assert.Equal(Events.Count, Events.Select(made => made.EventId).Distinct().Count());
        Assert.All(Events, made => Assert.InRange(made.OccurredAt, DemoPlan.Midnight(Plan.FirstDay), Now));
        Assert.Equal(DemoPlan.Teams.Select(team => team.TeamId).Order(), Events.Select(made => made.TeamId).Distinct().Order());
        Assert.Equal(["batch", "copilot", "evaluation", "interactive"], Events.Select(made => made.Workload).Distinct().Order());
    }

    [Fact]
    public void Same_seed_and_day_make_the_same_history_and_later_the_same_day_only_adds()
    {
        Assert.Equal(Events, DemoHistory.Make(Plan, Now));
        var later = DemoHistory.Make(DemoPlan.For(Now.AddHours(3), 90, 42), Now.AddHours(3)).ToHashSet();
        Assert.True(later.IsProperSupersetOf(Events));
    }

    [Fact]
    public void Another_seed_makes_another_history() =>
        Assert.NotEqual(Events.Take(100), DemoHistory.Make(DemoPlan.For(Now, 90, 43), Now).Take(100));

    [Fact]
    public void Traffic_grows_has_weekends_and_the_launch_steps_it_up()
    {
        double Daily(string team, string workload, DateOnly from, int days) => Events.Count(made =>
            made.TeamId == team && made.Workload == workload && made.OccurredAt >= DemoPlan.Midnight(from) && made.OccurredAt < DemoPlan.Midnight(from.AddDays(days))) / (double)days;

        Assert.True(Daily("team_platform", "copilot", Plan.LastDay.AddDays(-21), 21) > 1.15 * Daily("team_platform", "copilot", Plan.FirstDay, 21));
        Assert.True(Daily("team_search", "interactive", Plan.Launch, 14) > 1.6 * Daily("team_search", "interactive", Plan.Launch.AddDays(-14), 14));
        var copilot = Events.Where(made => made.Workload == "copilot").ToLookup(made => made.OccurredAt.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday);
        Assert.True(copilot[true].Count() < 0.1 * copilot[false].Count());
    }

    [Fact]
    public void Routing_change_moves_most_calls_to_the_cheap_model()
    {
        double DearShare(Func<DemoEvent, bool> when)
        {
            var calls = Events.Where(made => made is { TeamId: DemoPlan.RoutingTeam, Workload: "interactive" } && when(made)).ToList();
            return calls.Count(made => made.ModelAsked == DemoPlan.DearModel) / (double)calls.Count;
        }

        var change = DemoPlan.Midnight(Plan.RoutingChange);
        Assert.InRange(DearShare(made => made.OccurredAt < change), 0.42, 0.48);
        Assert.InRange(DearShare(made => made.OccurredAt >= change), 0.08, 0.12);
    }

    [Fact]
    public void Incident_is_the_only_fallback_and_moves_every_call_of_its_hours()
    {
        var incident = Plan.Incident;
        var fallbacks = Events.Where(made => made.Fallback).ToList();

        Assert.NotEmpty(fallbacks);
        Assert.All(fallbacks, made => Assert.Equal((DemoPlan.DearModel, DemoPlan.FallbackModel), (made.ModelAsked, made.Model)));
        Assert.All(fallbacks, made => Assert.InRange(made.OccurredAt, incident.From, incident.To));
        Assert.DoesNotContain(Events, made => made.Model == DemoPlan.DearModel && made.OccurredAt >= incident.From && made.OccurredAt < incident.To);
    }
}
