using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts;
using Platform.Contracts.Forecast.V1;
using Platform.Contracts.Metering.V1;
using Platform.Contracts.Wallet.V1;
using Platform.Forecast.Segments;

namespace Platform.Forecast.Layers;

/// <summary>Whether calls reach caps, which refuse them from then to the end of the running period, whatever money there is.</summary>
internal static class CapOutlooks
{
    /// <summary>A cap that fewer futures reach is not spoken of beside money.</summary>
    private const double Noteworthy = 0.1;

    /// <summary>It limits the organisation or one team, whose days are forecast as they are.</summary>
    public static bool IsWhole(Cap cap) => cap.Scope is CapScope.Organisation or CapScope.Team;

    /// <summary>Empty: of no team as a whole.</summary>
    public static string TeamOf(Cap cap) => cap.Scope == CapScope.Team ? cap.ScopeId : "";

    /// <param name="totals">Of the team or organisation where it limits one.</param>
    /// <param name="caller">Whom it limits otherwise.</param>
    public static CapOutlook Of(Cap cap, LayeredForecasts layered, CurrentForecast current, DailyTotals totals, CapShare? caller = null)
    {
        var outlook = new CapOutlook
        {
            CapId = cap.CapId, Scope = cap.Scope, ScopeId = cap.ScopeId, Period = cap.Period, Source = cap.Source, AmountNanos = cap.AmountNanos, LeftNanos = cap.LeftNanos,
            PeriodEnd = cap.PeriodTo, Note = cap.Problem,
        };
        if (cap.Problem.Length > 0)
        {
            return outlook;
        }

        // What is left is spent as a budget of as much would be, and in the same futures.
        var left = new BudgetView { BudgetId = cap.CapId, AmountNanos = cap.LeftNanos, PeriodTo = cap.PeriodTo, Scope = caller?.Scope ?? new BudgetScope { TeamId = TeamOf(cap) } };
        var crossing = BudgetOutlooks.Of(left, layered, current, totals, caller?.Share);
        var now = current.Now.ToTimestampUtc();
        outlook.Note = crossing.Note;
        (outlook.Reached, outlook.Early, outlook.Expected) = cap.LeftNanos > 0 ? (crossing.Crossing, crossing.Early, crossing.Expected) : (1, now, now);
        return outlook;
    }

    /// <summary>Which caps stop calls before money is out, in sentences; empty: none does in one future of ten or more.</summary>
    /// <param name="caps">Of the whole of whose money it is.</param>
    /// <param name="outOfMoney">The moment by which one future in ten is out of it; null: not within the horizon.</param>
    public static string Sentences(IEnumerable<CapOutlook> caps, Timestamp? outOfMoney, CurrentForecast current, string currency) =>
        string.Join(' ', caps.Where(cap => cap.Reached >= Noteworthy && cap.Early is { } early && (outOfMoney is null || early < outOfMoney)).Select(cap => Sentence(cap, current, currency)));

    private static string Sentence(CapOutlook cap, CurrentForecast current, string currency)
    {
        string Day(Timestamp moment) => current.Horizon.Calendar.DayOf(moment.ToDateTimeOffset()).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

        var (of, ends) = ($"A cap of {new Money(cap.AmountNanos).ToRoundedString()} {currency} a {cap.Period.ToString().ToLowerInvariant()}", Day(cap.PeriodEnd));
        return cap.LeftNanos <= 0
            ? $"{of} has nothing left: calls are refused until its period ends on {ends}, whatever money there is (kt caps list)."
            : string.Create(CultureInfo.InvariantCulture, $"{of} has {new Money(cap.LeftNanos).ToRoundedString()} left, which {100 * cap.Reached:0.#} % of futures spend before its period ends on {ends}, one in ten by {Day(cap.Early)}")
                + $"{(cap.Expected is { } half ? $" and half by {Day(half)}" : "")}: calls are refused from then on, before the money is out (kt caps list).";
    }
}
