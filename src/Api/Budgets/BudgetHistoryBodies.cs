using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Budgets;

/// <param name="HasOlder">There are older entries of a kind than those that are listed.</param>
internal sealed record BudgetHistoryBody(
    IReadOnlyList<BudgetCrossingBody> Crossings, IReadOnlyList<BudgetRateBody> Rates, IReadOnlyList<BudgetChangeBody> Changes, string Currency, bool HasOlder)
{
    public static BudgetHistoryBody From(BudgetHistory history) => new(
        [.. history.Crossings.Select(BudgetCrossingBody.From)], [.. history.Rates.Select(BudgetRateBody.From)], [.. history.Changes.Select(BudgetChangeBody.From)],
        history.Currency, history.HasOlder);
}

/// <summary>A threshold that was reached.</summary>
/// <param name="Basis">actual or forecast.</param>
/// <param name="Amount">The budget's amount then.</param>
/// <param name="ToldAt">Null while the budget is snoozed, and for ever where the period ended before the snooze did, or somebody acknowledged it before.</param>
internal sealed record BudgetCrossingBody(
    string CrossingId, string Basis, int Percent, Money Amount, Money Spent, Money? Projected, DateTimeOffset? PeriodFrom, DateTimeOffset? PeriodTo, int Version,
    DateTimeOffset? NoticedAt, DateTimeOffset? ToldAt, DateTimeOffset? AcknowledgedAt, string AcknowledgedBy, string Note)
{
    public static BudgetCrossingBody From(BudgetCrossing crossing) => new(
        crossing.CrossingId, EnumText.Of(crossing.Basis), crossing.Percent, new(crossing.AmountNanos), new(crossing.SpentNanos),
        crossing.HasProjectedNanos ? new Money(crossing.ProjectedNanos) : null, crossing.PeriodFrom.ToMoment(), crossing.PeriodTo.ToMoment(), crossing.Version,
        crossing.NoticedAt.ToMoment(), crossing.ToldAt.ToMoment(), crossing.AcknowledgedAt.ToMoment(), crossing.AcknowledgedBy, crossing.Note);
}

/// <summary>An hour or a day whose spend left its expected band.</summary>
/// <param name="Window">hour or day.</param>
/// <param name="ToldAt">Null for one that follows another in the same direction, while the budget was snoozed, and where somebody acknowledged it before its end.</param>
internal sealed record BudgetRateBody(
    string Window, DateTimeOffset? WindowFrom, DateTimeOffset? WindowTo, bool TooHigh, Money Spent, Money Expected, Money Low, Money High, DateTimeOffset? NoticedAt,
    DateTimeOffset? ToldAt, DateTimeOffset? AcknowledgedAt, string AcknowledgedBy, string Note)
{
    public static BudgetRateBody From(BudgetRate rate) => new(
        EnumText.Of(rate.Window), rate.WindowFrom.ToMoment(), rate.WindowTo.ToMoment(), rate.TooHigh, new(rate.SpentNanos), new(rate.ExpectedNanos),
        new(rate.LowNanos), new(rate.HighNanos), rate.NoticedAt.ToMoment(), rate.ToldAt.ToMoment(), rate.AcknowledgedAt.ToMoment(), rate.AcknowledgedBy, rate.Note);
}

/// <summary>What somebody did, with the budget's figures from then on.</summary>
/// <param name="Action">set, removed, snoozed or acknowledged.</param>
internal sealed record BudgetChangeBody(
    DateTimeOffset? ChangedAt, string Action, string Actor, int Version, Money Amount, IReadOnlyList<int> ActualPercents, IReadOnlyList<int> ForecastPercents,
    bool RateAlerts, bool HardLimit, DateTimeOffset? SnoozedUntil, string Note)
{
    public static BudgetChangeBody From(BudgetChange change) => new(
        change.ChangedAt.ToMoment(), EnumText.Of(change.Action), change.Actor, change.Version, new(change.AmountNanos), change.ActualPercents,
        change.ForecastPercents, change.RateAlerts, change.HardLimit, change.SnoozedUntil.ToMoment(), change.Note);
}
