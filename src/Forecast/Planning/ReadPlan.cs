using Platform.Contracts.Metering.V1;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Planning;

/// <summary>Plan items with prices and progress.</summary>
internal sealed class ReadPlan(PlanStore store, PlanPrices prices)
{
    /// <summary>Active items, by team, that have a price; beside them, sentences on those that have none.</summary>
    public async Task<(ILookup<string, PricedItem> Items, IReadOnlyList<string> Notes)> ActiveAsync(CurrentForecast current, CancellationToken cancellationToken)
    {
        var rows = await store.ListAsync("", false, cancellationToken);
        var book = rows.Count == 0 ? PlanBook.Empty : await prices.ReadAsync(cancellationToken);
        var priced = rows.Select(row => (Row: row, Price: PlanPrices.Of(row, book))).ToArray();
        return (
            priced.Where(item => item.Price.NanosPerCall is not null).Select(item => Priced(item.Row, item.Price.NanosPerCall!.Value, current)).ToLookup(item => item.Item.TeamId),
            [.. priced.Where(item => item.Price.NanosPerCall is null).Select(item => $"Plan item {item.Row.PlanId} is in no figure here. {item.Price.Note}")]);
    }

    public static PricedItem Priced(PlanRow row, double nanosPerCall, CurrentForecast current)
    {
        var key = new SegmentKey(row.TeamId, row.Workload, row.Lane);
        var segment = current.Teams.FirstOrDefault(team => team.TeamId == row.TeamId)?.Segments.FirstOrDefault(segment => segment.Key == key);
        return new PricedItem(row, nanosPerCall, PlanProgress.Of(row, nanosPerCall, segment?.Forecast.Series, current.Horizon.Today));
    }
}
