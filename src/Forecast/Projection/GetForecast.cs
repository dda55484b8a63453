using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Organisation;
using Platform.Forecast.Series;

namespace Platform.Forecast.Projection;

/// <summary>Reads series and wallet at one moment and answers the forecast made of them.</summary>
internal sealed class GetForecast(UsageSeriesStore store, OrganisationDirectory organisation, TimeProvider time)
{
    /// <summary>Full days that are looked back; older usage says little about tomorrow.</summary>
    public const int HistoryDays = 400;

    public async Task<ForecastView> RunAsync(GetForecastRequest request, CancellationToken cancellationToken)
    {
        var calendar = Calendars.Require(request.TimeZone);
        await organisation.RequireTeamAsync(request.TeamId, cancellationToken);
        var currency = await organisation.ReadCurrencyAsync(cancellationToken);
        var available = await organisation.ReadAvailableAsync(request.TeamId, cancellationToken);
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var series = await DailySeries.ReadAsync(store, request.TeamId, calendar, calendar.DayOf(now), HistoryDays + 1, cancellationToken);
        return ForecastViews.Make(request.TeamId, currency, series, available, calendar, now);
    }
}
