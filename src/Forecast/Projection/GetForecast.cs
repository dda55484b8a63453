using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Organisation;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;

namespace Platform.Forecast.Projection;

/// <summary>Reads forecast and funds at one moment and answers where the month is going.</summary>
internal sealed class GetForecast(ReadForecast forecast, SegmentStore store, OrganisationDirectory organisation, TimeProvider time)
{
    /// <summary>Full days that are looked back; older usage says little about tomorrow.</summary>
    public const int HistoryDays = 400;

    public async Task<ForecastView> RunAsync(GetForecastRequest request, CancellationToken cancellationToken)
    {
        var calendar = Calendars.Require(request.TimeZone);
        await organisation.RequireTeamAsync(request.TeamId, cancellationToken);
        var currency = await organisation.ReadCurrencyAsync(cancellationToken);
        var (sum, own) = request.TeamId.Length == 0
            ? (await organisation.ReadSumAsync(cancellationToken), null)
            : ((SpendableFunds?)null, await organisation.ReadFundsAsync(request.TeamId, cancellationToken));
        var caps = await organisation.ListOwnCapsAsync(request.TeamId, cancellationToken);
        var moment = await forecast.RunAsync(calendar, time.GetUtcNow().TruncateToMicroseconds(), cancellationToken);
        var imported = await store.ReadImportedAsync(request.TeamId, calendar, moment.Current.Horizon.Today.AddDays(-HistoryDays), cancellationToken);
        return ForecastViews.Make(
            moment, request.TeamId, currency, own is null ? sum : own.ByTeam(moment.Current.Horizon).GetValueOrDefault(request.TeamId), caps, imported.Values.Sum(), new DailyTotals(moment.Current.Horizon.Days));
    }
}
