using System.ComponentModel.DataAnnotations;
using Platform.Api.Http;
using Platform.Api.Json;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Api.Budgets;

/// <summary>What is absent stays as it is; a new budget needs amount, currency and period.</summary>
/// <param name="BudgetId">Chosen by the caller: lower-case letters, digits, '_' and '-'.</param>
/// <param name="Scope">Whose spend; absent: all. Never changes, as period and time zone.</param>
/// <param name="Period">day, week (from Monday), month, quarter or year.</param>
/// <param name="TimeZone">IANA name of the zone whose calendar the periods are of; UTC when absent.</param>
/// <param name="ActualPercents">Percentages of the amount that spend is told at: 50, 80 and 100 when absent; empty: none.</param>
/// <param name="ForecastPercents">Percentages that the projected spend of the whole period is told at: 100 when absent, for the organisation or a whole team.</param>
/// <param name="RateAlerts">Tell when spend of an hour or a day leaves its own expected band.</param>
/// <param name="HardLimit">Have calls beyond the amount refused; for the organisation, a team, a user or a key.</param>
internal sealed record SetBudgetBody(
    [property: Required] string? BudgetId = null, string? Name = null, BudgetScopeBody? Scope = null, string? Period = null, string? TimeZone = null, Money? Amount = null,
    string? Currency = null, IReadOnlyList<int>? ActualPercents = null, IReadOnlyList<int>? ForecastPercents = null, bool? RateAlerts = null, bool? HardLimit = null);

/// <summary>Spend that has all of the named dimensions; none named: the organisation's.</summary>
/// <param name="Model">As the provider served it.</param>
/// <param name="TagKey">With tag_value: usage that carries this tag.</param>
internal sealed record BudgetScopeBody(
    string? TeamId = null, string? UserId = null, string? KeyId = null, string? Provider = null, string? Model = null, string? Workload = null, string? Lane = null,
    string? TagKey = null, string? TagValue = null)
{
    public BudgetScope ToContract() => new()
    {
        TeamId = Require.Filled("scope.team_id", TeamId),
        UserId = Require.Filled("scope.user_id", UserId),
        KeyId = Require.Filled("scope.key_id", KeyId),
        Provider = Require.Filled("scope.provider", Provider),
        Model = Require.Filled("scope.model", Model),
        Workload = Require.Filled("scope.workload", Workload),
        Lane = Require.Filled("scope.lane", Lane),
        TagKey = Require.Filled("scope.tag_key", TagKey),
        TagValue = Require.Filled("scope.tag_value", TagValue),
    };

    public static BudgetScopeBody From(BudgetScope scope) => new(
        scope.TeamId, scope.UserId, scope.KeyId, scope.Provider, scope.Model, scope.Workload, scope.Lane, scope.TagKey, scope.TagValue);
}

internal sealed record AcknowledgeBudgetBody(string? Note = null);

/// <param name="Until">Absent: the silence ends now.</param>
internal sealed record SnoozeBudgetBody(DateTimeOffset? Until = null, string? Note = null);

/// <param name="NextPageToken">Empty on the last page.</param>
internal sealed record BudgetsBody(IReadOnlyList<BudgetBody> Budgets, string NextPageToken);

/// <param name="Status">healthy, warning (a threshold of the current period was reached), exceeded, counting (what was spent before it was made), removed.</param>
/// <param name="Spent">In the current period, of all that was recorded up to counted_until; null, as the projection is, while the status is counting.</param>
/// <param name="SpentPercent">Of the amount, cut to two places: 100 is never shown before it is reached.</param>
/// <param name="Projected">What the whole period is projected to cost, as likely to be exceeded as not; null where forecast_note says why.</param>
/// <param name="Open">Entries of the history that nobody has acknowledged.</param>
/// <param name="Crossings">Thresholds of the current period that were reached.</param>
/// <param name="CapState">Of a hard limit: none, pending (Wallet is being told), set, refused (cap_problem says why).</param>
internal sealed record BudgetBody(
    string BudgetId, string Name, BudgetScopeBody Scope, string Period, string TimeZone, Money Amount, string Currency, string Status, Money? Spent,
    decimal? SpentPercent, Money? Projected, string ForecastNote, DateTimeOffset? PeriodFrom, DateTimeOffset? PeriodTo, DateTimeOffset? CountedUntil,
    IReadOnlyList<int> ActualPercents, IReadOnlyList<int> ForecastPercents, bool RateAlerts, bool HardLimit, string CapState, string CapId, string CapProblem,
    DateTimeOffset? SnoozedUntil, int Open, IReadOnlyList<BudgetCrossingBody> Crossings, int Version, DateTimeOffset? CreatedAt, DateTimeOffset? ChangedAt,
    string ChangedBy)
{
    public static BudgetBody From(BudgetView view) => new(
        view.BudgetId, view.Name, BudgetScopeBody.From(view.Scope), EnumText.Of(view.Period), view.TimeZone, new(view.AmountNanos), view.Currency,
        EnumText.Of(view.Status), view.HasSpentNanos ? new Money(view.SpentNanos) : null,
        view.HasSpentNanos ? decimal.Round(view.SpentNanos * 100m / view.AmountNanos, 2, MidpointRounding.ToZero) : null,
        view.HasProjectedNanos ? new Money(view.ProjectedNanos) : null, view.ForecastNote, view.PeriodFrom.ToMoment(), view.PeriodTo.ToMoment(),
        view.CountedUntil.ToMoment(), view.ActualPercents, view.ForecastPercents, view.RateAlerts, view.HardLimit, EnumText.Of(view.CapState), view.CapId,
        view.CapProblem, view.SnoozedUntil.ToMoment(), view.Open, [.. view.Crossings.Select(BudgetCrossingBody.From)], view.Version, view.CreatedAt.ToMoment(),
        view.ChangedAt.ToMoment(), view.ChangedBy);
}
