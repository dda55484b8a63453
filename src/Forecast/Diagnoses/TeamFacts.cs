using Platform.Contracts.Metering.V1;
using Platform.Forecast.Controls;
using Platform.Forecast.Layers;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;
using Platform.Forecast.Variances;

namespace Platform.Forecast.Diagnoses;

/// <summary>All that rules look at, of one team at one moment. Amounts are nano-units; the weeks are the last four that are over.</summary>
/// <param name="Today">The day that runs.</param>
/// <param name="Month">Four weeks of it: cost, calls, compared costs.</param>
/// <param name="UnclassifiedNanos">Of the four weeks, without a workload.</param>
/// <param name="PremiumNanos">Of the four weeks, in lane premium or on a model whose token costs twice the organisation's mean or more.</param>
/// <param name="PeersPremium">Median of the same share of the other teams; null where fewer than two spent anything.</param>
/// <param name="LastWeek">The last seven days.</param>
/// <param name="Before">The twelve weeks before them.</param>
/// <param name="Refusals">Of the four weeks, by reason.</param>
/// <param name="Waste">Of the four weeks, by kind.</param>
/// <param name="Funds">Null without a wallet.</param>
/// <param name="Budgets">Of the team as a whole.</param>
/// <param name="Alerts">Of the last ten weeks, of kinds budget_threshold and wallet_exhausted.</param>
/// <param name="Plan">Active items.</param>
/// <param name="Shifts">Changes of a segment's level in the four weeks.</param>
/// <param name="Announced">Changes of controls in the last six weeks, but for allocations.</param>
internal sealed record TeamFacts(
    string TeamId, string Currency, DateOnly Today, SegmentDay Month, long UnclassifiedNanos, long PremiumNanos, double? PeersPremium, SegmentDay LastWeek, SegmentDay Before,
    IReadOnlyList<Refusal> Refusals, IReadOnlyDictionary<Driver, long> Waste, TeamFunds? Funds, IReadOnlyList<BudgetView> Budgets, IReadOnlyList<Alert> Alerts,
    IReadOnlyList<PricedItem> Plan, IReadOnlyList<SegmentShift> Shifts, IReadOnlyList<ControlEvent> Announced)
{
    /// <summary>Whose days are meant.</summary>
    public BillingCalendar Calendar { get; init; } = BillingCalendar.Find("")!;

    /// <summary>Days of the four weeks from the first usage on: of a young team the rest is not known, and not nothing.</summary>
    public int KnownDays { get; init; } = FactsOfUsage.WeeksDays;

    /// <summary>Used for fewer days than a forecast needs, or not yet and with money of the last four weeks: what it will need, nobody can say.</summary>
    public bool IsNew { get; init; }

    public double PremiumShare => Month.CostNanos > 0 ? PremiumNanos / (double)Month.CostNanos : 0;

    /// <summary>A part of the four weeks' spend; 0 where there is none.</summary>
    public double Share(long nanos) => Month.CostNanos > 0 ? nanos / (double)Month.CostNanos : 0;
}

/// <param name="Nanos">At what calls cost of their bounds.</param>
/// <param name="BoundNanos">At the bounds that were asked for, as <c>kt demand</c> shows.</param>
internal sealed record Refusal(string Reason, long Attempts, long Nanos, long BoundNanos);

/// <summary>What becomes of the team's money.</summary>
/// <param name="AvailableNanos">In all its wallets.</param>
/// <param name="OverageNanos">Repaid first by what comes in.</param>
/// <param name="OwnNanos">In the wallet of the team itself.</param>
/// <param name="ExhaustedThisMonth">Share of futures.</param>
/// <param name="ExhaustedSoon">Likewise, before <see cref="DaysAtRisk.To"/>.</param>
/// <param name="Early">The moment by which one future in ten has spent it; null: not within the horizon.</param>
/// <param name="NeededSoonNanos">What covers nine futures in ten until <see cref="DaysAtRisk.To"/>.</param>
/// <param name="MissingNanos">What is to be put in now so that nine futures in ten are not out of money until then, with the overage, and beside what the calendar brings and ends.</param>
/// <param name="NeededNanos">What covers nine futures in ten to the end of the next month.</param>
internal sealed record TeamFunds(
    long AvailableNanos, long OverageNanos, long OwnNanos, double ExhaustedThisMonth, double ExhaustedSoon, DateTimeOffset? Early, DateTimeOffset? Expected, long NeededSoonNanos, long MissingNanos,
    long NeededNanos)
{
    /// <summary>That some or all of its wallets only observe, for people; empty: none does.</summary>
    public string ObservingNote { get; init; } = "";
}

/// <param name="First">The first day of the new level.</param>
/// <param name="BeforeNanos">A day, of the four weeks before it, at the prices and under the routing of today.</param>
/// <param name="AfterNanos">A day, since, likewise.</param>
internal sealed record SegmentShift(SegmentKey Segment, DateOnly First, double BeforeNanos, double AfterNanos)
{
    /// <summary>They were booked at other prices or routes than those of today, so that one of the two amounts differs from what was booked by more than half a percent.</summary>
    public bool IsRestated { get; init; }

    /// <summary>What the team spent in the last four weeks, at the prices and under the routing of today; null: as it was booked.</summary>
    public double? MonthNanos { get; init; }

    /// <summary>Days from which a model that the segment uses has another price.</summary>
    public IReadOnlyList<DateOnly> Prices { get; init; } = [];
}
