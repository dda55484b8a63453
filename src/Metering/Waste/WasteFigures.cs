using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Waste;

/// <summary>Whose waste it is.</summary>
internal readonly record struct WasteGroup(string TeamId, string Provider, string Model);

/// <summary>What roll-ups say of a group.</summary>
internal readonly record struct WasteSums(WasteGroup Group, long CostNanos, long FailedCalls, long FailedCostNanos, long RetriedCalls, long RetriedCostNanos);

/// <summary>Calls that succeeded and were small (src/Metering/Intake/RollupMeasures.cs says what is small).</summary>
/// <param name="Tier">The provider's service tier that they had.</param>
internal readonly record struct SmallCalls(WasteCell Cell, string Tier, long Calls, long InputTokens, long OutputTokens)
{
    /// <summary>Less those that are counted elsewhere.</summary>
    public SmallCalls Without(IEnumerable<SmallCalls> others) => others.Aggregate(this, (left, other) => left with
    {
        Calls = left.Calls - other.Calls, InputTokens = Math.Max(0, left.InputTokens - other.InputTokens), OutputTokens = Math.Max(0, left.OutputTokens - other.OutputTokens),
    });
}

/// <summary>What a signal says of a group.</summary>
internal sealed record WasteLine(WasteGroup Group, long Calls, long CostNanos)
{
    /// <summary>Of right-sizing.</summary>
    public (string Provider, string Model)? Cheaper { get; init; }

    public IReadOnlyList<Guid> Evidence { get; init; } = [];

    public WasteRow ToRow() => new()
    {
        TeamId = Group.TeamId,
        Provider = Group.Provider,
        Model = Group.Model,
        Calls = Calls,
        CostNanos = CostNanos,
        CheaperProvider = Cheaper?.Provider ?? "",
        CheaperModel = Cheaper?.Model ?? "",
        Evidence = { Evidence.Select(id => id.ToString()) },
    };
}
