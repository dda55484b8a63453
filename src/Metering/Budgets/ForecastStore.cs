using Npgsql;
using Platform.Contracts.Events;

namespace Platform.Metering.Budgets;

/// <summary>All SQL of forecasts as budgets need them: the newest of each scope.</summary>
internal static class ForecastStore
{
    private const string Upsert = """
        INSERT INTO budget_forecast AS kept (team_id, as_of, explanation, ahead_to, ahead_nanos) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (team_id) DO UPDATE
        SET as_of = excluded.as_of, explanation = excluded.explanation, ahead_to = excluded.ahead_to, ahead_nanos = excluded.ahead_nanos
        WHERE kept.as_of < excluded.as_of
        """;

    private const string SetDue = "UPDATE budget SET due = true WHERE active AND forecast_percents <> '{}' AND team_id = ANY($1)";
    private const string Select = "SELECT team_id, as_of, explanation, ahead_to, ahead_nanos FROM budget_forecast WHERE team_id = ANY($1)";

    /// <summary>Keeps a forecast, unless a newer one is there.</summary>
    public static async Task WriteAsync(NpgsqlTransaction transaction, ForecastScope scope, DateTimeOffset asOf, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteAsync(
            Upsert,
            [scope.TeamId, asOf, scope.Explanation, scope.Ahead.Select(day => day.To).ToArray(), scope.Ahead.Select(day => day.P50Nanos).ToArray()],
            cancellationToken);

    /// <summary>Has budgets with thresholds in % of forecast judged anew.</summary>
    public static async Task SetDueAsync(NpgsqlTransaction transaction, string[] teamIds, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteAsync(SetDue, [teamIds], cancellationToken);

    /// <summary>By team; the organisation's is under the empty text.</summary>
    public static async Task<Dictionary<string, KnownForecast>> ReadAsync(NpgsqlConnection connection, string[] teamIds, CancellationToken cancellationToken)
    {
        if (teamIds.Length == 0)
        {
            return [];
        }

        await using var command = connection.Command(Select, [teamIds]);
        var forecasts = await command.ReadAllAsync(
            reader => new KnownForecast(
                reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1), reader.GetString(2),
                [.. reader.GetFieldValue<DateTimeOffset[]>(3).Zip(reader.GetFieldValue<long[]>(4))]),
            cancellationToken);
        return forecasts.ToDictionary(forecast => forecast.TeamId);
    }
}
