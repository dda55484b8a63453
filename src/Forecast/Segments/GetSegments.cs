using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Scenarios.Evaluation;
using Platform.Forecast.Series;

namespace Platform.Forecast.Segments;

/// <summary>Answers the baseline by segment, as it stands now.</summary>
internal sealed class GetSegments(OrganisationForecasts forecasts, SegmentStore store, RouteMixes mixes, OrganisationDirectory organisation, TimeProvider time)
{
    public async Task<GetSegmentsResponse> RunAsync(GetSegmentsRequest request, CancellationToken cancellationToken)
    {
        var calendar = Calendars.Require(request.TimeZone);
        await organisation.RequireTeamAsync(request.TeamId, cancellationToken);
        var currency = await organisation.ReadCurrencyAsync(cancellationToken);
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var current = await CurrentForecast.ReadAsync(forecasts, store, calendar, now, cancellationToken);
        return SegmentViews.Make(current, request, currency, request.ByModel ? await ReadModelsAsync(current, request, cancellationToken) : null);
    }

    /// <summary>Read after the forecast: a segment whose first call came in between is in the next answer.</summary>
    private async Task<ModelFacts> ReadModelsAsync(CurrentForecast current, GetSegmentsRequest request, CancellationToken cancellationToken)
    {
        var (horizon, span) = (current.Horizon, PeriodSpan.Of(request.Period, current.Horizon));
        return new ModelFacts(
            await mixes.GetAsync(current, cancellationToken),
            span.IsRunning ? await store.ReadSpentAsync(request.TeamId, horizon.Calendar, span.From, horizon.Today.AddDays(1), cancellationToken) : []);
    }
}
