using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Budgets;

namespace Platform.Metering.Tests.Budgets;

/// <summary>
/// A budget of 1000 with thresholds 50, 80 and 100 of spend and 100 and 120 of forecast, for June 2026, judged on the 10th unless said otherwise. A line is a
/// judgement: spent, projected (– for none), what was crossed before (a80: told, a80?: kept back, a80!: kept back and acknowledged), and what comes of it: what is reached, and the events after "tells",
/// highest threshold first.
/// </summary>
public sealed class BudgetDecisionTests
{
    private static readonly DateTimeOffset June = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("0     –    -                   | nothing")]
    [InlineData("499   –    -                   | nothing")]
    [InlineData("500   –    -                   | a50 tells a50")]
    [InlineData("501   –    a50                 | nothing")]
    [InlineData("799   –    a50                 | nothing")]
    [InlineData("800   –    a50                 | a80 tells a80")]
    [InlineData("1000  –    -                   | a50 a80 a100 tells a100>50,80")]
    [InlineData("9000  –    a50 a80 a100        | nothing")]
    [InlineData("300   –    a50 a80             | nothing")]
    [InlineData("-5    –    -                   | nothing")]
    [InlineData("0     999  -                   | nothing")]
    [InlineData("0     1000 -                   | f100 tells f100")]
    [InlineData("0     1200 -                   | f100 f120 tells f120>100")]
    [InlineData("600   1200 a50 f100            | f120 tells f120")]
    [InlineData("1000  1300 a50 a80             | a100 f120 tells a100 f120")]
    [InlineData("1200  1300 a50 a80 a100        | nothing")]
    [InlineData("800   –    a50? a80?           | tells a80>50")]
    [InlineData("1000  –    a50 a80?            | a100 tells a100>80")]
    [InlineData("800   –    a50! a80!           | nothing")]
    [InlineData("1000  –    a50! a80?           | a100 tells a100>80")]
    public void Threshold_is_reached_once_and_told_once(string line) => AssertDecides(line, At(10), snoozed: false);

    [Theory]
    [InlineData("800   –    a50                 | a80")]
    [InlineData("800   1300 a50? a80?           | f100 f120")]
    public void Snoozed_budget_keeps_what_it_crosses_and_tells_nothing(string line) => AssertDecides(line, At(10), snoozed: true);

    [Theory]
    [InlineData("800   1300 a50?                | a80 tells a80")]
    [InlineData("800   –    a50? a80?           | nothing")]
    public void After_the_period_only_spend_that_came_late_is_told(string line) => AssertDecides(line, At(31), snoozed: false);

    [Fact]
    public void Period_that_had_ended_when_the_thresholds_were_armed_is_not_judged()
    {
        var spend = new PeriodSpend(new CalendarPeriod(June, At(31)), 5_000, null, []);
        Assert.Empty(BudgetDecision.Decide(Budget with { ArmedAt = At(31) }, spend, At(32)).Reached);
        Assert.NotEmpty(BudgetDecision.Decide(Budget with { ArmedAt = At(31).AddTicks(-1) }, spend, At(32)).Reached);
        Assert.Empty(BudgetDecision.Decide(Budget with { Active = false }, spend, At(10)).Reached);
    }

    [Theory]
    [InlineData(400_000_000, 99, 15_000_000_000, false)]
    [InlineData(14_849_999_999, 99, 15_000_000_000, false)]
    [InlineData(14_850_000_000, 99, 15_000_000_000, true)]
    [InlineData(1, 100, 1, true)]
    [InlineData(0, 1, 1, false)]
    [InlineData(long.MaxValue, 1_000, long.MaxValue / 10, true)]
    [InlineData(long.MaxValue - 8, 1_000, long.MaxValue, false)]
    public void Percentage_is_exact(long spent, int percent, long amount, bool reached) => Assert.Equal(reached, BudgetDecision.Reaches(spent, percent, amount));

    private static void AssertDecides(string line, DateTimeOffset now, bool snoozed)
    {
        var parts = line.Split('|', StringSplitOptions.TrimEntries);
        var words = parts[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var crossed = words[2..].Where(word => word != "-").Select(Crossing).ToList();
        var spend = new PeriodSpend(
            new CalendarPeriod(June, At(31)), Number(words[0]), words[1] == "–" ? null : Number(words[1]), crossed);
        var outcome = BudgetDecision.Decide(snoozed ? Budget with { SnoozedUntil = now.AddHours(1) } : Budget, spend, now);
        Assert.Equal(parts[1], Text(outcome));
    }

    private static string Text(BudgetOutcome outcome)
    {
        var reached = outcome.Reached.Select(threshold => $"{threshold.Basis[0]}{threshold.Percent}");
        var told = outcome.Told.Select(telling => $"{telling.Basis[0]}{telling.Percent}" + (telling.LowerPercents.Count == 0 ? "" : $">{string.Join(",", telling.LowerPercents)}"));
        var text = string.Join(" ", reached.Concat(outcome.Told.Count == 0 ? [] : told.Prepend("tells")));
        return text.Length == 0 ? "nothing" : text;
    }

    private static CrossingRow Crossing(string word) => new(
        Guid.CreateVersion7(At(5)), Budget.BudgetId, 1, new CalendarPeriod(June, At(31)), word[0] == 'a' ? Contracts.Events.BudgetBasis.Actual : Contracts.Events.BudgetBasis.Forecast,
        (int)Number(word[1..].TrimEnd('?', '!')), Budget.AmountNanos, 0, null, At(5), word[^1] is '?' or '!' ? null : At(5), word[^1] == '!' ? At(6) : null);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static DateTimeOffset At(int day) => June.AddDays(day - 1);

    private static readonly BudgetRow Budget = new(
        "june", "June", new SpendScope(), CalendarUnit.Month, "UTC", 1_000, [50, 80, 100], [100, 120], RateAlerts: false, HardLimit: false, Active: true, Version: 1,
        ArmedAt: June, SnoozedUntil: null, Counted: true, Due: false, CapState.None, 0, "", "", June, June, "key_1");
}
