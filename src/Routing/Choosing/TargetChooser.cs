using Platform.Rating;
using Platform.Routing.Calls;
using Platform.Routing.Health;
using Platform.Routing.Policies;
using Platform.Routing.Pricing;

namespace Platform.Routing.Choosing;

/// <summary>Finds the targets that can serve a call.</summary>
internal sealed class TargetChooser(TargetBoard board, PriceReplica replica, Random random)
{
    /// <summary>Null when somebody can serve the call.</summary>
    public ApiError? TryStart(Call call, out TargetChoices? choices)
    {
        choices = null;
        var (set, book) = (call.Route.Targets, replica.Current);
        var options = new TargetOption[set.Count];
        var count = 0;
        RouteTarget? ofShape = null, setUp = null, small = null;
        var isPriced = false;
        foreach (var choice in set)
        {
            var target = choice.Target;
            if (!target.Shapes.HasFlag(call.Shape.Kind))
            {
                continue;
            }

            ofShape ??= target;
            if (target.Provider.BaseUrl is null || target.Provider.KeyFor(call.Caller.TeamId) is not { } key)
            {
                continue;
            }

            setUp ??= target;
            var prices = BillablePrices.TryFind(book, target, call.Request);
            isPriced |= prices is not null;
            small ??= prices is not null && !call.Request.HasRoomToThinkAt(target) ? target : null;
            if (prices is not null && Takes(call.Request, target))
            {
                options[count++] = new TargetOption(target, choice.Weight, board.Of(target), TargetAccess.Of(target, key, call.Shape.Kind) with { Reporter = call.Reporter }, prices);
            }
        }

        if (count == 0)
        {
            return WhyNobody(call, ofShape, setUp, small, isPriced, book);
        }

        choices = new TargetChoices(call, new ArraySegment<TargetOption>(options, 0, count), random);
        return null;
    }

    /// <summary>The price at which the call would have been served without a lane of its own; null when it has none, or that is unknown.</summary>
    public Price? DefaultPrice(Call call) => ReferenceEquals(call.Route, call.Model.Route) ? null : FirstPrice(call, call.Model.Route);

    /// <summary>The price at which it would have been served had the rule in shadow mode been on; null when there is none, or that is unknown.</summary>
    public Price? ShadowPrice(Call call) => call.Shadow is null ? null : FirstPrice(call, call.Policy.RouteOf(call.Model, call.Shadow.Lane));

    private Price? FirstPrice(Call call, RouteSet set)
    {
        var book = replica.Current;
        var served = set.Targets.Where(choice => IsServed(call, choice.Target))
            .Select(choice => (choice.Target, choice.Weight, Prices: BillablePrices.TryFind(book, choice.Target, call.Request))).Where(one => one.Prices is not null);
        return set.Strategy switch
        {
            Strategy.LowestCost => served.MinBy(one => CallEstimate.Nanos(call.Request, one.Target, one.Prices!.Asked)).Prices?.Sought,
            Strategy.Weighted => Draw([.. served.Select(one => (one.Weight, one.Prices!.Sought))]),
            Strategy.LowestLatency or Strategy.LeastLoaded => Pick(set.Strategy, [.. served.Select(one => (board.Of(one.Target).Look(), one.Prices!.Sought))]),
            Strategy.Ordered => served.FirstOrDefault().Prices?.Sought,
        };
    }

    /// <summary>By the same chances as calls: of one call it says little, and sums over calls come out right.</summary>
    private Price? Draw((int Weight, Price Price)[] served) =>
        served.Length == 0 ? null : served[WeightedStrategy.Draw<(int Weight, Price Price)>(served, static one => one.Weight, random)].Price;

    /// <summary>
    /// By how the targets stand now, well or not, as where a call would have gone if all were well. One of which nothing is known is no answer as long as something is known of another: a call that went there would
    /// have told more, and this one does not.
    /// </summary>
    private Price? Pick(Strategy strategy, (TargetSnapshot State, Price Price)[] served)
    {
        if (strategy == Strategy.LowestLatency && Array.Exists(served, one => one.State.FirstTokenMs > 0))
        {
            served = Array.FindAll(served, one => one.State.FirstTokenMs > 0);
        }

        var candidates = Array.ConvertAll(served, one => new Candidate(null, 0, 0, one.State.FirstTokenMs, one.State.OpenAttempts));
        return candidates.Length == 0 ? null : served[TargetStrategies.Of(strategy).Pick(candidates, random)].Price;
    }

    private static bool IsServed(Call call, RouteTarget target) =>
        target.Shapes.HasFlag(call.Shape.Kind) && target.Provider.IsSetUpFor(call.Caller.TeamId) && Takes(call.Request, target);

    private static bool Takes(CallRequest request, RouteTarget target) => request.IsServedAt(target) && request.MaxInputTokensAt(target) is not null && request.HasRoomToThinkAt(target);

    private static ApiError WhyNobody(Call call, RouteTarget? ofShape, RouteTarget? setUp, RouteTarget? small, bool isPriced, PriceTable? book) =>
        ofShape is null ? ApiError.ModelOfAnotherShape(call.Model.Name)
        : setUp is null ? ApiError.ProviderUnavailable(503, $"The provider '{ofShape.Provider.Name}' is not set up: {ofShape.Provider.MissingFor(call.Caller.TeamId)} is missing.")
        : isPriced ? call.Request.UnservedError
            ?? (small is not null ? ApiError.NoRoomToThink(call.Model.Name, call.Request.ThinkingTokens, small.MaxOutputTokens)
            : call.Request.BoundByContext is { } what ? ApiError.ContextUnbounded(what, call.Model.Name) : ApiError.ImagesUnbounded(call.Model.Name))
        : book is null ? ApiError.PricesUnavailable
        : call.Request.AskedRegion is { Length: > 0 } region ? ApiError.RegionUnpriced(call.Model.Name, region)
        : call.Request.AsksFlex ? ApiError.FlexUnpriced(call.Model.Name)
        : ApiError.ModelUnpriced(call.Model.Name);
}
