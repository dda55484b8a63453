using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Queries;

/// <summary>Sums of usage; the members are those of the contract's SpendRow.</summary>
internal readonly record struct SpendFigures(
    long CostNanos, long Calls, long InputTokens, long CachedInputTokens, long OutputTokens, long UnpricedCalls, long UnclassifiedCalls, long UnclassifiedCostNanos,
    long AdjustmentNanos)
{
    public static SpendFigures operator +(SpendFigures left, SpendFigures right) => new(
        left.CostNanos + right.CostNanos,
        left.Calls + right.Calls,
        left.InputTokens + right.InputTokens,
        left.CachedInputTokens + right.CachedInputTokens,
        left.OutputTokens + right.OutputTokens,
        left.UnpricedCalls + right.UnpricedCalls,
        left.UnclassifiedCalls + right.UnclassifiedCalls,
        left.UnclassifiedCostNanos + right.UnclassifiedCostNanos,
        left.AdjustmentNanos + right.AdjustmentNanos);

    public static SpendFigures Sum(IEnumerable<SpendFigures> figures) => figures.Aggregate(default(SpendFigures), (sum, next) => sum + next);

    public long Of(SpendMetric metric) => metric switch
    {
        SpendMetric.Cost => CostNanos,
        SpendMetric.Requests => Calls,
        SpendMetric.Tokens => InputTokens + OutputTokens,
        SpendMetric.Unspecified => throw new ArgumentOutOfRangeException(nameof(metric), metric, "An order names a metric."),
    };

    public SpendRow ToRow() => new()
    {
        CostNanos = CostNanos,
        Calls = Calls,
        InputTokens = InputTokens,
        CachedInputTokens = CachedInputTokens,
        OutputTokens = OutputTokens,
        UnpricedCalls = UnpricedCalls,
        UnclassifiedCalls = UnclassifiedCalls,
        UnclassifiedCostNanos = UnclassifiedCostNanos,
        AdjustmentNanos = AdjustmentNanos,
    };
}
