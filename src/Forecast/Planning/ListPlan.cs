using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Projection;
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
        var book = rows.Count == 0 ? PlanBook.Empty : await prices.ReadAsync(cancellationToken);
        var current = await CurrentForecast.ReadAsync(forecasts, segments, BillingCalendar.Find("")!, time.GetUtcNow().TruncateToMicroseconds(), cancellationToken);
        return new ListItemsResponse
        {
            Currency = await organisation.ReadCurrencyAsync(cancellationToken),
            Items = { rows.Select(row => View(row, PlanPrices.Of(row, book), current)).Where(view => request.IncludeInactive || view.Status != "ended") },
        };
    }

    /// <param name="current">Null where nothing is known of what came.</param>
    public static PlanItemView View(PlanRow row, PlanPrice price, CurrentForecast? current)
    {
        var view = new PlanItemView
        {
            Item = row.ToItem(),
            Active = row.Active,
            PriceNote = price.Note,
            Status = row.Active ? "planned" : "removed",
            ChangedAt = row.ChangedAt.ToTimestampUtc(),
            ChangedBy = row.ChangedBy,
        };
        if (price.NanosPerCall is not { } nanos)
        {
            return view;
        }

        view.CostPerCallNanos = Nanos.FromForecast(nanos);
        view.CostPerDayNanos = Nanos.FromForecast(nanos * row.CallsPerDay);
        if (current is not null)
        {
            var progress = ReadPlan.Priced(row, nanos, current).Progress;
            view.Status = progress.Status.ToString().ToLowerInvariant();
            if (row.StartsOn < current.Horizon.Today)
            {
                (view.PlannedToDateNanos, view.ActualToDateNanos) = (progress.PlannedNanos, progress.ActualNanos);
            }
        }

        return view;
    }
}
