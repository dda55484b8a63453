using Platform.Contracts.Metering.V1;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Planning;

/// <summary>Plan items with prices and progress.</summary>
internal sealed class ReadPlan(PlanStore store, PlanPrices prices)
{
    /// <summary>Active items, by team, that have a price; beside them, sentences on those that have none, and on how plans came so far.</summary>
    public async Task<(ILookup<string, PricedItem> Items, IReadOnlyList<string> Notes)> ActiveAsync(CurrentForecast current, CancellationToken cancellationToken)
    {
        var rows = await store.ListAsync("", false, cancellationToken);
        var book = rows.Count == 0 ? PlanBook.Empty : await prices.ReadAsync(cancellationToken);
        var priced = rows.Select(row => (Row: row, Price: PlanPrices.Of(row, book))).ToArray();
        var items = Priced([.. priced.Where(item => item.Price.NanosPerCall is not null).Select(item => (item.Row, item.Price.NanosPerCall!.Value))], current);
        return (
            items.ToLookup(item => item.Item.TeamId),
            [.. items.Select(item => item.Record.Sentence()).OfType<string>().Take(1), .. priced.Where(item => item.Price.NanosPerCall is null).Select(item => $"Plan item {item.Row.PlanId} is in no figure here. {item.Price.Note}")]);
    }

    /// <summary>In order of their ids.</summary>
    /// <param name="items">All that are active: of one alone it would not be known what of its segments' rise is another's.</param>
    /// <param name="record">How plans came; null: as these did.</param>
    public static IReadOnlyList<PricedItem> Priced(IReadOnlyCollection<(PlanRow Item, double NanosPerCall)> items, CurrentForecast current, PlanRecord? record = null)
    {
        var known = record ?? Record(items, current);
        return [.. PlanProgress.Of(items, [.. Segments(current)], current.Horizon.Today).Select(item => item with { Record = known, PricesAhead = PricesAhead.Of(item.Item, current.Forecast.Prices, current.Horizon) }).OrderBy(item => item.Item.PlanId, StringComparer.Ordinal)];
    }

    public static IReadOnlyCollection<(PlanRow Item, double NanosPerCall)> WithPrice(IEnumerable<PlanRow> rows, PlanBook book) =>
        [.. rows.Select(row => (Item: row, PlanPrices.Of(row, book).NanosPerCall)).Where(row => row.NanosPerCall is not null).Select(row => (row.Item, row.NanosPerCall!.Value))];

    /// <summary>How plans came.</summary>
    /// <param name="items">All that are active.</param>
    public static PlanRecord Record(IReadOnlyCollection<(PlanRow Item, double NanosPerCall)> items, CurrentForecast current) =>
        PlanRecord.Of(items, [.. Segments(current)], current.Horizon.Today);

    /// <summary>At the prices of today, as the plan is: a price that changed since is no larger and no smaller launch.</summary>
    private static IEnumerable<SegmentSeries> Segments(CurrentForecast current) =>
        current.Teams.SelectMany(team => team.Segments).Select(segment => segment.Forecast.Series.AtTodaysPrices());
}
