using System.Runtime.CompilerServices;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Forecast.Layers;
using Platform.Forecast.Organisation;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;

namespace Platform.Forecast.Projection;

/// <summary>Answers where the month is going of the organisation and of every team: forecast and funds are read once, at one moment, and a team is worked out when the one before it is taken.</summary>
internal sealed class ListForecasts(ReadForecast forecast, SegmentStore store, OrganisationDirectory organisation, TimeProvider time)
{
    /// <returns>The organisation's first, then by team id.</returns>
    public async IAsyncEnumerable<ForecastView> RunAsync(ListForecastsRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (request.Days is < 0 or > ForecastViews.DaysShown)
        {
            throw RpcErrors.InvalidArgument($"days must be 1 to {ForecastViews.DaysShown}, or 0 for {ForecastViews.DaysShown}; it is {request.Days}.");
        }

        var calendar = Calendars.Require(request.TimeZone);
        var teams = await organisation.ListTeamIdsAsync(cancellationToken);
        var currency = await organisation.ReadCurrencyAsync(cancellationToken);
        var money = await organisation.ReadSumsAsync(cancellationToken);
        var caps = (await organisation.ListCapsAsync(cancellationToken)).ToLookup(CapOutlooks.TeamOf, StringComparer.Ordinal);
        var moment = await forecast.RunAsync(calendar, time.GetUtcNow().TruncateToMicroseconds(), cancellationToken);
        var horizon = moment.Current.Horizon;
        var imported = await store.ReadImportedAsync("", calendar, horizon.Today.AddDays(-GetForecast.HistoryDays), cancellationToken);
        var (funds, room, days) = (money.ByTeam(horizon), new DailyTotals(horizon.Days), request.Days == 0 ? ForecastViews.DaysShown : request.Days);
        foreach (var team in moment.Scopes(teams))
        {
            // All that follows is calculation, and writing a line ends at once while there is room: without this, one list held its thread from the first team to the last, and others waited for one.
            await Task.Yield();
            cancellationToken.ThrowIfCancellationRequested();
            yield return ForecastViews.Make(
                moment, team, currency, funds.GetValueOrDefault(team), caps[team], team.Length == 0 ? imported.Values.Sum() : imported.GetValueOrDefault(team), room, days);
        }
    }
}
