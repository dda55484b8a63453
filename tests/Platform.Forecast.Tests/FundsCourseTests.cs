using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Organisation;
using Platform.Forecast.Segments;
using static Platform.Forecast.Tests.Company;

namespace Platform.Forecast.Tests;

/// <summary>When money runs out of a team that spends ten dollars a day, on the tenth of June at noon, with what the calendar brings and ends.</summary>
public sealed class FundsCourseTests
{
    private const string Team = "team_a";
    private const long Dollar = 1_000_000_000;

    private static readonly CurrentForecast Steady = Now(Ahead(June, new SegmentSeries(new SegmentKey(Team, "batch", ""), June.Today.AddDays(-100), [.. Enumerable.Repeat(Day(10), 100)])));

    private static readonly DailyTotals Totals = new DailyTotals(June.Days).Of(Layered(Steady, Team), Steady, Team);

    [Theory]
    [InlineData(PeriodEnd.Return)]
    [InlineData(PeriodEnd.RollOver)]
    public void A_budget_that_is_renewed_each_month_and_is_more_than_is_spent_never_runs_out(PeriodEnd atEnd)
    {
        // 260 dollars of a monthly 500, of which some 205 are spent until the month ends.
        var outlook = Outlook(Dollars(260), Monthly(500, atEnd, left: 260));

        Assert.Equal((0, 0, 0, null), (outlook.ExhaustedThisMonth, outlook.ExhaustedNextMonth, outlook.MissingNanos, outlook.Early));
        Assert.Equal(
            $"Counted: what is left of 260.00 {(atEnd == PeriodEnd.Return ? "goes back" : "stays, without an end")} on 2026-07-01; 500.00 comes for a time on 2026-07-01; 500.00 comes for a time on 2026-08-01.", outlook.CalendarNote);
    }

    [Fact]
    public void A_budget_that_is_renewed_and_too_small_runs_out_before_the_month_does()
    {
        var outlook = Outlook(Dollars(260), Monthly(250, PeriodEnd.Return, left: 260));

        Assert.Equal((0, 1), (outlook.ExhaustedThisMonth, outlook.ExhaustedNextMonth));
        Assert.InRange(outlook.Expected.ToDateTimeOffset(), Usage.Utc("2026-07-24T00:00:00"), Usage.Utc("2026-07-28T00:00:00"));
    }

    [Fact]
    public void Nothing_is_exhausted_where_nothing_is_wanted()
    {
        // Nothing is there, and nobody asks; then somebody does.
        var idle = FundsOutlooks.Of("team_idle", Funds(0, 0), new DailyTotals(June.Days).Of(Layered(Steady, "team_idle"), Steady, "team_idle"), Steady, 0.9);
        Assert.Equal((0, 0, null, null, null), (idle.ExhaustedThisMonth, idle.ExhaustedNextMonth, idle.Early, idle.Expected, idle.Late));
        Assert.Equal(Steady.Now, Outlook(0).Expected.ToDateTimeOffset());

        // What comes before anything is asked for runs out when it does.
        var later = new long[JointPaths.Paths * June.Days];
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            later.AsSpan(path * June.Days + 60, June.Days - 60).Fill(Dollar);
        }

        var filled = FundsOutlooks.Of(Team, Funds(0, 0, Monthly(5, PeriodEnd.RollOver, left: 0)), new DailyTotals(June.Days).Of(later), Steady, 0.9);
        Assert.Equal(0, filled.ExhaustedThisMonth);
        Assert.True(filled.Expected is null || filled.Expected.ToDateTimeOffset() > Usage.Utc("2026-08-01T00:00:00"));
    }

    [Fact]
    public void A_budget_of_which_nothing_is_left_is_crossed_once_something_is_spent()
    {
        Contracts.Metering.V1.BudgetView Budget(long left) => new() { BudgetId = "b", Name = "b", Scope = new(), AmountNanos = Dollar, SpentNanos = Dollar - left, PeriodTo = At("2026-07-01T00:00:00") };
        var idle = new DailyTotals(June.Days).Of(new long[JointPaths.Paths * June.Days]);

        var exact = BudgetOutlooks.Of(Budget(0), Layered(Steady, ""), Steady, idle);
        Assert.Equal((0, null, null), (exact.Crossing, exact.Early, exact.Expected));
        var crossed = BudgetOutlooks.Of(Budget(-1), Layered(Steady, ""), Steady, idle);
        Assert.Equal((1, Steady.Now), (crossed.Crossing, crossed.Expected.ToDateTimeOffset()));
        Assert.Equal(Steady.Now, BudgetOutlooks.Of(Budget(0), Layered(Steady, ""), Steady, Totals).Expected.ToDateTimeOffset());
    }

    [Theory]
    [InlineData("2026-06-25T00:00:00")]
    [InlineData("2026-06-20T18:00:00")]
    public void What_goes_back_at_the_end_of_a_period_is_gone_at_that_moment(string end)
    {
        var outlook = Outlook(Dollars(600), Once(PeriodEnd.Return, end, left: 600));

        Assert.Equal(1, outlook.ExhaustedThisMonth);
        Assert.All(new[] { outlook.Early, outlook.Expected, outlook.Late }, moment => Assert.Equal(Usage.Utc(end), moment.ToDateTimeOffset()));

        // Put in now, it pays for what comes after the end.
        Assert.InRange(outlook.MissingNanos, outlook.NeededThisMonthNanos - Dollars(160), outlook.NeededThisMonthNanos - Dollars(90));
    }

    [Fact]
    public void What_rolls_over_lasts_as_if_it_had_no_end()
    {
        var (rolls, plain) = (Outlook(Dollars(600), Once(PeriodEnd.RollOver, "2026-06-25T00:00:00", left: 600)), Outlook(Dollars(600)));

        Assert.Equal((plain.Early, plain.Expected, plain.Late), (rolls.Early, rolls.Expected, rolls.Late));
        Assert.Equal((plain.ExhaustedThisMonth, plain.ExhaustedNextMonth, plain.MissingNanos), (rolls.ExhaustedThisMonth, rolls.ExhaustedNextMonth, rolls.MissingNanos));
        Assert.InRange(plain.Expected.ToDateTimeOffset(), Usage.Utc("2026-08-06T00:00:00"), Usage.Utc("2026-08-12T00:00:00"));
    }

    [Fact]
    public void Money_that_ends_first_is_spent_first_and_what_has_no_end_stays()
    {
        // 400 dollars have no end: they last for forty days from the twenty-fifth on.
        var outlook = Outlook(Dollars(600), Once(PeriodEnd.Return, "2026-06-25T00:00:00", left: 200));

        Assert.InRange(outlook.Expected.ToDateTimeOffset(), Usage.Utc("2026-08-01T00:00:00"), Usage.Utc("2026-08-07T00:00:00"));
    }

    [Fact]
    public void Until_the_next_money_comes_calls_are_refused_and_no_longer()
    {
        var funds = Funds(Dollars(45), 0, new Allocation { AmountNanos = Dollars(900), State = AllocationState.Planned, Recurrence = Recurrence.Once, DueAt = At("2026-06-20T00:00:00") });
        var (outlook, refused) = (FundsOutlooks.Of(Team, funds, Totals, Steady, 0.9), new FundsCourse(funds, Totals, Steady).Refused(21));

        Assert.Equal(1, outlook.ExhaustedThisMonth);
        Assert.InRange(outlook.Expected.ToDateTimeOffset(), Usage.Utc("2026-06-14T00:00:00"), Usage.Utc("2026-06-16T00:00:00"));

        // Half of the tenth and nine days want 95.
        Assert.All(refused, nanos => Assert.InRange(nanos, Dollars(35), Dollars(65)));
        Assert.Equal(PathTotals.Quantile([.. refused.Order()], 0.9), outlook.MissingNanos);
    }

    [Fact]
    public void What_waits_for_money_above_is_not_counted_and_said()
    {
        var waits = new Allocation { AmountNanos = Dollars(900), State = AllocationState.Waiting, Recurrence = Recurrence.Once, DueAt = At("2026-06-09T00:00:00") };
        var outlook = Outlook(Dollars(45), waits);

        Assert.Equal(Outlook(Dollars(45)).Expected, outlook.Expected);
        Assert.Equal("900.00 was due and waits for money in the wallet above: it is not counted.", outlook.CalendarNote);
    }

    [Theory]
    [InlineData("2026-06-01T00:00:00")]
    [InlineData("2026-06-10T08:00:00")]
    [InlineData("2026-04-01T00:00:00")]
    public void A_month_that_waits_takes_none_of_the_later_months_with_it(string due)
    {
        // Whoever fills the wallet above does so on the second: the month is late, not the year.
        var monthly = new Allocation { AmountNanos = Dollars(500), State = AllocationState.Waiting, Recurrence = Recurrence.Monthly, AtEnd = PeriodEnd.Return, DueAt = At(due) };
        var (funds, outlook) = (Funds(Dollars(260), 0, monthly), Outlook(Dollars(260), monthly));

        Assert.Equal(Dollars(500), funds.WaitingNanos);
        Assert.Equal([Usage.Utc("2026-07-01T00:00:00"), Usage.Utc("2026-08-01T00:00:00")], funds.Parts.Take(2).Select(part => part.From!.Value));
        Assert.Equal((0, 0), (outlook.ExhaustedThisMonth, outlook.ExhaustedNextMonth));
        Assert.Equal(
            "Counted: 500.00 comes for a time on 2026-07-01; 500.00 comes for a time on 2026-08-01. 500.00 was due and waits for money in the wallet above: it is not counted.", outlook.CalendarNote);
    }

    [Fact]
    public void Overage_that_keeps_nobody_from_spending_is_not_missing()
    {
        // A user's wallet has the money, the team's own the overage. That a cent comes in the month makes no other question of it.
        var cent = new Allocation { AmountNanos = Dollar / 100, State = AllocationState.Planned, Recurrence = Recurrence.Once, DueAt = At("2026-06-20T00:00:00") };
        var needed = Outlook(Dollars(600)).NeededThisMonthNanos;
        long Missing(long available, params Allocation[] allocations) => FundsOutlooks.Of(Team, Funds(available, Dollars(300), allocations), Totals, Steady, 0.9).MissingNanos;

        Assert.Equal((0, 0), (Missing(Dollars(600)), Missing(Dollars(600), cent)));
        Assert.Equal((0, Dollars(300) + 1), (Missing(needed), Missing(needed - 1)));
    }

    [Fact]
    public void Overage_is_missing_too_because_the_next_money_repays_it_first()
    {
        var (without, with) = (FundsOutlooks.Of(Team, new(0), Totals, Steady, 0.9), FundsOutlooks.Of(Team, new(0, Dollars(300)), Totals, Steady, 0.9));
        Assert.Equal((without.MissingNanos + Dollars(300), Dollars(300)), (with.MissingNanos, with.OverageNanos));
        Assert.Equal(without.NeededThisMonthNanos, with.NeededThisMonthNanos);

        // A month's money that repays it lasts for less.
        var monthly = Monthly(500, PeriodEnd.Return, left: 0);
        var (whole, repaying) = (FundsOutlooks.Of(Team, Funds(Dollars(230), 0, monthly), Totals, Steady, 0.9), FundsOutlooks.Of(Team, Funds(Dollars(230), Dollars(300), monthly), Totals, Steady, 0.9));
        Assert.Equal((0, 1), (whole.ExhaustedNextMonth, repaying.ExhaustedNextMonth));
    }

    [Fact]
    public void What_wallets_below_are_to_get_comes_out_of_it_and_what_returns_of_theirs_comes_back()
    {
        long[] each = [.. Enumerable.Repeat(Dollars(200), JointPaths.Paths)];
        DateTimeOffset By(FundsBelow? below) => FundsOutlooks.Of(Team, new(Dollars(500)), Totals, Steady, 0.9, below).Expected.ToDateTimeOffset();
        var (alone, giving, both) = (
            By(null), By(new FundsBelow([(Usage.Utc("2026-06-20T00:00:00"), Dollars(200))], [])),
            By(new FundsBelow([(Usage.Utc("2026-06-20T00:00:00"), Dollars(200))], [(Usage.Utc("2026-07-01T00:00:00"), each)])));

        // Ten dollars a day.
        Assert.InRange((alone - giving).TotalDays, 19, 21);
        Assert.Equal(alone, both);

        // What is not there waits.
        Assert.Equal(alone, By(new FundsBelow([(Usage.Utc("2026-06-20T00:00:00"), Dollars(700))], [])));
    }

    [Fact]
    public void What_comes_back_is_of_the_money_that_it_was_given_out_of()
    {
        // A hundred of June's money are given and come back as June ends: they go back with the rest of it, and July has its own.
        long[] each = [.. Enumerable.Repeat(Dollars(100), JointPaths.Paths)];
        var funds = Funds(Dollars(400), 0, Monthly(250, PeriodEnd.Return, left: 400));
        var below = new FundsBelow([(Usage.Utc("2026-06-20T00:00:00"), Dollars(100))], [(Usage.Utc("2026-07-01T00:00:00"), each)]);

        Assert.Equal(FundsOutlooks.Of(Team, funds, Totals, Steady, 0.9), FundsOutlooks.Of(Team, funds, Totals, Steady, 0.9, below));
    }

    [Fact]
    public void What_goes_back_is_what_each_future_leaves()
    {
        var (at, byPath) = Assert.Single(new FundsCourse(Funds(Dollars(600), 0, Once(PeriodEnd.Return, "2026-06-25T00:00:00", left: 600)), Totals, Steady).Returned());

        Assert.Equal(Usage.Utc("2026-06-25T00:00:00"), at);
        Assert.All(Enumerable.Range(0, JointPaths.Paths), path => Assert.Equal(Dollars(600) - Totals.Through(path, 14), byPath[path]));
        Assert.Empty(new FundsCourse(Funds(Dollars(600), 0, Once(PeriodEnd.RollOver, "2026-06-25T00:00:00", left: 600)), Totals, Steady).Returned());
    }

    [Fact]
    public void Amounts_beyond_all_reason_stay_in_range()
    {
        var funds = FundsOutlooks.Of(Team, Funds(long.MaxValue, 0, Monthly(5_000_000_000, PeriodEnd.RollOver, left: 5_000_000_000)), Totals, Steady, 0.9);
        Assert.Equal((0, 0, null), (funds.ExhaustedNextMonth, funds.MissingNanos, funds.Early));

        // A scenario that takes more than there is.
        var none = FundsOutlooks.Of(Team, Funds(-Dollars(5), 0, Monthly(500, PeriodEnd.Return, left: 0)), Totals, Steady, 0.9);
        Assert.Equal((1, Steady.Now), (none.ExhaustedThisMonth, none.Expected.ToDateTimeOffset()));
    }

    [Fact]
    public void A_team_has_what_comes_to_its_own_wallet_and_what_moves_between_wallets_stays()
    {
        WalletView Wallet(string id, string team, string user = "", long overage = 0) => new() { WalletId = id, TeamId = team, UserId = user, AvailableNanos = 10, LeasedUndrawnNanos = 1, OverageNanos = overage };
        Allocation To(string wallet, long nanos) => new()
        {
            WalletId = wallet, AmountNanos = nanos, State = AllocationState.Planned, Recurrence = Recurrence.Monthly, AtEnd = PeriodEnd.Return, DueAt = At("2026-07-01T00:00:00"),
        };
        var funds = new OrganisationFunds("", [Wallet("wal_org", ""), Wallet("wal_a", Team, overage: 3), Wallet("wal_ada", Team, "ada")], [To("wal_a", 500), To("wal_ada", 50)]);
        var byTeam = funds.ByTeam(June);

        Assert.Equal((33, 3, 0), (byTeam[""].AvailableNanos, byTeam[""].OverageNanos, byTeam[""].Parts.Count));
        Assert.Equal((22, 3), (byTeam[Team].AvailableNanos, byTeam[Team].OverageNanos));
        Assert.All(byTeam[Team].Parts, part => Assert.Equal((500, true), (part.Nanos, part.Returns)));
        Assert.Equal(12, byTeam[Team].Parts.Count);
        Assert.Equal(50, funds.Of(funds.Wallets[2], June).Parts[0].Nanos);
    }

    private static FundsOutlook Outlook(long available, params Allocation[] allocations) => FundsOutlooks.Of(Team, Funds(available, 0, allocations), Totals, Steady, 0.9);

    private static SpendableFunds Funds(long available, long overage, params Allocation[] allocations) =>
        new SpendableFunds(available, overage).With(allocations, June);

    private static Allocation Monthly(long dollars, PeriodEnd atEnd, long left) => new()
    {
        AmountNanos = Dollars(dollars), State = AllocationState.Planned, Recurrence = Recurrence.Monthly, AtEnd = atEnd, DueAt = At("2026-07-01T00:00:00"),
        Periods = { new AllocationPeriod { StartsAt = At("2026-06-01T00:00:00"), EndsAt = At("2026-07-01T00:00:00"), RemainingNanos = Dollars(left) } },
    };

    private static Allocation Once(PeriodEnd atEnd, string end, long left) => new()
    {
        State = AllocationState.Done, Recurrence = Recurrence.Once, AtEnd = atEnd, Periods = { new AllocationPeriod { EndsAt = At(end), RemainingNanos = Dollars(left) } },
    };

    private static Google.Protobuf.WellKnownTypes.Timestamp At(string moment) => Usage.Utc(moment).ToTimestampUtc();

    private static long Dollars(long dollars) => dollars * Dollar;
}
