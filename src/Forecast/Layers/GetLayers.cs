using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;

namespace Platform.Forecast.Layers;

/// <summary>Answers the layered forecast, as it stands now.</summary>
internal sealed class GetLayers(OrganisationForecasts forecasts, SegmentStore store, ReadPlan plan, OrganisationDirectory organisation, TimeProvider time)
{
    public async Task<LayeredForecast> RunAsync(GetLayersRequest request, CancellationToken cancellationToken)
    {
        var calendar = Calendars.Require(request.TimeZone);
        await organisation.RequireTeamAsync(request.TeamId, cancellationToken);
        var currency = await organisation.ReadCurrencyAsync(cancellationToken);
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var current = await CurrentForecast.ReadAsync(forecasts, store, calendar, now, cancellationToken);
        var (items, unpriced) = await plan.ActiveAsync(current, cancellationToken);
        var layered = new LayeredForecasts(current, request.TeamId, items);
        var evidence = Evidence.Of(layered.Teams);
        return new LayeredForecast
        {
            TeamId = request.TeamId,
            Currency = currency,
            AsOf = now.ToTimestampUtc(),
            TimeZone = calendar.Name,
            Periods = { layered.Periods().Select(period => period.Layers.ToWire(period.Kind, layered.Horizon)) },
            Months = { layered.Months().Select(month => month.ToWire(PeriodKind.Unspecified, layered.Horizon)) },
            Evidence = evidence,
            Notes = { Evidence.Notes(evidence, layered.Teams), unpriced },
        };
    }
}
