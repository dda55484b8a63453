using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;

namespace Platform.Api.Forecasts;

/// <summary>What becomes of the money in all wallets of a team, or of the organisation, if nothing is put in beyond what is planned.</summary>
/// <param name="TeamId">Empty: the organisation.</param>
/// <param name="ExhaustedThisMonth">Share of futures that are out of money before the month's end. Planned allocations come when they are due, and periods end as they do in Wallet.</param>
/// <param name="Early">By when one future in ten is out of it; null: not within the horizon.</param>
/// <param name="Expected">By when half of them are.</param>
/// <param name="Late">By when nine in ten are.</param>
/// <param name="NeededThisMonth">For the rest of the month, what covers the asked share of futures.</param>
/// <param name="Missing">What is to be put in now so that the asked share of futures is not out of money this month, the overage included, which is repaid first; nothing where that share has enough as it is.</param>
/// <param name="RefusedThisMonth">What is refused because no money is there, if it goes on as in the last four weeks, or since the team's first day (a week of days at least): in no other figure. Of a team or the organisation; null of single wallets and in scenarios.</param>
/// <param name="Overage">Bills above what was set aside.</param>
/// <param name="CalendarNote">Which planned allocations and ends of periods are counted to the end of next month; empty: none.</param>
/// <param name="Soon">The next seven days, in a month's last week, when its end says little of the days after it; null before.</param>
/// <param name="Wallets">How many of these wallets calls are charged to: all but the organisation's own.</param>
/// <param name="ObservingWallets">Of them, those that only observe: they let calls through beyond what they have.</param>
/// <param name="ObservingNote">The same for people; empty: none does.</param>
internal sealed record FundsOutlookBody(
    string TeamId, Money Available, double ExhaustedThisMonth, double ExhaustedNextMonth, DateTimeOffset? Early, DateTimeOffset? Expected, DateTimeOffset? Late,
    Money NeededThisMonth, Money NeededNextMonth, Money Missing, Money? RefusedThisMonth, Money? RefusedNextMonth, Money Overage, string CalendarNote, FundsSoonBody? Soon,
    long Wallets, long ObservingWallets, string ObservingNote)
{
    public static FundsOutlookBody From(FundsOutlook funds) => new(
        funds.TeamId, new(funds.AvailableNanos), funds.ExhaustedThisMonth, funds.ExhaustedNextMonth, funds.Early.ToMoment(), funds.Expected.ToMoment(), funds.Late.ToMoment(),
        new(funds.NeededThisMonthNanos), new(funds.NeededNextMonthNanos), new(funds.MissingNanos), funds.HasRefusedThisMonthNanos ? new(funds.RefusedThisMonthNanos) : null,
        funds.HasRefusedNextMonthNanos ? new(funds.RefusedNextMonthNanos) : null, new(funds.OverageNanos), funds.CalendarNote,
        funds.Soon is { } soon ? new(soon.To.ToMoment(), soon.Exhausted, new(soon.NeededNanos), new(soon.MissingNanos)) : null,
        funds.Wallets, funds.ObservingWallets, funds.ObservingNote);
}

/// <param name="To">The moment after the seven days.</param>
/// <param name="Exhausted">Share of futures that are out of money before then.</param>
/// <param name="Needed">What covers the asked share of futures until then.</param>
/// <param name="Missing">What is to be put in now so that the asked share of futures is not out of money until then.</param>
internal sealed record FundsSoonBody(DateTimeOffset? To, double Exhausted, Money Needed, Money Missing);

/// <summary>One wallet of a team that has several: what its calls take of the team's futures. In each future they come to what the team spends.</summary>
/// <param name="UserId">Empty, as is the application: the team's own, which pays for everybody without a wallet.</param>
/// <param name="Note">What it rests on.</param>
internal sealed record WalletOutlookBody(string WalletId, string UserId, string ApplicationId, string Name, FundsOutlookBody Funds, string Note)
{
    public static WalletOutlookBody From(WalletOutlook wallet) => new(
        wallet.WalletId, wallet.UserId, wallet.ApplicationId, wallet.Name, FundsOutlookBody.From(wallet.Funds), wallet.Note);
}

/// <param name="Crossing">Share of futures in which spend is above the amount at the period's end; null where the note says why.</param>
internal sealed record BudgetOutlookBody(
    string BudgetId, string Name, Money Amount, Money Spent, DateTimeOffset? PeriodEnd, double? Crossing, DateTimeOffset? Early, DateTimeOffset? Expected, string Note)
{
    public static BudgetOutlookBody From(BudgetOutlook budget) => new(
        budget.BudgetId, budget.Name, new(budget.AmountNanos), new(budget.SpentNanos), budget.PeriodEnd.ToMoment(), budget.HasCrossing ? budget.Crossing : null,
        budget.Early.ToMoment(), budget.Expected.ToMoment(), budget.Note);
}

/// <summary>What becomes of a period cap of the organisation or of a team: calls that ask for more than it leaves are refused, unless the wallet that they are charged to only observes.</summary>
/// <param name="TeamId">Empty: the organisation's.</param>
/// <param name="Period">day, week, month, quarter or year.</param>
/// <param name="Spent">What counts of the current period, without what gateways hold ahead of calls.</param>
/// <param name="PeriodEnd">Null, as the figures after it, where the period is not known; the note says why.</param>
/// <param name="Reached">Share of futures in which more is asked for before the period ends than the cap leaves.</param>
/// <param name="Early">By when one future in ten asks for more than it leaves; null: not before the period ends.</param>
/// <param name="Expected">By when half of them do.</param>
/// <param name="Late">By when nine in ten do.</param>
/// <param name="Needed">The amount that would let the asked share of futures through the whole of the current period.</param>
/// <param name="ReachedNext">The same of the period after it; null where that ends beyond the twelve months after this one.</param>
/// <param name="Source">Whose cap it is when it is not made by people: a budget's id, for example.</param>
/// <param name="Note">What it leaves out; empty: nothing.</param>
internal sealed record CapOutlookBody(
    string CapId, string TeamId, string Period, string TimeZone, Money Amount, Money Spent, DateTimeOffset? PeriodEnd, double? Reached, DateTimeOffset? Early, DateTimeOffset? Expected, DateTimeOffset? Late,
    Money? Needed, double? ReachedNext, Money? NeededNext, string Source, string Note)
{
    public static CapOutlookBody From(CapOutlook cap) => new(
        cap.CapId, cap.TeamId, EnumText.Of(cap.Period), cap.TimeZone, new(cap.AmountNanos), new(cap.SpentNanos), cap.PeriodEnd.ToMoment(), cap.HasReached ? cap.Reached : null, cap.Early.ToMoment(),
        cap.Expected.ToMoment(), cap.Late.ToMoment(), cap.HasReached ? new(cap.NeededNanos) : null, cap.HasReachedNext ? cap.ReachedNext : null,
        cap.HasNeededNextNanos ? new(cap.NeededNextNanos) : null, cap.Source, cap.Note);
}

/// <param name="Reserve">What is left of the total where it is more than needed.</param>
/// <param name="Refused">What is expected to be refused for want of money; in needed only where it was asked for.</param>
internal sealed record AllocationPlanBody(
    string Currency, DateTimeOffset? PeriodStart, DateTimeOffset? PeriodEnd, Money Total, Money Needed, Money Allocated, Money Unfunded, Money Reserve,
    IReadOnlyList<TeamAllocationBody> Teams, Money Refused)
{
    public static AllocationPlanBody From(AllocationPlan plan) => new(
        plan.Currency, plan.PeriodStart.ToMoment(), plan.PeriodEnd.ToMoment(), new(plan.TotalNanos), new(plan.NeededNanos), new(plan.AllocatedNanos),
        new(plan.UnfundedNanos), new(plan.ReserveNanos),
        [.. plan.Teams.Select(team => new TeamAllocationBody(
            team.TeamId, new(team.NeededNanos), new(team.AllocatedNanos), new(team.UnfundedNanos), team.Covered, new(team.ExpectedShortfallNanos), team.Reason, new(team.RefusedNanos)))],
        new(plan.RefusedNanos));
}

/// <param name="Covered">Share of futures that the allocation covers.</param>
/// <param name="ExpectedShortfall">Mean over futures of what is asked for beyond it.</param>
/// <param name="Reason">For people: why so much.</param>
internal sealed record TeamAllocationBody(string TeamId, Money Needed, Money Allocated, Money Unfunded, double Covered, Money ExpectedShortfall, string Reason, Money Refused);
