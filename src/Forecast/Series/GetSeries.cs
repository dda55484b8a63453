using System.Globalization;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Organisation;

namespace Platform.Forecast.Series;

/// <summary>Answers the daily series: at most the asked number of days, today (so far) the last; days before the first usage are left out.</summary>
internal sealed class GetSeries(UsageSeriesStore store, OrganisationDirectory organisation, TimeProvider time)
{
    private const int MostDays = 400;
    private const int DefaultDays = 90;

    public async Task<GetSeriesResponse> RunAsync(GetSeriesRequest request, CancellationToken cancellationToken)
    {
        if (request.Days is < 0 or > MostDays)
        {
            throw RpcErrors.InvalidArgument($"days must be 1 to {MostDays}, or 0 for {DefaultDays}; it is {request.Days}.");
        }

        var calendar = Calendars.Require(request.TimeZone);
        await organisation.RequireTeamAsync(request.TeamId, cancellationToken);
        var currency = await organisation.ReadCurrencyAsync(cancellationToken);
        var days = request.Days == 0 ? DefaultDays : request.Days;
        var series = await DailySeries.ReadAsync(store, request.TeamId, calendar, calendar.DayOf(time.GetUtcNow()), days, cancellationToken);
        var response = new GetSeriesResponse { Currency = currency };
        response.Days.AddRange(series.Days.Select((day, i) => new SeriesDay
        {
            Date = series.FirstDay.AddDays(i).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            CostNanos = day.CostNanos,
            Calls = day.Calls,
            UnpricedCalls = day.UnpricedCalls,
            ImportedNanos = day.HistoryCostNanos,
            AdjustmentNanos = day.AdjustmentNanos,
        }));
        return response;
    }
}
