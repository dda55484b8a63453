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
            Priced([.. priced.Where(item => item.Price.NanosPerCall is not null).Select(item => (item.Row, item.Price.NanosPerCall!.Value))], current).ToLookup(item => item.Item.TeamId),
            [.. priced.Where(item => item.Price.NanosPerCall is null).Select(item => $"Plan item {item.Row.PlanId} is in no figure here. {item.Price.Note}")]);
    }

    /// <summary>In order of their ids.</summary>
    /// <param name="items">All that are active: of one alone it would not be known what of its segments' rise is another's.</param>
    public static IReadOnlyList<PricedItem> Priced(IReadOnlyCollection<(PlanRow Item, double NanosPerCall)> items, CurrentForecast current) =>
    [
        .. PlanProgress.Of(items, current.Teams.SelectMany(team => team.Segments).Select(segment => segment.Forecast.Series), current.Horizon.Today)
            .OrderBy(item => item.Item.PlanId, StringComparer.Ordinal),
    ];
}
