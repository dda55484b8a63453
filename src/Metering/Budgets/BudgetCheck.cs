using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Budgets;

/// <summary>What a request must be, before anything is looked up. Pure; each rule is the contract's.</summary>
internal static class BudgetCheck
{
    public const int MaxPercents = 10;
    public const int MaxPercent = 1_000;

    /// <summary>Null when the request is fine, else one sentence that says what to do.</summary>
    public static string? Check(SetBudgetRequest request) =>
        Validation.Id("budget_id", request.BudgetId)
        ?? (request.HasName ? Validation.Name("name", request.Name) : null)
        ?? Scope(request.Scope ?? new BudgetScope())
        ?? (Enum.IsDefined(request.Period) ? null : "period must be day, week, month, quarter or year.")
        ?? (CalendarPeriod.TryFindZone(request.TimeZone, out _) ? null : "time_zone is no IANA time zone; use a name such as UTC or Europe/Berlin.")
        ?? Percents("actual_percents", request.ActualPercents)
        ?? Percents("forecast_percents", request.ForecastPercents)
        ?? Validation.IdempotencyKey(request.IdempotencyKey);

    public static SpendScope Read(BudgetScope? scope) => scope is null
        ? new SpendScope()
        : new SpendScope(scope.TeamId, scope.UserId, scope.KeyId, scope.Provider, scope.Model, scope.Workload, scope.Lane, scope.TagKey, scope.TagValue);

    private static string? Scope(BudgetScope scope) =>
        (scope.TeamId.Length == 0 ? null : Validation.TeamId(scope.TeamId))
        ?? Validation.Text("user_id", scope.UserId, 0, 200)
        ?? Validation.Text("key_id", scope.KeyId, 0, 200)
        ?? Validation.Text("provider", scope.Provider, 0, 200)
        ?? Validation.Text("model", scope.Model, 0, 200)
        ?? Validation.Text("workload", scope.Workload, 0, 200)
        ?? Validation.Text("lane", scope.Lane, 0, 200)
        ?? Validation.Text("tag_key", scope.TagKey, 0, 50)
        ?? Validation.Text("tag_value", scope.TagValue, 0, 200)
        ?? (scope.TagKey.Length == 0 == (scope.TagValue.Length == 0) ? null : "tag_key and tag_value go together: give both or none.");

    private static string? Percents(string name, BudgetPercents? percents) => percents switch
    {
        null => null,
        { Percents.Count: > MaxPercents } => $"{name} must be at most {MaxPercents}; there are {percents.Percents.Count}.",
        _ when percents.Percents.Any(percent => percent is < 1 or > MaxPercent) => $"{name} must each be 1 to {MaxPercent}.",
        _ when percents.Percents.Distinct().Count() < percents.Percents.Count => $"{name} must differ from each other.",
        _ => null,
    };
}
