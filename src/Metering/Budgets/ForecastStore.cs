using Npgsql;
using Platform.Contracts.Events;

namespace Platform.Metering.Budgets;

/// <summary>All SQL of forecasts as budgets need them: the newest of each scope.</summary>
internal static class ForecastStore
{
    private const string Upsert = """
        INSERT INTO budget_forecast AS kept (team_id, budget_id, as_of, explanation, ahead_to, ahead_nanos) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (team_id, budget_id) DO UPDATE
        SET as_of = excluded.as_of, explanation = excluded.explanation, ahead_to = excluded.ahead_to, ahead_nanos = excluded.ahead_nanos
        WHERE kept.as_of < excluded.as_of
        """;

    private const string SetDue = "UPDATE budget SET due = true WHERE active AND forecast_percents <> '{}' AND (team_id = ANY($1) OR budget_id = ANY($2))";

    private const string Select = """
        SELECT team_id, budget_id, as_of, explanation, ahead_to, ahead_nanos FROM budget_forecast JOIN unnest($1::text[], $2::text[]) AS wanted(team_id, budget_id) USING (team_id, budget_id)
        """;

    /// <summary>Keeps a forecast, unless a newer one is there.</summary>
    public static async Task WriteAsync(NpgsqlTransaction transaction, ForecastScope scope, DateTimeOffset asOf, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteAsync(
            Upsert,
            [scope.TeamId, scope.BudgetId, asOf, scope.Explanation, scope.Ahead.Select(day => day.To).ToArray(), scope.Ahead.Select(day => day.P50Nanos).ToArray()],
            cancellationToken);

    /// <summary>Has budgets with thresholds in % of forecast judged anew.</summary>
    public static async Task SetDueAsync(NpgsqlTransaction transaction, IReadOnlyList<ForecastScope> scopes, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteAsync(
            SetDue,
            [scopes.Where(scope => scope.BudgetId.Length == 0).Select(scope => scope.TeamId).ToArray(), scopes.Where(scope => scope.BudgetId.Length > 0).Select(scope => scope.BudgetId).ToArray()],
            cancellationToken);

    /// <summary>Those of the keys that there are.</summary>
    public static async Task<Dictionary<ForecastKey, KnownForecast>> ReadAsync(NpgsqlConnection connection, IReadOnlyCollection<ForecastKey> keys, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
        {
            return [];
        }

        await using var command = connection.Command(Select, keys.Select(key => key.TeamId).ToArray(), keys.Select(key => key.BudgetId).ToArray());
        var forecasts = await command.ReadAllAsync(
            reader => new KnownForecast(
                new ForecastKey(reader.GetString(0), reader.GetString(1)), reader.GetFieldValue<DateTimeOffset>(2), reader.GetString(3),
                [.. reader.GetFieldValue<DateTimeOffset[]>(4).Zip(reader.GetFieldValue<long[]>(5))]),
            cancellationToken);
        return forecasts.ToDictionary(forecast => forecast.Key);
    }
}
