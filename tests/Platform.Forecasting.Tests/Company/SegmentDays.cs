namespace Platform.SyntheticCompany;

/// <summary>All days of one team's workload in one lane, with the truth of every layer.</summary>
/// <param name="Lane">realtime or scheduled.</param>
public sealed record SegmentDays(string Team, string Workload, string Lane, string Model, IReadOnlyList<DayTruth> Days)
{
    /// <summary>Spend by day in dollars, as a forecast sees it.</summary>
    public double[] Spend() => [.. Days.Select(day => day.Nanos / 1e9)];

    /// <summary>What would have been spent without control, launch or outage, by day in dollars.</summary>
    public double[] Baseline() => [.. Days.Select(day => day.BaselineNanos / 1e9)];
}

/// <summary>One day of a segment. Layers add up to what was spent, to the nano.</summary>
/// <param name="Demand">Calls that were wanted.</param>
/// <param name="Calls">Calls that were served: demand less what was denied.</param>
/// <param name="Fallbacks">Those of them that another provider served.</param>
/// <param name="Tokens">Of the calls served, in and out.</param>
/// <param name="BaselineNanos">All demand of the workloads that are no launch, at the default price.</param>
/// <param name="ControlNanos">What controls changed, zero or less.</param>
/// <param name="LaunchNanos">Of the launched workload.</param>
/// <param name="ResilienceNanos">What fallbacks cost more than the calls would have, zero or more.</param>
public readonly record struct DayTruth(
    long Demand, long Calls, long Fallbacks, long Tokens, long BaselineNanos, long ControlNanos, long LaunchNanos, long ResilienceNanos)
{
    /// <summary>What the day cost.</summary>
    public long Nanos => BaselineNanos + ControlNanos + LaunchNanos + ResilienceNanos;

    public GatewayNotes Notes { get; init; }
}

/// <summary>What a gateway would note of a day's calls, beside what they cost.</summary>
/// <param name="PrimaryNanos">What those that another provider served would have cost where they were sent first.</param>
/// <param name="DefaultNanos">What the calls served would have cost at the default price.</param>
/// <param name="BoundNanos">The most that they could have cost, as it was known before each.</param>
/// <param name="DeniedBoundNanos">The same of calls that were turned away, at the price that they were to have.</param>
public readonly record struct GatewayNotes(long PrimaryNanos, long DefaultNanos, long BoundNanos, long DeniedBoundNanos);
