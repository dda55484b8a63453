namespace Platform.Forecast.Variances;

/// <summary>What a part of a change comes from. The numbers are those of <see cref="Contracts.Forecast.V1.VarianceDriver"/>.</summary>
internal enum Driver
{
    Calendar = 1,
    Volume,
    WorkloadMix,
    LaneMix,
    ModelMix,
    TokensPerCall,
    Price,
    Refusals,
    Routing,
    Fallback,
    Failed,
    Duplicates,
    Abandoned,
    RightSizing,
    Plan,
    Corrections,
}

/// <summary>Whether demand was refused is two parts of one size: what was asked for, and what was not spent.</summary>
internal enum Side
{
    Only,
    Asked,
    Refused,
}

/// <summary>A part of a change, in whole nano-units.</summary>
/// <param name="Cell">Provider and model are empty where it is of a segment; workload and lane too where it is of a team.</param>
/// <param name="Subject">The plan item's id; else empty.</param>
/// <param name="Before">What it was before, where it is an amount and no factor.</param>
/// <param name="Current">What it is, likewise.</param>
internal sealed record Change(Driver Driver, CellKey Cell, long Nanos, string Subject = "", Side Side = Side.Only, long? Before = null, long? Current = null)
{
    public static Change Between(Driver driver, CellKey cell, long before, long current, string subject = "", Side side = Side.Only) =>
        new(driver, cell, current - before, subject, side, before, current);
}
