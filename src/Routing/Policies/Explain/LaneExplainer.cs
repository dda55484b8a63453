using System.Globalization;
using Platform.Contracts.Routing.V1;
using Platform.Rating;
using Platform.Routing.Calls;
using Platform.Routing.Choosing;
using Platform.Routing.Health;
using Platform.Routing.Pricing;

namespace Platform.Routing.Policies.Explain;

/// <summary>Says who would serve a call in a lane, in which order, and what it would cost at each, by the figures that strategies look at.</summary>
internal sealed class LaneExplainer(TargetBoard board, PriceReplica prices)
{
    private const string LeftAlone = "It has failed too often lately and is left alone for a while.";

    public LaneExplanation Explain(string lane, RouteSet set, ShapeKinds shape, string teamId, FactsRequest request)
    {
        var seen = set.Targets.Select(choice => See(choice, set.Strategy, shape, teamId, request)).ToList();
        var wanted = Order(set.Strategy, seen.Where(candidate => candidate.Serves)).ToList();
        var tried = wanted.Where(candidate => candidate.IsTried).OrderBy(candidate => candidate.State.Availability).ToList();
        var explanation = new LaneExplanation { Lane = lane, Set = set.Name, Strategy = PolicyNames.Strategies.First(known => known.Value == set.Strategy).Key };
        explanation.Candidates.AddRange(tried.Select((candidate, index) => ToContract(candidate, index + 1, Detail(candidate, set.Strategy, wanted[0], tried))));
        explanation.Candidates.AddRange(seen.Where(candidate => !candidate.IsTried).Select(candidate => ToContract(candidate, 0, candidate.Serves ? LeftAlone : candidate.Problem)));
        return explanation;
    }

    private Seen See(WeightedTarget choice, Strategy strategy, ShapeKinds shape, string teamId, FactsRequest request)
    {
        var target = choice.Target;
        var book = prices.Current;
        var billable = BillablePrices.TryFind(book, target, asksFlex: false);
        var price = billable?.Asked;
        var state = board.Of(target).Look(target.Provider.KeyFor(teamId) is { } key ? TargetAccess.Of(target, key, shape) : default);
        return new Seen(
            target, choice.Weight, state, price is null ? null : CallEstimate.Nanos(request, target, price),
            billable is null || request.MaxInputTokensAt(target) is not { } most ? null
            : Bound.Of(billable, target, most, request.CapAt(target), request.Choices).Nanos,
            !target.Shapes.HasFlag(shape) ? "It does not serve this route."
            : !target.Provider.IsSetUpFor(teamId) ? $"Provider {target.Provider.Name} is not set up: {target.Provider.MissingFor(teamId)} is missing."
            : book is null ? "Prices have not been received yet."
            : price is null ? "It has no price."
            : request.MaxInputTokensAt(target) is null ? "How many tokens an image can be is not published for its model."
            : "");
    }

    /// <summary>As the strategy wants them, before it looks at who is well; among equals the policy's order.</summary>
    private static IEnumerable<Seen> Order(Strategy strategy, IEnumerable<Seen> candidates) => strategy switch
    {
        Strategy.Ordered => candidates,
        Strategy.Weighted => candidates.OrderByDescending(candidate => candidate.Weight),
        Strategy.LowestCost => candidates.OrderBy(candidate => candidate.EstimatedNanos),
        Strategy.LowestLatency => candidates.OrderBy(candidate => candidate.State.FirstTokenMs),
        Strategy.LeastLoaded => candidates.OrderBy(candidate => candidate.State.OpenAttempts),
    };

    /// <param name="wanted">Where the strategy would go if all were well.</param>
    /// <param name="tried">Those that may be tried, in their order: those that rest are the last.</param>
    private static string Detail(Seen candidate, Strategy strategy, Seen wanted, List<Seen> tried)
    {
        var isFirst = candidate == tried[0];
        var figure = strategy switch
        {
            Strategy.Ordered => candidate == wanted ? "First in order." : isFirst ? "First in order of those that are well." : "When those before it cannot serve.",
            Strategy.Weighted => Chance(candidate, tried),
            Strategy.LowestCost => candidate.EstimatedNanos == wanted.EstimatedNanos ? "Costs least." : isFirst ? "Costs least of those that are well." : "Costs more.",
            Strategy.LowestLatency => candidate.State.FirstTokenMs > 0
                ? string.Create(CultureInfo.InvariantCulture, $"Its answers begin after {candidate.State.FirstTokenMs:0} ms.")
                : "Nothing is known of its answers yet, so it is tried.",
            Strategy.LeastLoaded => $"{candidate.State.OpenAttempts} calls under way; of two drawn by chance the one with fewer.",
        };
        return candidate.State.Availability == Availability.Resting ? $"It rests after a 429, so only when no other is left. {figure}".TrimEnd() : figure;
    }

    /// <summary>Drawn are those that are well; those that rest, when all do. Until then they have no chance to tell of.</summary>
    private static string Chance(Seen candidate, List<Seen> tried)
    {
        if (candidate.State.Availability != tried[0].State.Availability)
        {
            return "";
        }

        var weights = tried.Where(other => other.State.Availability == candidate.State.Availability).Sum(other => (long)other.Weight);
        return candidate.Weight == 0
            ? "Weight 0: only when no other is left."
            : string.Create(CultureInfo.InvariantCulture, $"By chance, {100m * candidate.Weight / weights:0.#} % of calls first.");
    }

    private static CandidateExplanation ToContract(Seen candidate, int place, string detail)
    {
        var explanation = new CandidateExplanation { Target = candidate.Target.Name, Place = place, Detail = detail, ServiceTier = candidate.Target.ServiceTier };
        if (candidate is { EstimatedNanos: { } estimated, BoundNanos: { } bound })
        {
            (explanation.EstimatedNanos, explanation.BoundNanos) = (estimated, bound);
        }

        return explanation;
    }

    /// <param name="Problem">Why it cannot serve the call; empty when it can.</param>
    private sealed record Seen(RouteTarget Target, int Weight, TargetSnapshot State, long? EstimatedNanos, long? BoundNanos, string Problem)
    {
        public bool Serves => Problem.Length == 0;

        public bool IsTried => Serves && State.Availability != Availability.Open;
    }
}
