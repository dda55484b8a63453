using System.Globalization;
using Platform.Contracts;

namespace Platform.Metering.Budgets;

/// <summary>Whose forecast it is: of the organisation (both empty), a team, or the scope of one budget.</summary>
internal readonly record struct ForecastKey(string TeamId, string BudgetId);

/// <summary>The newest forecast of a scope.</summary>
/// <param name="Explanation">For people: how it was made, or what is missing and until when.</param>
/// <param name="Ahead">Ends of days, ascending, with what will as likely as not be spent until then from <paramref name="AsOf"/>; empty where there is no forecast yet.</param>
internal sealed record KnownForecast(ForecastKey Key, DateTimeOffset AsOf, string Explanation, IReadOnlyList<(DateTimeOffset To, long Nanos)> Ahead)
{
    /// <summary>Spent from the forecast's moment to another one within it; even within a day.</summary>
    public decimal Through(DateTimeOffset moment)
    {
        var (from, spent) = (AsOf, 0L);
        foreach (var (to, nanos) in Ahead)
        {
            if (moment <= to)
            {
                return moment <= from ? spent : spent + ((decimal)(nanos - spent) * (moment - from).Ticks / (to - from).Ticks);
            }

            (from, spent) = (to, nanos);
        }

        return spent;
    }
}

/// <summary>
/// What a whole period will cost: what it has cost, and what the forecast sees from now to its end, as likely to be exceeded as not. Pure. Where the forecast says
/// nothing, nothing is guessed.
/// </summary>
internal static class ProjectedSpend
{
    /// <summary>Forecasts are published every day; one this old says that something is wrong.</summary>
    private static readonly TimeSpan TooOld = TimeSpan.FromHours(48);

    /// <param name="forecast">Of the scope; null when none was published.</param>
    /// <returns>Null where there is no projection; the note says what it rests on, or why there is none.</returns>
    public static (long? Nanos, string Note) Of(CalendarPeriod period, long spentNanos, KnownForecast? forecast, DateTimeOffset now)
    {
        if (forecast is null)
        {
            return (null, "No forecast of this scope has been published yet; the next version has it, tomorrow at the latest.");
        }

        if (forecast.Ahead.Count == 0)
        {
            return (null, forecast.Explanation);
        }

        if (now - forecast.AsOf > TooOld)
        {
            return (null, $"The newest forecast is of {Text(forecast.AsOf)} and too old to say what comes.");
        }

        if (forecast.Ahead[^1].To < period.To)
        {
            return (null, $"The forecast reaches to {Text(forecast.Ahead[^1].To)}; the period ends later.");
        }

        if (!period.Contains(now))
        {
            return (null, "The period is not the current one.");
        }

        var rest = decimal.Round(forecast.Through(period.To) - forecast.Through(now), MidpointRounding.ToEven);
        var whole = spentNanos + Math.Max(0, rest);
        return (whole > long.MaxValue ? long.MaxValue : (long)whole, $"Forecast of {Text(forecast.AsOf)}. {forecast.Explanation}");
    }

    private static string Text(DateTimeOffset moment) => moment.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
