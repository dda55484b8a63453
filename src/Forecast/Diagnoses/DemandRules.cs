using System.Globalization;
using Platform.Forecast.Planning;
using Platform.Forecast.Projection;
using Platform.Forecast.Variances;
using static Platform.Forecast.Diagnoses.Say;

namespace Platform.Forecast.Diagnoses;

/// <summary>Rules about what is asked for and how it is served. Pure.</summary>
internal static class DemandRules
{
    private const double FailoverShare = 0.02;
    private const double FailoverTimes = 2;
    private const int FailoverCalls = 20;
    private const double OverPlan = 1.3;
    private const double Unclassified = 0.2;
    private const double Wasted = 0.05;
    private const double ShadowSaving = 0.02;
    private const double Shift = 0.1;
    private const int AnnouncedDays = 7;
    private const int MonthDays = 30;

    public static readonly IReadOnlyList<Rule> All =
    [
        new("failover_high",
            "In the last seven days 2 % of calls or more (20 at least) fell back, and twice the share of the twelve weeks before or more.",
            "What falling back cost more than first choices in those seven days, where records say it.", FailoverHigh)
        {
            IsToldWithoutMoney = true,
        },
        new("plan_late", "A plan item started three days ago or more, and less than a tenth of it is to be seen in its segments.", "What was planned to have been spent by now.", PlanLate),
        new("plan_over", "A plan item's segment spent 1.3 times what was planned or more since its start, above its level before.", "What it spent beyond the plan.", PlanOver),
        new("unclassified", "A fifth of four weeks' spend or more has no workload.", "That spend.", UnclassifiedHigh),
        new("wasted", "Failed attempts, duplicates and abandoned output are 5 % of four weeks' spend or more.", "Their cost.", WastedHigh),
        new("shadow_saving", "A right-sizing rule in shadow mode would have saved 2 % of four weeks' spend or more.", "What it would have saved.", ShadowRule),
        new("unannounced_shift",
            "A segment's level changed in the last four weeks by a tenth of the team's spend or more, and within seven days of it no routing policy, budget, cap, freeze or wallet policy was changed, no price of its models began and no plan item of the team started.",
            "The change of level, a month.", UnannouncedShift),
    ];

    private static IEnumerable<Finding> FailoverHigh(TeamFacts facts)
    {
        var (now, before) = (ShareOf(facts.LastWeek.FallbackCalls, facts.LastWeek.Calls), ShareOf(facts.Before.FallbackCalls, facts.Before.Calls));
        if (facts.LastWeek.FallbackCalls < FailoverCalls || now < FailoverShare || now < FailoverTimes * before)
        {
            yield break;
        }

        var premium = facts.LastWeek.Compared.PremiumNanos;
        yield return new Finding(
            $"{Percent(now)} of the last seven days' calls fell back, {Percent(before)} of the twelve weeks before{(premium != 0 ? $"; they cost {Amount(Math.Abs(premium), facts)} {(premium > 0 ? "more" : "less")} than first choices" : "")}.",
            Math.Max(0, premium), "See which target fails, and whether its order or its provider is to change.", "kt routes targets")
        {
            Figures = [Figure("calls that fell back", Percent(now), $"{Percent(FailoverShare)} or more, and twice {Percent(before)}"), Figure("dearer by", Amount(premium, facts))],
            Evidence = [Evidence("the resilience layer", $"kt forecast --team {facts.TeamId} --layers"), Evidence("models that ran", $"kt spend --team {facts.TeamId} --by model --since 7d --compare")],
        };
    }

    private static IEnumerable<Finding> PlanLate(TeamFacts facts) => facts.Plan.Where(item => item.Progress.Status == PlanStatus.Late).Select(item => new Finding(
        $"Plan item {item.Item.PlanId} was to start on {Day(item.Item.StartsOn)}, and {Amount(item.Progress.ActualNanos, facts)} of {Amount(item.Progress.PlannedNanos, facts)} are to be seen.",
        item.Progress.PlannedNanos, "Ask its owner; plan it for another day, or no more: until then the forecast counts it whole.", $"kt forecast plan remove {item.Item.PlanId}")
    {
        Figures = [Figure("planned to date", Amount(item.Progress.PlannedNanos, facts)), Figure("seen", Amount(item.Progress.ActualNanos, facts), "a tenth of it"), Figure("owner", item.Item.Owner)],
        Evidence = [Evidence("plan items beside what came", $"kt forecast plan list --team {facts.TeamId}")],
    });

    private static IEnumerable<Finding> PlanOver(TeamFacts facts) => facts.Plan
        .Where(item => item.Progress is { PlannedNanos: > 0, IsHidden: false } && item.Progress.ActualNanos >= OverPlan * item.Progress.PlannedNanos).Select(item => new Finding(
            $"Plan item {item.Item.PlanId} was to have spent {Amount(item.Progress.PlannedNanos, facts)} by now, and its segment spent {Amount(item.Progress.ActualNanos, facts)} above its level before.",
            item.Progress.ActualNanos - item.Progress.PlannedNanos, "Plan it as it is, so that wallets and budgets know, or find what else grew in its segment.",
            $"kt variance --team {facts.TeamId} --period month")
        {
            Figures =
            [
                Figure("spent, of planned", Percent(item.Progress.ActualNanos / (double)item.Progress.PlannedNanos), $"{Percent(OverPlan)} or more"),
                Figure("planned to date", Amount(item.Progress.PlannedNanos, facts)), Figure("owner", item.Item.Owner),
            ],
            Evidence = [Evidence("plan items beside what came", $"kt forecast plan list --team {facts.TeamId}")],
        });

    private static IEnumerable<Finding> UnclassifiedHigh(TeamFacts facts)
    {
        var share = facts.Share(facts.UnclassifiedNanos);
        if (facts.UnclassifiedNanos <= 0 || share < Unclassified)
        {
            yield break;
        }

        yield return new Finding(
            $"{Percent(share)} of four weeks' spend has no workload: it is forecast as one segment, and nobody can say which work it is.", facts.UnclassifiedNanos,
            "Send X-KT-Workload with calls, or make a rule that classifies what is recorded from now on.", $"kt workloads rules preview unclassified --team {facts.TeamId} --workload NAME")
        {
            Figures = [Figure("without a workload", Percent(share), $"{Percent(Unclassified)} or more")],
            Evidence = [Evidence("calls without a workload", $"kt usage list --team {facts.TeamId} --workload \"(none)\"")],
        };
    }

    private static IEnumerable<Finding> WastedHigh(TeamFacts facts)
    {
        Driver[] kinds = [Driver.Failed, Driver.Duplicates, Driver.Abandoned];
        var nanos = kinds.Sum(kind => facts.Waste.GetValueOrDefault(kind));
        if (nanos <= 0 || facts.Share(nanos) < Wasted)
        {
            yield break;
        }

        yield return new Finding(
            $"{Percent(facts.Share(nanos))} of four weeks' spend brought nothing: failed attempts {Amount(facts.Waste.GetValueOrDefault(Driver.Failed), facts)}, duplicates {Amount(facts.Waste.GetValueOrDefault(Driver.Duplicates), facts)}, abandoned output {Amount(facts.Waste.GetValueOrDefault(Driver.Abandoned), facts)}.",
            nanos, "Look at the records, and stop their cause: retries, missing caching, callers that leave.", $"kt waste --team {facts.TeamId} --since 28d --evidence 5")
        {
            Figures = [Figure("wasted, of spend", Percent(facts.Share(nanos)), $"{Percent(Wasted)} or more")],
            Evidence = [Evidence("each signal with its records", $"kt waste --team {facts.TeamId} --since 28d --evidence 5")],
        };
    }

    private static IEnumerable<Finding> ShadowRule(TeamFacts facts)
    {
        var saving = facts.Month.Compared.ShadowedNanos - facts.Month.Compared.ShadowedRuleNanos;
        if (saving <= 0 || facts.Share(saving) < ShadowSaving)
        {
            yield break;
        }

        yield return new Finding(
            $"Rules in shadow mode would have saved {Amount(saving, facts)} in four weeks, {Percent(facts.Share(saving))} of spend.", saving,
            "Look at which of them would have saved, and switch those on.", "kt routes shadow --since 28d")
        {
            Figures = [Figure("would have saved, of spend", Percent(facts.Share(saving)), $"{Percent(ShadowSaving)} or more"), Figure("calls they would have taken cost", Amount(facts.Month.Compared.ShadowedNanos, facts))],
            Evidence = [Evidence("what the layers rest on", $"kt forecast --team {facts.TeamId} --layers")],
        };
    }

    private static IEnumerable<Finding> UnannouncedShift(TeamFacts facts)
    {
        double OfSpend(SegmentShift shift) => Math.Abs(shift.AfterNanos - shift.BeforeNanos) * facts.KnownDays / (shift.MonthNanos ?? facts.Month.CostNanos);

        foreach (var shift in facts.Shifts.Where(shift => OfSpend(shift) >= Shift && !IsAnnounced(shift, facts)))
        {
            var nanos = Nanos.FromForecast(Math.Abs(shift.AfterNanos - shift.BeforeNanos) * MonthDays);
            yield return new Finding(
                $"{shift.Segment.Name} went from {Amount(Nanos.FromForecast(shift.BeforeNanos), facts)} to {Amount(Nanos.FromForecast(shift.AfterNanos), facts)} a day on {Day(shift.First)}{(shift.IsRestated ? ", at the prices and routes of today" : "")}, and nobody announced a change: no policy, no budget, no cap, no freeze, no price, no plan item.",
                nanos, "Ask the team what happened on that day; if it stays, plan for it.",
                $"kt forecast effect --since {Day(shift.First)} --team {facts.TeamId}{(shift.Segment.Workload.Length > 0 ? $" --workload {shift.Segment.Workload}" : "")}{(shift.Segment.Lane.Length > 0 ? $" --lane {shift.Segment.Lane}" : "")}{(facts.Calendar.IsUtc ? "" : $" --time-zone {facts.Calendar.Name}")}")
            {
                Figures = [Figure("change, of the team's spend", Percent(OfSpend(shift)), $"{Percent(Shift)} or more"), Figure("changes announced within seven days", "0", "none")],
                Evidence =
                [
                    Evidence("calls of that day", $"kt usage list --team {facts.TeamId} --workload {Label(shift.Segment.Workload)} --from {Start(shift.First)} --to {Start(shift.First.AddDays(1))}"),
                    Evidence("what was changed around it", "kt forecast controls"),
                    Evidence("what else people did around it, such as to users and keys", $"kt audit list --from {Start(shift.First.AddDays(-AnnouncedDays))} --to {Start(shift.First.AddDays(AnnouncedDays + 1))}"),
                ],
            };
        }

        // Commands read a day without a time as one of UTC.
        string Start(DateOnly day) => facts.Calendar.IsUtc ? Day(day) : facts.Calendar.StartOf(day).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }

    private static bool IsAnnounced(SegmentShift shift, TeamFacts facts)
    {
        bool IsNear(DateOnly day) => Math.Abs(day.DayNumber - shift.First.DayNumber) <= AnnouncedDays;

        return facts.Announced.Any(change => IsNear(facts.Calendar.DayOf(change.OccurredAt))) || shift.Prices.Any(IsNear) || facts.Plan.Any(item => IsNear(item.Item.StartsOn));
    }

    private static double ShareOf(long part, long whole) => whole > 0 ? part / (double)whole : 0;
}
