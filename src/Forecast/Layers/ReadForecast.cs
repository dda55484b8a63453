using Platform.Forecast.Planning;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;

namespace Platform.Forecast.Layers;

/// <summary>The organisation's forecast and plan at one moment: the one thing that every figure of money ahead is read off, so that no two answers differ.</summary>
/// <param name="Plan">Active items that have a price, by team.</param>
/// <param name="PlanNotes">Sentences on those that have none, and on how plans came so far.</param>
internal sealed record ForecastMoment(CurrentForecast Current, ILookup<string, PricedItem> Plan, IReadOnlyList<string> PlanNotes)
{
    /// <param name="teamId">Empty: the organisation.</param>
    public LayeredForecasts Of(string teamId) => new(Current, teamId, Plan);

    /// <summary>The organisation's empty id, then every team that has a wallet, has used or plans anything, by id: all that the organisation's figures are made of.</summary>
    /// <param name="listed">Teams that Wallet lists. One that it does not list may have used something, as where its database is an older one put back.</param>
    public IEnumerable<string> Scopes(IEnumerable<string> listed) =>
        listed.Union(Current.Teams.Select(team => team.TeamId)).Union(Plan.Select(team => team.Key)).Order(StringComparer.Ordinal).Prepend("");
}

/// <summary>Reads the forecast as it stands at a moment.</summary>
internal sealed class ReadForecast(OrganisationForecasts forecasts, SegmentStore store, ReadPlan plan)
{
    /// <exception cref="Grpc.Core.RpcException">UNAVAILABLE (DEPENDENCY_UNAVAILABLE) where something is planned and nobody says its price.</exception>
    public async Task<ForecastMoment> RunAsync(BillingCalendar calendar, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var current = await CurrentForecast.ReadAsync(forecasts, store, calendar, now, cancellationToken);
        var (items, notes) = await plan.ActiveAsync(current, cancellationToken);
        return new ForecastMoment(current, items, notes);
    }
}
