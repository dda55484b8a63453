using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Variances;
using static Platform.Forecast.Diagnoses.Say;

namespace Platform.Forecast.Diagnoses;

/// <summary>Rules about wallets and budgets. Pure.</summary>
internal static class MoneyRules
{
    private const int SoftPercent = 80;
    private const int SoftPeriods = 2;
    private const double LowChance = 0.1;
    private const double EarlyChance = 0.5;
    private const double AbovePeers = 0.1;
    private const double AtRisk = 0.2;
    private const double Spare = 0.25;
    private const double RefusedShare = 0.02;
    private const int MonthDays = 30;

    public static readonly IReadOnlyList<Rule> All =
    [
        new("growth_pressure",
            "A budget of the team told of 80 % or more of its spend in two periods or more of the last ten weeks, the team's own wallet was not exhausted in them, and less than one future in ten exhausts it this month.",
            "What the running period is projected to spend beyond the budget.", GrowthPressure),
        new("right_sizing_first",
            "Half of all futures or more exhaust the team's money before the month ends, or its own wallet was exhausted this month, and its premium share of four weeks (lane premium, or models whose token costs twice the organisation's mean) is ten points or more above the median of its peers.",
            "What small calls on dear models cost more than on the cheapest model in use, a month.", RightSizingFirst),
        new("wallet_at_risk",
            "One future in five or more exhausts the team's money before the month ends or, in its last week, within seven days.",
            "What is missing for nine futures in ten until then, with the overage that is repaid of it first.", WalletAtRisk),
        new("money_to_reclaim",
            "A quarter of the team's money or more is beyond what nine futures in ten spend to the end of next month, and the team is no new one: used for fourteen days or more or, where it was not used yet, with money since before the last four weeks.",
            "What is beyond it.", MoneyToReclaim),
        new("ceiling_too_low",
            "Demand refused for want of funds or by a cap in four weeks is 2 % of spend or more, at what calls cost of their bounds.",
            "That demand.", facts => Refused(facts, "Money refused demand", [Reasons.InsufficientFunds, Reasons.CapReached], Raise)),
        new("limit_biting",
            "Demand refused by rate limits in four weeks is 2 % of spend or more, at what calls cost of their bounds.",
            "That demand.", facts => Refused(facts, "Rate limits refused demand", [Reasons.RateLimit], _ => (
                "See which limit is full and raise it, or spread the work: the scheduled lane waits instead of being refused.", "kt routes limits"))),
    ];

    private static IEnumerable<Finding> GrowthPressure(TeamFacts facts)
    {
        if (facts.Alerts.Any(alert => alert.Kind == AlertKind.WalletExhausted && alert.Subject == OwnWallet(facts)) || facts.Funds is { ExhaustedThisMonth: >= LowChance })
        {
            yield break;
        }

        foreach (var budget in facts.Budgets)
        {
            var periods = facts.Alerts.Where(alert => alert.Kind == AlertKind.BudgetThreshold && alert.Subject == budget.BudgetId && Percent(alert) >= SoftPercent && alert.Figures.All(figure => figure.Name != "forecast"))
                .GroupBy(alert => alert.PeriodFrom).Count();
            if (periods >= SoftPeriods)
            {
                var beyond = Math.Max(0, (budget.HasProjectedNanos ? budget.ProjectedNanos : budget.SpentNanos) - budget.AmountNanos);
                yield return new Finding(
                    $"Budget {budget.Name} told of {SoftPercent} % or more in {periods} periods of the last ten weeks, {(facts.Funds is null ? "and the team has no wallet that could run out" : "in which the team's own wallet did not run out")}: demand grows, and it is no want of control.", beyond,
                    beyond > 0 ? "Raise the budget to what it is projected to spend, or plan the growth." : "See what grows, and plan it.",
                    beyond > 0 ? $"kt budgets set {budget.BudgetId} --amount {Up(budget.AmountNanos + beyond)} --currency {facts.Currency}" : $"kt variance --team {facts.TeamId} --period month")
                {
                    Figures =
                    [
                        Figure("periods with alerts", $"{periods}", $"{SoftPeriods} or more"), Figure("budget", Amount(budget.AmountNanos, facts)),
                        Figure("projected", budget.HasProjectedNanos ? Amount(budget.ProjectedNanos, facts) : "–"),
                        Figure("chance of exhaustion this month", facts.Funds is { } funds ? Say.Percent(funds.ExhaustedThisMonth) : "–", $"below {Say.Percent(LowChance)}"),
                    ],
                    Evidence = [Evidence("what the budget told", $"kt budgets history {budget.BudgetId}"), Evidence("what grows", $"kt variance --team {facts.TeamId} --period month")],
                };
            }
        }
    }

    private static int Percent(Alert alert) => int.TryParse(alert.Figures.FirstOrDefault(figure => figure.Name == "threshold")?.Value, out var percent) ? percent : 0;

    /// <summary>What pays for everybody in the team who has no wallet. That a user's ran out is no want of the team's.</summary>
    private static string OwnWallet(TeamFacts facts) => $"wal_{facts.TeamId}";

    private static bool IsBurntEarly(TeamFacts facts) => facts.Funds is { ExhaustedThisMonth: >= EarlyChance }
        || facts.Alerts.Any(alert => alert.Kind == AlertKind.WalletExhausted && alert.Subject == OwnWallet(facts) && facts.Calendar.DayOf(alert.OccurredAt.ToDateTimeOffset()) >= new DateOnly(facts.Today.Year, facts.Today.Month, 1));

    private static bool IsRightSizingFirst(TeamFacts facts) => IsBurntEarly(facts) && facts.PeersPremium is { } peers && facts.PremiumShare >= peers + AbovePeers;

    /// <summary>A month, of small calls on the cheapest model in use.</summary>
    private static long Saving(TeamFacts facts) => (long)((Int128)facts.Waste.GetValueOrDefault(Driver.RightSizing) * MonthDays / facts.KnownDays);

    private static IEnumerable<Finding> RightSizingFirst(TeamFacts facts)
    {
        if (!IsRightSizingFirst(facts))
        {
            yield break;
        }

        var saving = Saving(facts);
        yield return new Finding(
            $"Money burns early and {Say.Percent(facts.PremiumShare)} of spend is premium, {Say.Percent(facts.PeersPremium!.Value)} of its peers': right-size before funding. Small calls alone would cost {Amount(saving, facts)} less a month on the cheapest model in use.",
            saving, "Route small calls to a cheaper model: a right-sizing rule, in shadow mode first, shows what it would save.", "kt routes show")
        {
            Figures =
            [
                Figure("premium share", Say.Percent(facts.PremiumShare), $"{Say.Percent(facts.PeersPremium.Value + AbovePeers)} (its peers' median and ten points)"),
                Figure("chance of exhaustion this month", Say.Percent(facts.Funds?.ExhaustedThisMonth ?? 0), $"{Say.Percent(EarlyChance)}, or exhausted this month"),
            ],
            Evidence =
            [
                Evidence("small calls on dear models, with records", $"kt waste --team {facts.TeamId} --since 28d --evidence 5"),
                Evidence("cost by lane and model", $"kt spend --team {facts.TeamId} --by lane,model --since 28d"),
            ],
        };
    }

    private static IEnumerable<Finding> WalletAtRisk(TeamFacts facts)
    {
        if (facts.Funds is not { ExhaustedSoon: >= AtRisk } funds)
        {
            yield break;
        }

        var missing = funds.MissingNanos;
        var (soon, until) = DaysAtRisk.IsWithinMonth(facts.Today) ? ("before the month ends", "the month's end") : ("in the next seven days", Day(DaysAtRisk.To(facts.Today)));
        yield return new Finding(
            $"{(funds.AvailableNanos > 0 ? $"{Say.Percent(funds.ExhaustedSoon)} of futures exhaust the {Amount(funds.AvailableNanos, facts)} available" : $"No money is available, and {Say.Percent(funds.ExhaustedSoon)} of futures ask for more than comes")} {soon}{(funds.Early is { } early ? $", the first tenth by {DayOf(early)}" : "")}.{(funds.ObservingNote.Length > 0 ? $" {funds.ObservingNote}" : "")}",
            missing, IsRightSizingFirst(facts) && DiagnosisRules.IsSeen(Saving(facts), facts.Currency) ? "Right-size first; what is missing after it, allocate." : "Allocate what is missing for nine futures in ten.",
            $"kt wallets allocate --team {facts.TeamId} --amount {Up(missing)} --currency {facts.Currency}")
        {
            Figures =
            [
                Figure($"chance of exhaustion {soon}", Say.Percent(funds.ExhaustedSoon), $"{Say.Percent(AtRisk)} or more"), Figure("available", Amount(funds.AvailableNanos, facts)),
                .. funds.OverageNanos > 0 ? [Figure("overage, repaid first", Amount(funds.OverageNanos, facts))] : (Contracts.Forecast.V1.DiagnosisFigure[])[],
                Figure($"needed to {until} (P90)", Amount(funds.NeededSoonNanos, facts)), Figure("half of futures by", funds.Expected is { } half ? DayOf(half) : "not within twelve months"),
            ],
            Evidence = [Evidence("when money runs out", $"kt forecast --team {facts.TeamId} --layers"), Evidence("the wallet", $"kt wallets show {OwnWallet(facts)}")],
        };

        // As the forecast tells it: of the zone that is asked for.
        string DayOf(DateTimeOffset moment) => Day(facts.Calendar.DayOf(moment));
    }

    private static IEnumerable<Finding> MoneyToReclaim(TeamFacts facts)
    {
        var surplus = facts.Funds is { } funds ? Math.Min(funds.AvailableNanos - funds.NeededNanos, funds.OwnNanos) : 0;
        if (facts.IsNew || surplus < Money.NanosPerUnit || surplus < Spare * facts.Funds!.AvailableNanos)
        {
            yield break;
        }

        yield return new Finding(
            $"{Amount(facts.Funds.AvailableNanos, facts)} are available, and nine futures in ten spend no more than {Amount(facts.Funds.NeededNanos, facts)} to the end of next month.",
            surplus, "Reclaim what is beyond it, for teams that need it.", $"kt wallets reclaim --team {facts.TeamId} --amount {Down(surplus)} --currency {facts.Currency}")
        {
            Figures =
            [
                Figure("beyond what is needed", Say.Percent(surplus / (double)facts.Funds.AvailableNanos), $"{Say.Percent(Spare)} or more"),
                Figure("available", Amount(facts.Funds.AvailableNanos, facts)), Figure("needed to the end of next month (P90)", Amount(facts.Funds.NeededNanos, facts)),
            ],
            Evidence = [Evidence("what is needed", $"kt forecast --team {facts.TeamId} --layers"), Evidence("how a total is best given to teams", "kt forecast allocate --total AMOUNT")],
        };
    }

    private static IEnumerable<Finding> Refused(TeamFacts facts, string what, IReadOnlyCollection<string> reasons, Func<TeamFacts, (string Act, string Command)> act)
    {
        var refused = facts.Refusals.Where(refusal => reasons.Contains(refusal.Reason)).ToArray();
        var nanos = refused.Sum(refusal => refusal.Nanos);
        if (nanos <= 0 || nanos < RefusedShare * facts.Month.CostNanos)
        {
            yield break;
        }

        var (toDo, command) = act(facts);
        yield return new Finding(
            $"{what} worth {Amount(nanos, facts)} in four weeks ({refused.Sum(refusal => refusal.Attempts)} attempts), {OfSpend(" of what was spent", "and ")}. Callers that tried again count each time.",
            nanos, toDo, command)
        {
            Figures =
            [
                Figure("refused, of spend", OfSpend("", ""), $"{Say.Percent(RefusedShare)} or more"),
                .. refused.Select(refusal => Figure(
                    refusal.Reason, $"{Amount(refusal.Nanos, facts)}: {Amount(refusal.BoundNanos, facts)} at most, of which calls cost {ShareOfBound(refusal)}")),
            ],
            Evidence = [Evidence("refused attempts by reason, and what they could have cost at most", $"kt demand --team {facts.TeamId} --by reason --since 28d")],
        };

        string OfSpend(string after, string before) => facts.Month.CostNanos switch
        {
            > 0 => $"{Say.Percent(facts.Share(nanos))}{after}",
            0 => $"{before}nothing was spent",
            _ => $"{before}more was given back than was spent",
        };
    }

    /// <summary>To four figures, so that it leads from what <c>kt demand</c> shows to the amount.</summary>
    private static string ShareOfBound(Refusal refusal) => refusal.BoundNanos == 0
        ? "nothing"
        : string.Create(CultureInfo.InvariantCulture, $"{100m * refusal.Nanos / refusal.BoundNanos:0.00##} %");

    private static (string Act, string Command) Raise(TeamFacts facts)
    {
        var byCap = facts.Refusals.Where(refusal => refusal.Reason == Reasons.CapReached).Sum(refusal => refusal.Nanos);
        var byFunds = facts.Refusals.Where(refusal => refusal.Reason == Reasons.InsufficientFunds).Sum(refusal => refusal.Nanos);
        return byCap > byFunds
            ? ("A cap refuses it: raise it, or say that it is meant to.", "kt caps list")
            : ("Allocate it, if it is work that is wanted.", $"kt wallets allocate --team {facts.TeamId} --amount {Up(byFunds)} --currency {facts.Currency}");
    }
}
