using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Controls;
using Platform.Forecast.Diagnoses;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Forecast.Variances;

namespace Platform.Forecast.Tests;

/// <summary>Each rule beside a team that it fires for, and one just short of it.</summary>
public sealed class DiagnosisRulesTests
{
    private const long Dollar = 1_000_000_000;
    private static readonly DateOnly Today = new(2026, 6, 20);

    private static readonly BudgetView Budget = new()
    {
        BudgetId = "support", Name = "Support", AmountNanos = 100 * Dollar, ProjectedNanos = 130 * Dollar, Scope = new BudgetScope { TeamId = "team_a" },
    };

    /// <summary>A thousand dollars in four weeks, and nothing to be said of them.</summary>
    private static readonly TeamFacts Quiet = new(
        "team_a", "USD", Today, new SegmentDay(1_000 * Dollar, 28_000, 0, 1, 1), 0, 100 * Dollar, 0.1, new SegmentDay(250 * Dollar, 7_000, 0, 1, 1, FallbackCalls: 35),
        new SegmentDay(3_000 * Dollar, 84_000, 0, 1, 1, FallbackCalls: 420), [], new Dictionary<Driver, long> { [Driver.Failed] = 10 * Dollar, [Driver.RightSizing] = 56 * Dollar },
        Money(), [Budget], [Told("2026-05", 80)], [], [], []);

    [Fact]
    public void A_team_of_which_nothing_is_to_be_said_has_no_finding() => Assert.Empty(DiagnosisRules.Find([Quiet]));

    [Fact]
    public void Growth_pressure_is_alerts_in_two_periods_without_exhaustion()
    {
        var pressed = Quiet with { Alerts = [Told("2026-05", 80), Told("2026-05", 100), Told("2026-06", 80)] };

        var finding = Fires("growth_pressure", pressed, 30);
        Assert.Equal("kt budgets set support --amount 130 --currency USD", finding.Command);
        Assert.Equal("Budget Support told of 80 % or more in 2 periods of the last ten weeks, in which the team's own wallet did not run out: demand grows, and it is no want of control.", finding.Sentence);

        // Of a wallet that there is not it cannot be said that it has never run out, nor what its chance is.
        var without = Fires("growth_pressure", pressed with { Funds = null }, 30);
        Assert.Contains("and the team has no wallet that could run out", without.Sentence, StringComparison.Ordinal);
        Assert.Equal("–", without.Figures.Single(figure => figure.Name == "chance of exhaustion this month").Value);
        IsSilent("growth_pressure", Quiet with { Alerts = [Told("2026-06", 80), Told("2026-06", 100), Told("2026-05", 50)] });
        IsSilent("growth_pressure", pressed with { Alerts = [.. pressed.Alerts, Exhausted("2026-05-30T00:00:00")] });
        IsSilent("growth_pressure", pressed with { Funds = Money(chance: 0.1) });

        // Ada's own, in a team that has enough.
        Fires("growth_pressure", pressed with { Alerts = [.. pressed.Alerts, Exhausted("2026-06-02T00:00:00", "wal_team_a.user.ada")] }, 30);
    }

    [Fact]
    public void Right_sizing_comes_first_where_money_burns_early_and_more_is_premium_than_at_its_peers()
    {
        var dear = Quiet with { Funds = Money(chance: 0.5), PremiumNanos = 200 * Dollar };

        Fires("right_sizing_first", dear, 60);
        Fires("right_sizing_first", dear with { Funds = Money(), Alerts = [Exhausted("2026-06-02T00:00:00")] }, 60);

        // Ada's own, in a team that has enough.
        IsSilent("right_sizing_first", dear with { Funds = Money(), Alerts = [Exhausted("2026-06-02T00:00:00", "wal_team_a.user.ada")] });

        // Of a team that is nine days old: 56 dollars of waste are 6.22 a day.
        Fires("right_sizing_first", dear with { KnownDays = 9 }, 186.666666666);
        IsSilent("right_sizing_first", dear with { PremiumNanos = 199 * Dollar });
        IsSilent("right_sizing_first", dear with { Funds = Money(chance: 0.49), Alerts = [Exhausted("2026-05-31T00:00:00")] });
        IsSilent("right_sizing_first", dear with { PeersPremium = null });

        // The evening of the thirty-first of May in UTC is the first of June in Berlin.
        Fires("right_sizing_first", dear with { Funds = Money(), Calendar = BillingCalendar.Find("Europe/Berlin")!, Alerts = [Exhausted("2026-05-31T22:30:00")] }, 60);
        Assert.StartsWith("Right-size first", Act(dear), StringComparison.Ordinal);

        // Where it would save nothing that is seen, there is no such finding to look for first.
        Assert.StartsWith("Allocate", Act(dear with { Waste = new Dictionary<Driver, long>() }), StringComparison.Ordinal);

        static string Act(TeamFacts facts) => DiagnosisRules.Find([facts]).Single(finding => finding.Rule == "wallet_at_risk").Act;
    }

    [Fact]
    public void A_wallet_at_risk_names_what_is_missing()
    {
        var finding = Fires("wallet_at_risk", Quiet with { Funds = Money(chance: 0.2, available: 300, thisMonth: 350.5) }, 50.5);

        Assert.Equal("kt wallets allocate --team team_a --amount 51 --currency USD", finding.Command);
        Assert.Equal("20 % of futures exhaust the 300.00 USD available before the month ends.", finding.Sentence);
        Assert.EndsWith("before the month ends. Its wallet only observes.", Fires("wallet_at_risk", Quiet with { Funds = Money(chance: 0.2, available: 300, thisMonth: 350.5) with { ObservingNote = "Its wallet only observes." } }, 50.5).Sentence, StringComparison.Ordinal);
        Assert.Equal(["not within twelve months"], finding.Figures.Where(figure => figure.Name == "half of futures by").Select(figure => figure.Value));
        Assert.Equal("No money is available, and 100 % of futures ask for more than comes before the month ends.", Fires("wallet_at_risk", Quiet with { Funds = Money(chance: 1, available: 0) }, 400).Sentence);
        IsSilent("wallet_at_risk", Quiet with { Funds = Money(chance: 0.19) });
        IsSilent("wallet_at_risk", Quiet with { Funds = null });
    }

    [Fact]
    public void In_a_months_last_week_a_wallet_is_at_risk_for_seven_days_and_days_are_those_of_the_zone_that_is_asked_for()
    {
        // Half past five in the evening of the first in Los Angeles.
        var early = Usage.Utc("2026-07-02T00:30:00");
        var finding = Fires("wallet_at_risk", Quiet with
        {
            Today = new DateOnly(2026, 6, 29), Calendar = BillingCalendar.Find("America/Los_Angeles")!,
            Funds = Money(available: 300, thisMonth: 350.5) with { ExhaustedThisMonth = 0, ExhaustedSoon = 0.35, Early = early, Expected = early },
        }, 50.5);

        Assert.Equal("35 % of futures exhaust the 300.00 USD available in the next seven days, the first tenth by 2026-07-01.", finding.Sentence);
        Assert.Equal(["chance of exhaustion in the next seven days", "available", "needed to 2026-07-06 (P90)", "half of futures by"], finding.Figures.Select(figure => figure.Name));
        Assert.Equal("2026-07-01", finding.Figures[^1].Value);
    }

    [Theory]
    [InlineData("2026-06-10", "2026-07-01", true)]
    [InlineData("2026-06-24", "2026-07-01", true)]
    [InlineData("2026-06-25", "2026-07-02", false)]
    [InlineData("2026-12-31", "2027-01-07", false)]
    [InlineData("2028-02-22", "2028-03-01", true)]
    [InlineData("2028-02-29", "2028-03-07", false)]
    public void Money_is_looked_at_to_the_months_end_and_for_seven_days_at_least(string today, string to, bool isMonth)
    {
        var day = DateOnly.ParseExact(today, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);

        Assert.Equal((to, isMonth), (DaysAtRisk.To(day).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture), DaysAtRisk.IsWithinMonth(day)));
    }

    [Fact]
    public void Money_beyond_what_nine_futures_in_ten_need_is_to_reclaim_as_far_as_it_is_the_teams_own()
    {
        Assert.Equal("kt wallets reclaim --team team_a --amount 1000 --currency USD", Fires("money_to_reclaim", Quiet with { Funds = Money(available: 2_500.5) }, 1_000.5).Command);
        Fires("money_to_reclaim", Quiet with { Funds = Money(available: 2_500, own: 700) }, 700);
        IsSilent("money_to_reclaim", Quiet with { Funds = Money(available: 1_999) });
        IsSilent("money_to_reclaim", Quiet with { Funds = Money(available: 2_500, own: 0) });
        IsSilent("money_to_reclaim", Quiet with { Funds = Money(available: 2_500), IsNew = true });
    }

    [Fact]
    public void Refused_demand_says_whether_money_or_a_limit_refused_it()
    {
        Assert.StartsWith("kt wallets allocate", Fires("ceiling_too_low", Refused(Reasons.InsufficientFunds, 20), 20).Command, StringComparison.Ordinal);
        Assert.Contains("20.00 USD: 160.00 USD at most, of which calls cost 12.50 %", Fires("limit_biting", Refused(Reasons.RateLimit, 20), 20).Figures.Select(figure => figure.Value));
        Assert.Equal("kt caps list", Fires("ceiling_too_low", Refused(Reasons.CapReached, 20), 20).Command);
        Fires("limit_biting", Refused(Reasons.RateLimit, 20), 20);
        IsSilent("limit_biting", Refused(Reasons.InsufficientFunds, 20));
        var unfunded = Fires("ceiling_too_low", Refused(Reasons.InsufficientFunds, 20) with { Month = default, UnclassifiedNanos = 0, PremiumNanos = 0 }, 20);
        Assert.Contains("(10 attempts), and nothing was spent.", unfunded.Sentence, StringComparison.Ordinal);
        Assert.Equal("nothing was spent", unfunded.Figures[0].Value);

        // Credit notes of more than four weeks' spend.
        var returned = Fires("ceiling_too_low", Refused(Reasons.InsufficientFunds, 20) with { Month = new SegmentDay(-Dollar, 0, 0, 0, 0), UnclassifiedNanos = 0, PremiumNanos = 0 }, 20);
        Assert.Contains("(10 attempts), and more was given back than was spent.", returned.Sentence, StringComparison.Ordinal);
        Assert.Equal("more was given back than was spent", returned.Figures[0].Value);
        IsSilent("ceiling_too_low", Refused(Reasons.InsufficientFunds, 19.9));
        IsSilent("ceiling_too_low", Refused(Reasons.ObservedInsufficientFunds, 500));
        IsSilent("limit_biting", Refused(Reasons.RateLimit, 19.9));
    }

    [Fact]
    public void Failover_is_high_at_twice_its_usual_share()
    {
        TeamFacts Week(long fallbacks, long calls = 7_000, long before = 420) => Quiet with
        {
            LastWeek = new SegmentDay(1, calls, 0, 1, 1, fallbacks, new ComparedCosts(50 * Dollar, 20 * Dollar, 0, 0, 0, 0, 0, 0)), Before = Quiet.Before with { FallbackCalls = before },
        };

        Fires("failover_high", Week(140), 30);

        // To what costs less: it is to be known all the same, after all that concerns money.
        var cheaper = Week(140) with { LastWeek = new SegmentDay(1, 7_000, 0, 1, 1, 140, new ComparedCosts(20 * Dollar, 50 * Dollar, 0, 0, 0, 0, 0, 0)), Funds = Money(chance: 0.2, available: 300, thisMonth: 350.5) };
        Assert.True(DiagnosisRules.IsWorthSaying(Fires("failover_high", cheaper, 0), "USD"));
        Assert.Equal(["wallet_at_risk", "failover_high"], DiagnosisRules.Find([cheaper]).Select(finding => finding.Rule));
        IsSilent("failover_high", Week(139));
        IsSilent("failover_high", Week(140, before: 841));
        IsSilent("failover_high", Week(19, calls: 100, before: 0));
    }

    [Fact]
    public void A_plan_item_is_late_or_over()
    {
        Fires("plan_late", Quiet with { Plan = [Planned(PlanStatus.Late, 40, 1)] }, 40);
        IsSilent("plan_late", Quiet with { Plan = [Planned(PlanStatus.Launched, 40, 5)] });
        Fires("plan_over", Quiet with { Plan = [Planned(PlanStatus.Launched, 40, 52)] }, 12);
        IsSilent("plan_over", Quiet with { Plan = [Planned(PlanStatus.Launched, 40, 51)] });
        IsSilent("plan_over", Quiet with { Plan = [Planned(PlanStatus.Planned, 0, 0)] });

        // What is above its level may be anything.
        var hidden = Planned(PlanStatus.Planned, 40, 80);
        IsSilent("plan_over", Quiet with { Plan = [hidden with { Progress = hidden.Progress with { IsHidden = true } }] });
    }

    [Fact]
    public void Spend_without_a_workload_wasted_or_that_a_rule_in_shadow_mode_would_save_is_told_from_its_share_on()
    {
        Fires("unclassified", Quiet with { UnclassifiedNanos = 200 * Dollar }, 200);
        IsSilent("unclassified", Quiet with { UnclassifiedNanos = 199 * Dollar });
        Fires("wasted", Quiet with { Waste = new Dictionary<Driver, long> { [Driver.Failed] = 20 * Dollar, [Driver.Duplicates] = 20 * Dollar, [Driver.Abandoned] = 10 * Dollar } }, 50);
        IsSilent("wasted", Quiet with { Waste = new Dictionary<Driver, long> { [Driver.Failed] = 49 * Dollar, [Driver.RightSizing] = 400 * Dollar } });
        Fires("shadow_saving", Shadowed(20), 20);
        IsSilent("shadow_saving", Shadowed(19.9));
        IsSilent("shadow_saving", Shadowed(-50));
    }

    [Fact]
    public void A_shift_of_level_is_told_unless_it_was_announced_or_planned()
    {
        var first = new DateOnly(2026, 6, 2);
        var shifted = Quiet with { Shifts = [new SegmentShift(new SegmentKey("team_a", "batch", "economy"), first, 10.0 * Dollar, 14.0 * Dollar)] };

        Assert.Equal("kt forecast effect --since 2026-06-02 --team team_a --workload batch --lane economy", Fires("unannounced_shift", shifted, 120).Command);
        Fires("unannounced_shift", shifted with { Announced = [Policy("2026-05-25T00:00:00")], Plan = [Planned(PlanStatus.Planned, 0, 0, first.AddDays(8))] }, 120);
        IsSilent("unannounced_shift", shifted with { Announced = [Policy("2026-05-26T00:00:00")] });
        Fires("unannounced_shift", Quiet with { Shifts = [shifted.Shifts[0] with { Prices = [first.AddDays(-8), first.AddDays(8)] }] }, 120);
        IsSilent("unannounced_shift", Quiet with { Shifts = [shifted.Shifts[0] with { Prices = [first.AddDays(-7)] }] });
        IsSilent("unannounced_shift", shifted with { Plan = [Planned(PlanStatus.Launched, 1, 1, first.AddDays(-7))] });
        IsSilent("unannounced_shift", Quiet with { Shifts = [new SegmentShift(new SegmentKey("team_a", "", ""), first, 10.0 * Dollar, 13.5 * Dollar)] });

        // The thousand dollars of a team that is twenty days old are fifty a day.
        IsSilent("unannounced_shift", shifted with { KnownDays = 20 });

        // 3.50 a day more is no tenth of what was booked, and is one of what it costs at the prices of today.
        Fires("unannounced_shift", Quiet with { Shifts = [new SegmentShift(new SegmentKey("team_a", "", ""), first, 10.0 * Dollar, 13.5 * Dollar) { MonthNanos = 28 * 34.0 * Dollar }] }, 105);
    }

    [Fact]
    public void A_change_is_announced_by_days_of_the_zone_that_is_asked_for()
    {
        // Seven days after it by UTC, and at half past one of the eighth in Kolkata.
        var first = new DateOnly(2026, 6, 2);
        var shifted = Quiet with { Shifts = [new SegmentShift(new SegmentKey("team_a", "batch", ""), first, 10.0 * Dollar, 14.0 * Dollar)], Announced = [Policy("2026-06-09T20:00:00")] };
        var kolkata = shifted with { Calendar = BillingCalendar.Find("Asia/Kolkata")! };

        IsSilent("unannounced_shift", shifted);
        var finding = Fires("unannounced_shift", kolkata, 120);
        Assert.EndsWith(" --workload batch --time-zone Asia/Kolkata", finding.Command, StringComparison.Ordinal);
        Assert.EndsWith("--from 2026-06-01T18:30:00Z --to 2026-06-02T18:30:00Z", finding.Evidence[0].Command, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(30, true)]
    [InlineData(10, true)]
    [InlineData(0, false)]
    public void A_price_that_changed_is_not_in_the_amount_of_a_shift_nor_in_the_spend_that_it_is_held_against(int halved, bool isRestated)
    {
        // The price was halved so many days ago, and sixteen days ago calls went from 5,000 a day to 8,000.
        var shift = ShiftOf((day, days) => day < days - halved && isRestated ? 2 : 1);

        Assert.Equal((Company.June.Today.AddDays(-16), 50e9, 80e9, isRestated), (shift.First, shift.BeforeNanos, shift.AfterNanos, shift.IsRestated));
        Assert.Equal((16 * 80e9) + (12 * 50e9), shift.MonthNanos);
    }

    [Fact]
    public void A_call_that_fell_back_makes_no_amount_one_of_other_prices()
    {
        // A thousandth of yesterday: every day is worked out anew by it, and says the same.
        var shift = ShiftOf((_, _) => 1, new ComparedCosts(100_000_000, 20_000_000, 0, 0, 0, 0, 0, 0));

        Assert.False(shift.IsRestated);
        Assert.NotEqual(80e9, shift.AfterNanos);
        Assert.InRange(shift.AfterNanos, 79.8e9, 80.2e9);
    }

    [Theory]
    [InlineData(9, 9)]
    [InlineData(40, 28)]
    public void Days_of_a_young_team_are_those_since_its_first_usage(int days, int known)
    {
        var current = Company.Now(Company.Ahead(Company.June, new SegmentSeries(new SegmentKey("team_a", "", ""), Company.June.Today.AddDays(-days), [.. Enumerable.Repeat(Company.Day(1), days)])));

        Assert.Equal(known, FactsOfUsage.KnownDays(current.Teams[0], Company.June.Today));
        Assert.Equal(28, FactsOfUsage.KnownDays(null, Company.June.Today));
    }

    [Fact]
    public void Findings_come_with_most_money_first_and_every_rule_says_when_it_fires()
    {
        var found = DiagnosisRules.Find([Refused(Reasons.RateLimit, 20), Quiet with { TeamId = "team_b", UnclassifiedNanos = 200 * Dollar }]).ToArray();

        Assert.Equal(["unclassified", "limit_biting"], found.Select(finding => finding.Rule));
        Assert.All(found, finding => Assert.True(finding is { Sentence.Length: > 0, Act.Length: > 0, Command.Length: > 0, Figures.Count: > 0, Evidence.Count: > 0 }));
        Assert.Equal(13, DiagnosisRules.All.Select(rule => rule.Name).Distinct().Count());
        Assert.All(DiagnosisRules.All, rule => Assert.True(rule is { FiresWhen.Length: > 30, AmountIs.Length: > 5 }));
    }

    [Theory]
    [InlineData("wasted", "USD", 0, false)]
    [InlineData("wasted", "USD", 4_999_999, false)]
    [InlineData("wasted", "USD", 5_000_000, true)]
    [InlineData("wasted", "JPY", 499_999_999, false)]
    [InlineData("wasted", "JPY", 500_000_000, true)]
    [InlineData("growth_pressure", "USD", 0, false)]
    [InlineData("failover_high", "USD", 4_999_999, true)]
    public void A_finding_that_concerns_no_money_that_is_seen_is_not_worth_saying_but_of_what_is_to_be_known_without(string rule, string currency, long nanos, bool isWorth) =>
        Assert.Equal(isWorth, DiagnosisRules.IsWorthSaying(new DiagnosisFinding { Rule = rule, AmountNanos = nanos }, currency));

    [Fact]
    public void Premium_is_the_premium_lane_and_models_of_twice_the_mean_price()
    {
        var cells = new Dictionary<CellKey, CellUsage>
        {
            [new("team_a", "", "premium", "openai", "small")] = new(1, 1_000, 0, 100, 0, 0),
            [new("team_a", "", "", "openai", "small")] = new(1, 9_000, 0, 900, 0, 0),
            [new("team_b", "", "", "openai", "large")] = new(1, 1_000, 0, 1_000, 0, 0),
            [new("team_c", "", "", "openai", "small")] = new(1, 1_000, 0, 100, 0, 0),
        };
        var premium = FactsOfUsage.Premium(cells);

        Assert.Equal(((1_000L, 100L), (1_000L, 1_000L), (100L, 0L)), (premium["team_a"], premium["team_b"], premium["team_c"]));
        Assert.Equal(0.5, FactsOfUsage.Peers(premium, "team_a"));
        Assert.Null(FactsOfUsage.Peers(new Dictionary<string, (long, long)> { ["team_a"] = (1, 1), ["team_b"] = (1, 1) }, "team_a"));
    }

    private static DiagnosisFinding Fires(string rule, TeamFacts facts, double dollars)
    {
        var finding = DiagnosisRules.Find([facts]).Single(finding => finding.Rule == rule);
        Assert.Equal(dollars, finding.AmountNanos / (double)Dollar, 6);
        return finding;
    }

    private static void IsSilent(string rule, TeamFacts facts) => Assert.DoesNotContain(DiagnosisRules.Find([facts]), finding => finding.Rule == rule);

    private static TeamFunds Money(double chance = 0, double available = 1_600, double? own = null, double thisMonth = 400) => new(
        (long)(available * Dollar), 0, (long)((own ?? available) * Dollar), chance, chance, null, null, (long)(thisMonth * Dollar), Math.Max(0, (long)((thisMonth - available) * Dollar)), 1_500 * Dollar);

    private static Alert Told(string month, int percent) => new()
    {
        Kind = AlertKind.BudgetThreshold, TeamId = "team_a", Subject = "support", PeriodFrom = Usage.Utc($"{month}-01T00:00:00").ToTimestampUtc(),
        OccurredAt = Usage.Utc($"{month}-15T00:00:00").ToTimestampUtc(), Figures = { new AlertFigure { Name = "threshold", Value = $"{percent}", Unit = "%" } },
    };

    private static Alert Exhausted(string at, string wallet = "wal_team_a") => new() { Kind = AlertKind.WalletExhausted, TeamId = "team_a", Subject = wallet, OccurredAt = Usage.Utc(at).ToTimestampUtc() };

    private static TeamFacts Refused(string reason, double dollars) => Quiet with { Refusals = [new Refusal(reason, 10, (long)(dollars * Dollar), (long)(dollars * Dollar * 8))] };

    private static TeamFacts Shadowed(double saving) => Quiet with { Month = Quiet.Month with { Compared = new ComparedCosts(0, 0, 0, 0, 100 * Dollar, (long)((100 - saving) * Dollar), 0, 0) } };

    private static ControlEvent Policy(string at) => new(Guid.NewGuid(), Usage.Utc(at), "policy", "", "7", "key_1", "routing policy 7");

    /// <summary>The one of a segment whose calls went from 5,000 a day to 8,000 sixteen days ago.</summary>
    /// <param name="price">By day, of how many: what a call was booked at, in those of today.</param>
    /// <param name="compared">Of yesterday.</param>
    private static SegmentShift ShiftOf(Func<int, int, double> price, ComparedCosts compared = default)
    {
        var (today, days) = (Company.June.Today, 120);
        SegmentDay Spent(int day) => Company.Day(day >= days - 16 ? 80 : 50) with { Compared = day == days - 1 ? compared : default };
        var series = new SegmentSeries(new SegmentKey("team_a", "batch", ""), today.AddDays(-days), [.. Enumerable.Range(0, days).Select(day => Spent(day) with { CostNanos = (long)(Spent(day).CostNanos * price(day, days)) })])
        {
            Prices = new RepricedDays([.. Enumerable.Range(0, days).Select(Spent)], [], null, []),
        };
        return Assert.Single(FactsOfUsage.Of(Company.Ahead(Company.June, series).Teams[0], today).Shifts);
    }

    private static PricedItem Planned(PlanStatus status, double planned, double actual, DateOnly? starts = null) => new(
        new PlanRow("launch", "Launch", "team_a", "new", "", "", "gpt-4o", starts ?? new DateOnly(2026, 4, 1), 0, 1, 1, 0, PlanRow.Certain, 0, null, "ann", "", true, default, ""), 1,
        new PlanProgress(status, (long)(planned * Dollar), (long)(actual * Dollar)));
}
