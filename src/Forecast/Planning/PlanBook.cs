using Platform.Contracts.Metering.V1;

namespace Platform.Forecast.Planning;

/// <summary>The prices in force, and what the scheduled lane is served by.</summary>
internal sealed record PlanBook(IReadOnlyList<PriceRow> Rows, ScheduledRoute Scheduled)
{
    /// <summary>For plans without an item: nobody is asked.</summary>
    public static readonly PlanBook Empty = new([], ScheduledRoute.Unknown);
}
