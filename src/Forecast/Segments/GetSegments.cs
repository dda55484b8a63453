using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Series;

namespace Platform.Forecast.Segments;

/// <summary>Answers the baseline by segment, as it stands now.</summary>
internal sealed class GetSegments(OrganisationForecasts forecasts, SegmentStore store, OrganisationDirectory organisation, TimeProvider time)
{
    public async Task<GetSegmentsResponse> RunAsync(GetSegmentsRequest request, CancellationToken cancellationToken)
    {
        var calendar = Calendars.Require(request.TimeZone);
        await organisation.RequireTeamAsync(request.TeamId, cancellationToken);
        var currency = await organisation.ReadCurrencyAsync(cancellationToken);
        var now = time.GetUtcNow().TruncateToMicroseconds();
        return SegmentViews.Make(await CurrentForecast.ReadAsync(forecasts, store, calendar, now, cancellationToken), request, currency);
    }
}
