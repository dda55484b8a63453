using Platform.Forecast.Planning;
using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>
/// What calls cost in another lane: at the price of the model that the change names; in the scheduled lane at that of what the routing policy in force serves them by there; else at what a token is seen to cost in the lane, in the
/// team or, where it does not use the lane, in the organisation.
/// </summary>
internal static class LanePrices
{
    public static (string Provider, string Model, string Lane, double? Ratio)? Of(LaneChange change, CallPart part, SegmentKey key, ScenarioInputs inputs, ChangeTrace trace)
    {
        if (change.Model.Length > 0)
        {
            var (provider, model) = inputs.Prices.Resolve(change.Provider, change.Model);
            return (provider, model, change.Lane, inputs.Prices.To(part.Now, part.Lane, provider, model, change.Lane, trace));
        }

        if (change.Lane == ScheduledRoute.Lane)
        {
            var (provider, model, ratio) = inputs.Prices.Scheduled(part.Now, part.Lane, trace);
            return (provider, model, change.Lane, ratio);
        }

        return (part.Provider, part.Model, change.Lane, Seen(change.Lane, part.Calls, key, inputs, trace));
    }

    private static double? Seen(string lane, RouteUse calls, SegmentKey key, ScenarioInputs inputs, ChangeTrace trace)
    {
        var own = Token([calls]);
        var (there, where) = Token(Uses(inputs, lane, key.TeamId)) is { } team ? ((double?)team, "its team") : (Token(Uses(inputs, lane, "")), "the organisation");
        if (own is not { } here || there is not { } price)
        {
            trace.Note($"Calls of {key.TeamId} stay as they are: nothing was used in lane {lane}, so that no price of it is seen. Say at=provider/model.");
            return null;
        }

        trace.Note($"In lane {lane} a token costs {key.TeamId} what it is seen to cost in {where} there, of whatever models; other calls may be of other sizes.");
        return price / here;
    }

    private static IEnumerable<RouteUse> Uses(ScenarioInputs inputs, string lane, string teamId) =>
        inputs.Mixes.Where(mix => mix.Key.Lane == lane && (teamId.Length == 0 || mix.Key.TeamId == teamId)).SelectMany(mix => mix.Value.Uses);

    private static double? Token(IEnumerable<RouteUse> uses)
    {
        var (cost, tokens) = uses.Aggregate((Cost: 0.0, Tokens: 0.0), (sum, use) => (sum.Cost + use.CostNanos, sum.Tokens + use.InputTokens + use.OutputTokens));
        return cost > 0 && tokens > 0 ? cost / tokens : null;
    }
}
