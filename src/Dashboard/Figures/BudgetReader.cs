using Platform.Contracts;
using Platform.Contracts.Metering.V1;

namespace Platform.Dashboard.Figures;

/// <summary>One budget with its current period.</summary>
/// <param name="TeamId">The team that it watches; empty where it names none.</param>
/// <param name="Scope">The dimensions that it watches, with their values; none: all spend.</param>
/// <param name="Spent">Null while it is being counted.</param>
/// <param name="Projected">What the whole period is projected to cost; null where <paramref name="ForecastNote"/> says why.</param>
/// <param name="Zone">Whose calendar its periods follow.</param>
/// <param name="SnoozedUntil">Null unless it is snoozed.</param>
/// <param name="HardLimit">How far Wallet keeps its hard limit; none where it has none.</param>
/// <param name="LimitProblem">Why Wallet does not; empty where it does.</param>
public sealed record BudgetLine(
    string BudgetId, string Name, string TeamId, IReadOnlyList<(string Name, string Value)> Scope, Money Amount, Money? Spent, Money? Projected, string ForecastNote, string Currency,
    BudgetStatus Status, DateTimeOffset PeriodTo, TimeZoneInfo Zone, DateTimeOffset? SnoozedUntil, CapState HardLimit, string LimitProblem);

/// <param name="Lines">The fullest first.</param>
public sealed record BudgetFigures(IReadOnlyList<BudgetLine> Lines)
{
    /// <summary>Those that watch a team; all for an empty id.</summary>
    public IEnumerable<BudgetLine> Of(string teamId) => Lines.Where(line => teamId.Length == 0 || line.TeamId == teamId);
}

internal sealed class BudgetReader(Budgets.BudgetsClient budgets, TimeProvider time)
{
    public async Task<BudgetFigures> ReadAsync(CancellationToken cancellationToken)
    {
        var all = await PageRequest.ReadAllAsync<BudgetView>(async token =>
        {
            var request = new ListBudgetsRequest { PageSize = PageRequest.LargestSize, PageToken = token };
            var page = await budgets.ListBudgetsAsync(request, deadline: Patience.Until(time), cancellationToken: cancellationToken);
            return (page.Budgets, page.NextPageToken);
        });
        return new BudgetFigures([.. all.Select(ToLine).OrderByDescending(line => (line.Spent?.Nanos ?? 0m) / line.Amount.Nanos)]);
    }

    private static BudgetLine ToLine(BudgetView view) => new(
        view.BudgetId,
        view.Name,
        view.Scope.TeamId,
        Dimensions(view.Scope),
        new Money(view.AmountNanos),
        view.HasSpentNanos ? new Money(view.SpentNanos) : null,
        view.HasProjectedNanos ? new Money(view.ProjectedNanos) : null,
        view.ForecastNote,
        view.Currency,
        view.Status,
        view.PeriodTo.ToDateTimeOffset(),
        TimeZoneInfo.TryFindSystemTimeZoneById(view.TimeZone, out var zone) ? zone : TimeZoneInfo.Utc,
        view.SnoozedUntil.ToMoment(),
        view.CapState,
        view.CapProblem);

    private static List<(string Name, string Value)> Dimensions(BudgetScope scope)
    {
        (string Name, string Value)[] dimensions =
        [
            ("team", scope.TeamId), ("user", scope.UserId), ("key", scope.KeyId), ("provider", scope.Provider), ("model", scope.Model), ("workload", scope.Workload),
            ("lane", scope.Lane), (scope.TagKey, scope.TagValue),
        ];
        return [.. dimensions.Where(dimension => dimension.Value.Length > 0)];
    }
}
