using Platform.Forecast.Projection;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>One layer of a period: what it is to date, what it is expected to come to, and how sure that is.</summary>
internal readonly record struct LayerFigure(long ToDate, long Expected, long P10, long P50, long P90)
{
    /// <param name="rest">By path, of what is left of the period.</param>
    public static LayerFigure Of(long toDate, long expectedRest, long[] rest)
    {
        var (p10, p50, p90) = PathTotals.Band(rest);
        return new LayerFigure(toDate, toDate + expectedRest, toDate + p10, toDate + p50, toDate + p90);
    }
}

/// <summary>The layers of a period. To date, expected and in each path they add up to the total.</summary>
internal sealed record PeriodLayers(PeriodSpan Span, LayerFigure Baseline, LayerFigure Control, LayerFigure Planned, LayerFigure Resilience, LayerFigure Total, Growth Growth)
{
    /// <summary>What of the baseline to date is money without tokens.</summary>
    public long AdjustmentNanos { get; init; }

    /// <param name="sum">Of the segments, today's rest included.</param>
    /// <param name="toDate">Of the period so far: cost, control, resilience.</param>
    /// <param name="growth">Of the segments, and of what is of none.</param>
    public static PeriodLayers Of(PeriodSpan span, LayerPaths sum, (long Cost, long Control, long Resilience) toDate, Growth growth)
    {
        var (cost, control, planned, resilience, baseline, total) = (New(), New(), New(), New(), New(), New());
        for (var path = 0; path < JointPaths.Paths; path++)
        {
            for (var piece = span.FirstPiece; piece < span.EndPiece; piece++)
            {
                cost[path] += sum.Cost(path, piece);
                control[path] += sum.Control(path, piece);
                planned[path] += sum.Planned(path, piece);
                resilience[path] += sum.Resilience(path, piece);
            }

            baseline[path] = cost[path] - control[path] - resilience[path];
            total[path] = cost[path] + planned[path];
        }

        var expected = (Cost: Expected(sum.ExpectedCost), Control: Expected(sum.ExpectedControl), Resilience: Expected(sum.ExpectedResilience), Planned: Expected(sum.ExpectedPlanned));
        return new PeriodLayers(
            span,
            LayerFigure.Of(toDate.Cost - toDate.Control - toDate.Resilience, expected.Cost - expected.Control - expected.Resilience, baseline),
            LayerFigure.Of(toDate.Control, expected.Control, control),
            LayerFigure.Of(0, expected.Planned, planned),
            LayerFigure.Of(toDate.Resilience, expected.Resilience, resilience),
            LayerFigure.Of(toDate.Cost, expected.Cost + expected.Planned, total),
            growth);

        long[] New() => new long[JointPaths.Paths];

        long Expected(long[] pieces) => pieces.Skip(span.FirstPiece).Take(span.EndPiece - span.FirstPiece).Sum();
    }
}
