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
    public LaneExplanation Explain(string lane, RouteSet set, ShapeKinds shape, string teamId, FactsRequest request)
    {
        var seen = set.Targets.Select(choice => See(choice, set.Strategy, shape, teamId, request)).ToList();
        var weights = Math.Max(1, seen.Where(candidate => candidate.IsTried).Sum(candidate => (long)candidate.Weight));
        var tried = Order(set.Strategy, seen.Where(candidate => candidate.IsTried)).ToList();
        var explanation = new LaneExplanation { Lane = lane, Set = set.Name, Strategy = PolicyNames.Strategies.First(known => known.Value == set.Strategy).Key };
        explanation.Candidates.AddRange(tried.Select((candidate, index) => ToContract(candidate, index + 1, Figure(candidate, set.Strategy, index, weights))));
        explanation.Candidates.AddRange(seen.Where(candidate => !candidate.IsTried).Select(candidate => ToContract(candidate, 0, candidate.Problem)));
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
            : state.Availability == Availability.Open ? "It has failed too often lately and is left alone for a while."
            : "");
    }

    /// <summary>Those that rest only when no other is left; among equals the policy's order.</summary>
    private static IEnumerable<Seen> Order(Strategy strategy, IEnumerable<Seen> candidates)
    {
        var byHealth = candidates.OrderBy(candidate => candidate.State.Availability);
        return strategy switch
        {
            Strategy.Ordered => byHealth,
            Strategy.Weighted => byHealth.ThenByDescending(candidate => candidate.Weight),
            Strategy.LowestCost => byHealth.ThenBy(candidate => candidate.EstimatedNanos),
            Strategy.LowestLatency => byHealth.ThenBy(candidate => candidate.State.FirstTokenMs),
            Strategy.LeastLoaded => byHealth.ThenBy(candidate => candidate.State.OpenAttempts),
        };
    }

    private static string Figure(Seen candidate, Strategy strategy, int index, long weights)
    {
        var figure = strategy switch
        {
            Strategy.Ordered => index == 0 ? "First in order." : "When those before it cannot serve.",
            Strategy.Weighted => candidate.Weight == 0
                ? "Weight 0: only when no other is left."
                : string.Create(CultureInfo.InvariantCulture, $"By chance, {100m * candidate.Weight / weights:0.#} % of calls first."),
            Strategy.LowestCost => index == 0 ? "Costs least." : "Costs more.",
            Strategy.LowestLatency => candidate.State.FirstTokenMs > 0
                ? string.Create(CultureInfo.InvariantCulture, $"Its answers begin after {candidate.State.FirstTokenMs:0} ms.")
                : "Nothing is known of its answers yet, so it is tried.",
            Strategy.LeastLoaded => $"{candidate.State.OpenAttempts} calls under way; of two drawn by chance the one with fewer.",
        };
        return candidate.State.Availability == Availability.Resting ? $"It rests after a 429, so only when no other is left. {figure}" : figure;
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

    /// <param name="Problem">Why it would not be tried; empty when it would.</param>
    private sealed record Seen(RouteTarget Target, int Weight, TargetSnapshot State, long? EstimatedNanos, long? BoundNanos, string Problem)
    {
        public bool IsTried => Problem.Length == 0;
    }
}
