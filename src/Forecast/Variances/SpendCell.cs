using Platform.Forecast.Segments;

namespace Platform.Forecast.Variances;

/// <summary>The finest part of spend that a change is explained by: a team's work in a lane on a model.</summary>
internal readonly record struct CellKey(string TeamId, string Workload, string Lane, string Provider, string Model)
{
    public SegmentKey Segment => new(TeamId, Workload, Lane);
}

/// <summary>What a cell came to in a period. Counts are whole numbers unless they were scaled to what is still to come.</summary>
/// <param name="Calls">Priced ones.</param>
/// <param name="InputTokens">Of priced calls.</param>
/// <param name="CostNanos">Corrections included.</param>
/// <param name="SavingNanos">What routing saved against the default, where records say so; below zero where it cost more.</param>
/// <param name="PremiumNanos">What falling back cost more than first choices, where records say so.</param>
internal readonly record struct CellUsage(double Calls, double InputTokens, double OutputTokens, long CostNanos, long SavingNanos, long PremiumNanos)
{
    public static CellUsage operator +(CellUsage left, CellUsage right) => new(
        left.Calls + right.Calls, left.InputTokens + right.InputTokens, left.OutputTokens + right.OutputTokens, left.CostNanos + right.CostNanos,
        left.SavingNanos + right.SavingNanos, left.PremiumNanos + right.PremiumNanos);

    /// <summary>Money is rounded half to even.</summary>
    public CellUsage Scale(double ratio) => new(
        Calls * ratio, InputTokens * ratio, OutputTokens * ratio, Projection.Nanos.Signed(CostNanos * ratio), Projection.Nanos.Signed(SavingNanos * ratio),
        Projection.Nanos.Signed(PremiumNanos * ratio));
}

/// <summary>Days of a calendar, half open.</summary>
internal readonly record struct DaySpan(DateOnly From, DateOnly To)
{
    public int Days => To.DayNumber - From.DayNumber;
}

/// <summary>What a period came to, or is expected to: all that a change is explained from.</summary>
/// <param name="Refused">Of the segments: what was asked for and refused, at what calls cost of their bounds.</param>
internal sealed record PeriodFigures(
    double Days, IReadOnlyDictionary<CellKey, CellUsage> Cells, IReadOnlyList<WastedSpend> Waste, IReadOnlyList<PlannedSpend> Planned,
    IReadOnlyDictionary<SegmentKey, long> Refused)
{
    /// <summary>Money without tokens: beside the cells, so that it changes no price of a call there. Its cells have no workload and no lane.</summary>
    public IReadOnlyDictionary<CellKey, long> Adjustments { get; init; } = new Dictionary<CellKey, long>();
}

/// <summary>Spend that brought nothing, or that less would have bought.</summary>
/// <param name="Calls">Calls that were nothing but that.</param>
internal readonly record struct WastedSpend(Driver Driver, CellKey Cell, double Calls, double InputTokens, double OutputTokens, long Nanos)
{
    public WastedSpend Scale(double ratio) => this with
    {
        Calls = Calls * ratio, InputTokens = InputTokens * ratio, OutputTokens = OutputTokens * ratio, Nanos = Projection.Nanos.Signed(Nanos * ratio),
    };
}

/// <summary>What a plan item brought, as far as it was planned.</summary>
/// <param name="Model">Of its cells those of this model, where there are any; else all of the segment.</param>
internal readonly record struct PlannedSpend(string PlanId, SegmentKey Segment, string Model, long Nanos);
