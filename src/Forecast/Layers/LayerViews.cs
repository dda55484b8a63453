using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>The layered answer on the wire.</summary>
internal static class LayerViews
{
    public static PeriodForecast ToWire(this PeriodLayers period, PeriodKind kind, HorizonCalendar horizon) => new()
    {
        Kind = kind,
        PeriodStart = horizon.Calendar.StartOf(period.Span.From).ToTimestampUtc(),
        PeriodEnd = horizon.Calendar.StartOf(period.Span.To).ToTimestampUtc(),
        Layers = { period.Figures() },
        Growth = period.Growth.ToWire(),
        AdjustmentNanos = period.AdjustmentNanos,
    };

    /// <summary>Baseline, control, planned, resilience, total.</summary>
    public static IEnumerable<LayerFigures> Figures(this PeriodLayers period) =>
    [
        Figures(Layer.Baseline, period.Baseline), Figures(Layer.Control, period.Control), Figures(Layer.Planned, period.Planned), Figures(Layer.Resilience, period.Resilience),
        Figures(Layer.Total, period.Total),
    ];

    public static LayerFigures Figures(Layer layer, LayerFigure figure) => new()
    {
        Layer = layer,
        ToDateNanos = figure.ToDate,
        ExpectedNanos = figure.Expected,
        P10Nanos = figure.P10,
        P50Nanos = figure.P50,
        P90Nanos = figure.P90,
    };
}
