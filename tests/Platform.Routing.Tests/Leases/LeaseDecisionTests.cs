using Platform.Contracts.Wallet.V1;
using Platform.Routing.Journal;
using Platform.Routing.Leases;

namespace Platform.Routing.Tests.Leases;

public sealed class LeaseDecisionTests
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);
    private static readonly LeaseOptions Options = new();

    /// <summary>Granted 100 of which 100 or what is told is undrawn; low at 20, an answer's time 30 s; the rest is open.</summary>
    [Theory]
    [InlineData("undrawn 100", nameof(LeaseAction.Nothing))]
    [InlineData("undrawn 21", nameof(LeaseAction.Nothing))]
    [InlineData("undrawn 20", nameof(LeaseAction.Ask))]
    [InlineData("undrawn 20 ask-later", nameof(LeaseAction.Nothing))]
    [InlineData("undrawn 20 try-later", nameof(LeaseAction.Nothing))]
    [InlineData("undrawn 100 waiting", nameof(LeaseAction.Ask))]
    [InlineData("undrawn 100 waiting ask-later", nameof(LeaseAction.Nothing))]
    [InlineData("undrawn 100 answered 14", nameof(LeaseAction.Nothing))]
    [InlineData("undrawn 100 answered 15", nameof(LeaseAction.Report))]
    [InlineData("undrawn 100 answered 15 ask-later", nameof(LeaseAction.Report))]
    [InlineData("undrawn 100 answered 15 try-later", nameof(LeaseAction.Nothing))]
    [InlineData("undrawn 20 answered 15", nameof(LeaseAction.Ask))]
    [InlineData("undrawn 100 drawn 29", nameof(LeaseAction.Nothing))]
    [InlineData("undrawn 100 drawn 30", nameof(LeaseAction.Retire))]
    [InlineData("undrawn 20 drawn 30 try-later", nameof(LeaseAction.Retire))]
    [InlineData("new", nameof(LeaseAction.Ask))]
    [InlineData("new ask-later", nameof(LeaseAction.Nothing))]
    [InlineData("new ask-later answered 60", nameof(LeaseAction.Nothing))]
    [InlineData("new drawn 30", nameof(LeaseAction.Retire))]
    [InlineData("retired undrawn 100", nameof(LeaseAction.Close))]
    [InlineData("retired undrawn 100 try-later", nameof(LeaseAction.Nothing))]
    [InlineData("retired undrawn 60 open 40", nameof(LeaseAction.Report))]
    [InlineData("retired undrawn 0 open 40", nameof(LeaseAction.Report))]
    [InlineData("retired told undrawn 0 open 40", nameof(LeaseAction.Nothing))]
    [InlineData("retired told undrawn 1 open 40", nameof(LeaseAction.Report))]
    [InlineData("retired told undrawn 0 open 40 answered 15", nameof(LeaseAction.Report))]
    [InlineData("retired told undrawn 1 open 40 try-later", nameof(LeaseAction.Nothing))]
    [InlineData("retired told undrawn 0", nameof(LeaseAction.Close))]
    [InlineData("retired undrawn 0 waiting", nameof(LeaseAction.Close))]
    public void A_lease_that_stands_so_is_due_this(string lease, string action)
    {
        var words = lease.Split(' ');
        long Amount(string name) => words.Contains(name) ? long.Parse(words[Array.IndexOf(words, name) + 1]) : 0;
        var granted = words.Contains("new") ? 0 : 100;
        Assert.Equal(Enum.Parse<LeaseAction>(action), LeaseDecision.Decide(
            new LeaseView
            {
                Retired = words.Contains("retired"),
                Totals = new LeaseTotals(granted, 0, 0, Amount("open"), Amount("undrawn")),
                RetirementTold = words.Contains("told"),
                LowNanos = granted == 0 ? 0 : 20,
                Waiting = words.Contains("waiting"),
                SinceDraw = TimeSpan.FromSeconds(Amount("drawn")),
                SinceAnswer = TimeSpan.FromSeconds(Amount("answered")),
                TimeToLive = TimeSpan.FromSeconds(30),
                AskLater = words.Contains("ask-later"),
                TryLater = words.Contains("try-later"),
            },
            Idle));
    }

    [Theory]
    [InlineData(false, 100, 100, 100)]
    [InlineData(false, 201, 100, 201)]
    [InlineData(false, 202, 100, 100)]
    [InlineData(false, 900, 100, 100)]
    [InlineData(false, 10, 100, 10)]
    [InlineData(true, 10, 100, 0)]
    public void A_report_returns_what_is_more_than_twice_the_wanted_and_everything_when_retired(bool retired, long undrawn, long wanted, long kept) =>
        Assert.Equal(kept, LeaseDecision.Keep(retired, undrawn, wanted));

    [Theory]
    [InlineData(LeaseOutcome.Granted, false, false, nameof(LeaseAnswer.Take))]
    [InlineData(LeaseOutcome.Granted, false, true, nameof(LeaseAnswer.Take))]
    [InlineData(LeaseOutcome.Unchanged, false, false, nameof(LeaseAnswer.Take))]
    [InlineData(LeaseOutcome.Unchanged, true, true, nameof(LeaseAnswer.Redirect))]
    [InlineData(LeaseOutcome.UseHolds, false, true, nameof(LeaseAnswer.Later))]
    [InlineData(LeaseOutcome.UseHolds, false, false, nameof(LeaseAnswer.Later))]
    [InlineData(LeaseOutcome.Frozen, false, true, nameof(LeaseAnswer.Later))]
    [InlineData(LeaseOutcome.Frozen, false, false, nameof(LeaseAnswer.Retire))]
    [InlineData(LeaseOutcome.TeamNotFound, false, true, nameof(LeaseAnswer.Later))]
    [InlineData(LeaseOutcome.TeamNotFound, false, false, nameof(LeaseAnswer.Retire))]
    [InlineData(LeaseOutcome.CurrencyMismatch, false, true, nameof(LeaseAnswer.Later))]
    [InlineData(LeaseOutcome.CurrencyMismatch, false, false, nameof(LeaseAnswer.Retire))]
    [InlineData(LeaseOutcome.ExistsDifferent, false, true, nameof(LeaseAnswer.Retire))]
    [InlineData(LeaseOutcome.ExistsDifferent, false, false, nameof(LeaseAnswer.Retire))]
    [InlineData(LeaseOutcome.Ended, false, true, nameof(LeaseAnswer.Retire))]
    [InlineData(LeaseOutcome.Ended, false, false, nameof(LeaseAnswer.Retire))]
    [InlineData(LeaseOutcome.Unspecified, false, true, nameof(LeaseAnswer.Later))]
    public void An_answer_means_for_the_lease_that_was_asked_for(LeaseOutcome outcome, bool another, bool isNew, string answer) =>
        Assert.Equal(Enum.Parse<LeaseAnswer>(answer), LeaseAnswers.Decide(outcome, another, isNew));

    /// <summary>Demand (nanos a second, typical bound), what was consumed, last bound, milliseconds → demand.</summary>
    [Theory]
    [InlineData(0, 0, 100, 10, 1000, 50, 10)]
    [InlineData(50, 10, 100, 10, 500, 125, 10)]
    [InlineData(80, 10, 0, 10, 1000, 70, 10)]
    [InlineData(80, 10, -500, 50, 1000, 70, 20)]
    [InlineData(80, 10, 80, 0, 1000, 80, 10)]
    [InlineData(0, 0, 0, 0, 1000, 0, 0)]
    public void Demand_rises_fast_and_falls_slowly(long rate, long bound, long consumed, long lastBound, int elapsedMs, long rateAfter, long boundAfter) =>
        Assert.Equal(
            new LeaseDemand(rateAfter, boundAfter), new LeaseDemand(rate, bound).Next(consumed, lastBound, TimeSpan.FromMilliseconds(elapsedMs)));

    [Theory]
    [InlineData(0, 0, 7, 2800)]
    [InlineData(100, 1, 0, 2000)]
    [InlineData(100, 10, 0, 4000)]
    [InlineData(100, 10, 50, 20000)]
    [InlineData(0, 0, 0, 1)]
    [InlineData(long.MaxValue / 4, 1, 1, long.MaxValue / 4)]
    public void A_slice_covers_the_horizon_or_four_hundred_bounds(long rate, long bound, long waiting, long wanted) =>
        Assert.Equal(wanted, new LeaseDemand(rate, bound).WantedNanos(Options, waiting));

    /// <summary>Recorded drawn and boot ("-": not in the journal), told drawn → close at, incomplete.</summary>
    [Theory]
    [InlineData("-", 0, true, 0, false)]
    [InlineData("-", 1, true, 0, true)]
    [InlineData("-", 0, false, 0, true)]
    [InlineData("40 this", 40, true, 40, false)]
    [InlineData("40 this", 12, true, 40, false)]
    [InlineData("40 this", 41, true, 40, true)]
    [InlineData("40 this", 40, false, 40, true)]
    [InlineData("40 another", 40, true, 40, true)]
    [InlineData("40 sealed", 40, true, 40, false)]
    [InlineData("40 sealed", 41, true, 40, true)]
    public void A_lease_that_was_left_is_closed_by_the_journal_and_as_incomplete_when_that_may_lack_something(
        string recorded, long told, bool journalIsComplete, long drawn, bool incomplete)
    {
        var words = recorded.Split(' ');
        var id = Guid.CreateVersion7();
        LeaseRecord? record = recorded == "-" ? null : new LeaseRecord(long.Parse(words[0]), words[1] == "sealed" ? "" : words[1]);
        Assert.Equal(new LeftLease(id, drawn, incomplete), LeaseRecovery.Decide(id, record, told, journalIsComplete, "this"));
    }
}
