using System.Globalization;
using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Scenarios.Evaluation;

namespace Platform.Forecast.Scenarios;

/// <summary>What an answer rests on and what it cannot know, in sentences.</summary>
internal static class BasisSentences
{
    private const string Shares = "Which calls are touched follows from the shares of provider and model in each segment's last four weeks, as sure as their days make them.";

    /// <summary>Of so few days with quarter hours that are known a bootstrap is no measure of how sure they are.</summary>
    private const int FewDays = 14;

    public static void Note(LimitChange limit, IReadOnlyCollection<QuarterLoad> loads, LimitEffect effect, ChangeTrace trace)
    {
        QuarterLoad[] live = [.. loads.Where(load => load.IsLive)];
        trace.Note(live.Length == 0 ? "No quarter hours of the last four weeks are known, so nothing says what the limit would hold back: it is left out." : Sentence(limit, live.Length, effect));
        var (known, imported) = (live.Sum(load => (double)load.CostNanos), loads.Sum(load => (double)load.ImportedNanos));
        if (imported > 0)
        {
            trace.Note(string.Create(
                CultureInfo.InvariantCulture, $"{100 * imported / (known + imported):0.##} % of what was spent in them was imported by the day, and is in no quarter of an hour: it is taken to come as the rest does."));
        }

        if (live.Select(load => load.Day).Distinct().Count() is > 0 and < FewDays and var days)
        {
            trace.Note($"They are of {days} {(days == 1 ? "day" : "days")} alone, which are few.");
        }
    }

    private static string Sentence(LimitChange limit, int quarters, LimitEffect effect) => string.Create(
        CultureInfo.InvariantCulture,
        $"{quarters} quarters of an hour of the last four weeks, in each of which calls come by chance at its mean a minute: the limit{(effect.Earlier is null ? "" : ", with those of its scope before it,")} would have held back {100 * effect.Today:0.##} % of {(limit.TeamId.Length == 0 ? "all" : "the team's")} spend, and holds back more as demand grows.");

    public static void Note(OutageChange outage, int profiles, ChangeTrace trace)
    {
        if (outage is not { At: null, IsPeak: false })
        {
            trace.Note(profiles == 0
                ? "No quarter hours of the last four weeks are known: every hour of a day is taken to be alike."
                : "The hours of the day at which teams spent with the provider in the last four weeks; usage that was imported by the day has none.");
        }
    }

    /// <summary>
    /// Names a change whose calls there are none of, as of a model that is misspelt: its differences of nothing would read as an answer. Null for what touches something, and for what
    /// touches nothing for another reason, which its notes say.
    /// </summary>
    public static string? Untouched(Change change, ScenarioInputs inputs)
    {
        var which = change switch
        {
            RouteChange route => route.Of,
            LaneChange lane => lane.Of,
            PriceChange price => price.Of,
            LiftChange lift => lift.Of,
            OutageChange outage => outage.Of,
            _ => Selection.All,
        };
        var isTouching = which.IsAll || inputs.Traces.Where((_, place) => ReferenceEquals(inputs.Changes[place], change)).Any(trace => trace.Segments + trace.PlanItems > 0);
        var isUsed = inputs.Mixes.Any(mix => which.TakesSegment(mix.Key.TeamId, mix.Key.Workload) && mix.Value.Uses.Any(use => which.TakesRoute(mix.Key.Lane, use.Provider, use.Model)));
        return isTouching || isUsed ? null
            : $"Nothing is touched: no call of the last four weeks and no plan item is of {which.Named()}. kt spend --by team,workload,lane,provider,model shows the names that calls have.";
    }

    public static IEnumerable<string> RestsOn(Change change)
    {
        switch (change)
        {
            case WalletChange wallet:
                yield return !wallet.IsOfTeam ? "What is available in that wallet, and what the calendar brings it, for the calls that it pays. Overage is repaid first. The money comes from the team's own wallet and goes back to it, so that the team has as much as before, but for the overage that is repaid."
                    : wallet.TeamId.Length == 0
                    ? "What is available in all wallets, with what comes from outside or goes there."
                    : "What is available in the team's wallets, and what the calendar brings and ends. Overage is repaid first. The money comes from the organisation's own and goes back to it, so that all wallets together have as much as before, but for the overage that is repaid and for what has to be credited before.";
                break;
            case BudgetChange:
                yield return "The budget's running period: what is spent, and the futures of what is left of it.";
                break;
            case RouteChange or LaneChange:
                yield return Shares;
                yield return "Prices of today's book, for the tokens of those calls: price there by price here.";
                break;
            case PriceChange price:
                yield return Shares;
                yield return price.Rates is null ? "The change that was said." : "The new rates by those of today's book, for the tokens of those calls.";
                break;
            case PlanChange:
                yield return "The plan item as it would be, at the price of today's book, in the same futures: it happens, and is larger or smaller, in each as it was before.";
                break;
            case LiftChange:
                yield return "The control layer: what calls would have cost by default, and refused calls at the part of their bounds that calls cost.";
                break;
            case OutageChange:
                yield return Shares;
                break;
        }
    }

    /// <param name="scenario">All changes of its scenario.</param>
    public static IEnumerable<string> CannotKnow(Change change, IReadOnlyList<Change> scenario)
    {
        switch (change)
        {
            case WalletChange:
                yield return "Whether callers would have spent less as the money ran out: what is refused is what was wanted beyond it.";
                break;
            case BudgetChange:
                yield return "Whether an alert changes what people do: a budget stops nothing.";
                break;
            case LimitChange:
                yield return "Whether callers try again later: what is held back is taken as not spent. How calls crowd within a quarter of an hour beyond chance; if they do, more is held back.";
                yield return "Planned demand is not held back, since nobody knows its minutes.";
                if (scenario.OfType<LimitChange>().Any(limit => limit.TeamId.Length == 0) && scenario.OfType<LimitChange>().Any(limit => limit.TeamId.Length > 0))
                {
                    yield return "How far a team's limit and the one over all hold back the same calls: each is held against demand as if it were alone, and takes its share of what the other leaves.";
                }

                break;
            case RouteChange:
                yield return "Whether the other model answers in as many tokens, counts them alike, or is called again more often.";
                break;
            case LaneChange:
                yield return "Whether the work can wait, and is wanted as much when it does.";
                break;
            case PriceChange:
                yield return "Whether demand answers to the price: it is taken as unmoved.";
                break;
            case PlanChange:
                yield return "Whether the launch moves other demand.";
                break;
            case LiftChange:
                yield return "Whether demand grows once nothing holds it: what was never asked for is in no record.";
                break;
            case OutageChange:
                yield return "Whether lost calls are made again afterwards; whether the fallback has room for all of them.";
                break;
        }

        if (change is not (PriceChange or WalletChange or BudgetChange))
        {
            yield return "Demand is taken as unmoved.";
        }
    }
}
