using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;

namespace Platform.Forecast.Planning;

/// <summary>Answers plan items with what they cost and what came of them.</summary>
internal sealed class ListPlan(
    PlanStore store, PlanPrices prices, OrganisationForecasts forecasts, SegmentStore segments, OrganisationDirectory organisation, TimeProvider time)
{
    public async Task<ListItemsResponse> RunAsync(ListItemsRequest request, CancellationToken cancellationToken)
    {
        await organisation.RequireTeamAsync(request.TeamId, cancellationToken);
        var rows = await store.ListAsync(request.TeamId, request.IncludeInactive, cancellationToken);
        var active = request is { TeamId: "", IncludeInactive: false } ? rows : await store.ListAsync("", false, cancellationToken);
        var book = rows.Count + active.Count == 0 ? PlanBook.Empty : await prices.ReadAsync(cancellationToken);
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var current = await CurrentForecast.ReadAsync(forecasts, segments, BillingCalendar.Find("")!, now, cancellationToken);
        var known = await segments.ReadKeysAsync([.. rows.Select(row => row.TeamId).Distinct()], now, cancellationToken);
        var progress = Progress([.. rows.Select(row => (row, PlanPrices.Of(row, book).NanosPerCall))], current);
        var record = ReadPlan.Record(ReadPlan.WithPrice(active, book), current);
        var currency = await organisation.ReadCurrencyAsync(cancellationToken);
        return new ListItemsResponse
        {
            Currency = currency,
            RecordNote = record.Sentence() ?? "",
            Items =
            {
                rows.Select(row => PlanViews.Of(
                        row, PlanPrices.Of(row, book), currency, PlanViews.SegmentNote(row.Named, [.. known[row.TeamId]]), progress.GetValueOrDefault(row.PlanId), current.Horizon.Today))
                    .Where(view => request.IncludeInactive || view.Status != "ended"),
            },
        };
    }

    /// <summary>By id. What was removed takes nothing from what is planned: it is looked at by itself.</summary>
    private static Dictionary<string, PlanProgress> Progress(IReadOnlyList<(PlanRow Row, double? NanosPerCall)> rows, CurrentForecast current)
    {
        var priced = rows.Where(row => row.NanosPerCall is not null).Select(row => (row.Row, row.NanosPerCall!.Value)).ToLookup(row => row.Row.Active);
        return ReadPlan.Priced([.. priced[true]], current, PlanRecord.None).Concat(priced[false].SelectMany(row => ReadPlan.Priced([row], current, PlanRecord.None)))
            .ToDictionary(item => item.Item.PlanId, item => item.Progress, StringComparer.Ordinal);
    }
}
