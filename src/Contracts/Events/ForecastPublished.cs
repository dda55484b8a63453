namespace Platform.Contracts.Events;

/// <summary>
/// Forecasts of the organisation, of teams and of the scopes of budgets, made at one moment: what Metering holds budgets against that have thresholds in % of forecast. For each of its scopes
/// it replaces what was published with an earlier moment. Published by Forecast from its outbox.
/// </summary>
/// <param name="MessageId">The event's identity: the forecasts of one moment are several events where there are many teams.</param>
/// <param name="AsOf">The moment that the forecasts look ahead from.</param>
/// <param name="Scopes">At most <see cref="MaxScopes"/>.</param>
/// <param name="Version">The published version that these are the figures of; null while the organisation's history is too short for one.</param>
public sealed record ForecastPublished(Guid MessageId, DateTimeOffset AsOf, string Currency, IReadOnlyList<ForecastScope> Scopes, long? Version = null)
{
    /// <summary>So many scopes of a hundred days and some months each are about half a megabyte.</summary>
    public const int MaxScopes = 50;
}

/// <param name="TeamId">Empty for the organisation, and where <paramref name="BudgetId"/> names the scope.</param>
/// <param name="Explanation">For people: how it was made, or what is missing and until when.</param>
/// <param name="Ahead">
/// By day (UTC), and beyond a hundred of them by month, what will be spent from <see cref="ForecastPublished.AsOf"/> to its end, so that any period's rest is one figure less another
/// and no quantiles are ever added up. Today's end first. The total of the layered forecast. Empty while the history is too short for a forecast.
/// </param>
/// <param name="BudgetId">The budget whose scope it is, where that is a part of a team or of the organisation; else empty.</param>
public sealed record ForecastScope(string TeamId, string Explanation, IReadOnlyList<SpendThrough> Ahead, string BudgetId = "");

/// <param name="To">End of the day, in UTC.</param>
/// <param name="P10Nanos">Spent from the forecast's moment to this one, in nano-units: less in one of ten futures.</param>
/// <param name="P50Nanos">As likely to be exceeded as not.</param>
/// <param name="P90Nanos">More in one of ten futures.</param>
public sealed record SpendThrough(DateTimeOffset To, long P10Nanos, long P50Nanos, long P90Nanos);
