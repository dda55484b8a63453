using Platform.Forecast.Scenarios.Changes;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Scenarios.Evaluation;

/// <summary>
/// What becomes of calls whose provider does not answer: which share falls back, and at which price. What the change says counts; else what is seen in usage of 91 days of the segment, of its team, or of
/// the organisation, whichever first has calls that fell back to another provider. Where nothing ever did, calls are lost.
/// </summary>
internal sealed class Fallbacks(IReadOnlyDictionary<SegmentKey, RouteMix> mixes)
{
    private readonly Dictionary<string, (string Provider, FellBack Sum)[]> _teams = mixes.GroupBy(mix => mix.Key.TeamId).ToDictionary(
        team => team.Key, team => Sum(team.Select(mix => mix.Value)), StringComparer.Ordinal);

    private readonly (string Provider, FellBack Sum)[] _all = Sum(mixes.Values);

    /// <returns>The share that falls back, what those calls cost by what they cost today, and the route that they fall back to where its price says that.</returns>
    public (double Share, double Ratio, (string Provider, string Model)? Route) Of(OutageChange outage, CallPart part, SegmentKey key, ModelPrices prices, ChangeTrace trace)
    {
        if (outage.FallsBack == 0)
        {
            return (0, 0, null);
        }

        if (outage.DearerBy is { } dearer)
        {
            return (outage.FallsBack ?? 1, 1 + dearer, null);
        }

        if (outage.FallbackModel.Length > 0)
        {
            var (provider, model) = prices.Resolve(outage.FallbackProvider, outage.FallbackModel);
            return prices.To(part.Now, part.Lane, provider, model, part.Lane, trace) is { } ratio ? (outage.FallsBack ?? 1, ratio, (provider, model)) : (outage.FallsBack ?? 1, 1, null);
        }

        var (share, seen) = Seen(outage, key, trace);
        return (share, seen, null);
    }

    private (double Share, double Ratio) Seen(OutageChange outage, SegmentKey key, ChangeTrace trace)
    {
        (string Where, (string Provider, FellBack Sum)[] Seen)[] places =
        [
            ("their own", mixes.TryGetValue(key, out var own) ? Sum([own]) : []), ("their team's", _teams.GetValueOrDefault(key.TeamId, [])), ("the organisation's", _all),
        ];
        foreach (var (where, seen) in places)
        {
            var sum = seen.Where(provider => provider.Provider != outage.Of.Provider).Aggregate(default(FellBack), (total, provider) => total + provider.Sum);
            if (sum is { Nanos: > 0, PrimaryNanos: > 0 })
            {
                var ratio = sum.Nanos / (double)sum.PrimaryNanos;
                trace.Note(string.Create(
                    System.Globalization.CultureInfo.InvariantCulture,
                    $"Calls of {key.TeamId} fall back at {ratio:0.00} times their price: what {where} fallbacks of 91 days cost by what their first choice would have."));
                return (outage.FallsBack ?? 1, ratio);
            }
        }

        trace.Note("No call was ever seen to fall back to another provider in 91 days: calls are taken as lost. Say fallback=provider/model, or fallback=+20%, where a route has one.");
        return (0, 0);
    }

    private static (string Provider, FellBack Sum)[] Sum(IEnumerable<RouteMix> parts) =>
        [.. parts.SelectMany(mix => mix.FellBackOn).GroupBy(on => on.Key).Select(on => (on.Key, on.Aggregate(default(FellBack), (sum, next) => sum + next.Value)))];
}
