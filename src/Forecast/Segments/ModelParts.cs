using Platform.Forecast.Projection;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Series;

namespace Platform.Forecast.Segments;

/// <summary>What one provider and model have cost of a segment in a period so far.</summary>
internal readonly record struct RouteSpend(string Provider, string Model, long CostNanos);

/// <summary>What segments are parted by provider and model from.</summary>
/// <param name="Mixes">By segment, whose shares what is to come has.</param>
/// <param name="Spent">By segment, what the period has brought so far; of one statement, so that it is of one moment for all.</param>
internal sealed record ModelFacts(IReadOnlyDictionary<SegmentKey, RouteMix> Mixes, IReadOnlyDictionary<SegmentKey, List<RouteSpend>> Spent)
{
    public IReadOnlyList<RouteSpend> SpentOn(SegmentKey key) => Spent.GetValueOrDefault(key) ?? [];

    public RouteMix MixOf(SegmentKey key) => Mixes.GetValueOrDefault(key) ?? RouteMix.Unknown(key);
}

/// <summary>What calls of one provider and model cost of a segment or of several in a period.</summary>
internal sealed class ModelPart(string provider, string model)
{
    public string Provider => provider;

    public string Model => model;

    public long SpentNanos { get; set; }

    /// <summary>Of what is to come.</summary>
    public long RestNanos { get; set; }

    /// <summary>By path, what is to come.</summary>
    public long[] Rest { get; } = new long[JointPaths.Paths];

    public bool IsNothing => SpentNanos == 0 && !Rest.AsSpan().ContainsAnyExcept(0);
}

/// <summary>Parts by provider and model, in order of their names: of one segment, and added up over several.</summary>
internal sealed class ModelParts
{
    private readonly SortedDictionary<(string Provider, string Model), ModelPart> _parts = new(ByName);

    private static readonly Comparer<(string Provider, string Model)> ByName = Comparer<(string Provider, string Model)>.Create((left, right) =>
        string.CompareOrdinal(left.Provider, right.Provider) is var provider && provider != 0 ? provider : string.CompareOrdinal(left.Model, right.Model));

    public IEnumerable<ModelPart> All => _parts.Values;

    /// <summary>
    /// Parts a segment. In each path and piece every use has its share of the cost, rounded down, and the path's largest has what is left: so parts add up to the segment, and pieces to any period,
    /// to the nano. The same shares are those of scenarios (<see cref="RouteMix"/>).
    /// </summary>
    public static ModelParts Of(CurrentForecast current, SegmentPaths segment, PeriodSpan span, Growth growth, ModelFacts facts)
    {
        var parts = new ModelParts();
        foreach (var spent in facts.SpentOn(segment.Key))
        {
            parts.Get(spent.Provider, spent.Model).SpentNanos += spent.CostNanos;
        }

        if (segment.Forecast.Outlook is not null)
        {
            var mix = facts.MixOf(segment.Key);
            ModelPart[] uses = [.. mix.Uses.Select(use => parts.Get(use.Provider, use.Model))];
            Split(uses, mix, segment, span, current.RestOfToday);
            Expect(uses, growth.ExpectedNanos - growth.SpentNanos);
        }

        return parts;
    }

    /// <summary>Money without tokens, which is of a provider and of no segment.</summary>
    public static ModelParts Of(IEnumerable<Adjustment> adjustments)
    {
        var parts = new ModelParts();
        foreach (var adjustment in adjustments)
        {
            parts.Get(adjustment.Provider, adjustment.Model).SpentNanos += adjustment.Nanos;
        }

        return parts;
    }

    public void Add(ModelParts more)
    {
        foreach (var part in more.All)
        {
            var sum = Get(part.Provider, part.Model);
            sum.SpentNanos += part.SpentNanos;
            sum.RestNanos += part.RestNanos;
            PathTotals.Add(sum.Rest, part.Rest);
        }
    }

    private static void Split(ModelPart[] uses, RouteMix mix, SegmentPaths segment, PeriodSpan span, double restOfToday)
    {
        if (uses.Length == 1)
        {
            PathTotals.Add(uses[0].Rest, segment, span, restOfToday);
            return;
        }

        double[][] shares = [.. uses.Index().Select(use => mix.SharesOf(use.Index)!)];
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            var largest = LargestOf(shares, path);
            for (var piece = span.FirstPiece; piece < span.EndPiece; piece++)
            {
                var cost = segment.Rest(path, piece, restOfToday);
                var left = cost;
                for (var use = 0; use < uses.Length; use++)
                {
                    if (use != largest)
                    {
                        var part = (long)(cost * shares[use][path]);
                        left -= part;
                        uses[use].Rest[path] = Nanos.Sum(uses[use].Rest[path], part);
                    }
                }

                uses[largest].Rest[path] = Nanos.Sum(uses[largest].Rest[path], left);
            }
        }
    }

    /// <summary>The first where several are as large. What others round off is never more than it has.</summary>
    private static int LargestOf(double[][] shares, int path)
    {
        var largest = 0;
        for (var use = 1; use < shares.Length; use++)
        {
            largest = shares[use][path] > shares[largest][path] ? use : largest;
        }

        return largest;
    }

    /// <summary>Means of paths are rounded by the piece in a segment and by the use here: the largest has the difference, which is some nano-units.</summary>
    private static void Expect(ModelPart[] uses, long restNanos)
    {
        foreach (var use in uses)
        {
            use.RestNanos = Nanos.Mean(use.Rest.Aggregate(Int128.Zero, (sum, nanos) => sum + nanos), use.Rest.Length);
        }

        uses.MaxBy(use => use.RestNanos)!.RestNanos += restNanos - uses.Sum(use => use.RestNanos);
    }

    private ModelPart Get(string provider, string model)
    {
        if (!_parts.TryGetValue((provider, model), out var part))
        {
            _parts.Add((provider, model), part = new ModelPart(provider, model));
        }

        return part;
    }
}
