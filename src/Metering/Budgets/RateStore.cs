using Npgsql;
using Platform.Contracts;

namespace Platform.Metering.Budgets;

/// <summary>An hour or a day that was unusual, as it is stored.</summary>
/// <param name="Window">One of <see cref="Contracts.Events.SpendRateWindow"/>.</param>
/// <param name="ToldAt">Null for one of a run that was told of, or while the budget is snoozed.</param>
internal sealed record RateRow(
    string BudgetId, string Window, DateTimeOffset From, DateTimeOffset To, bool TooHigh, long SpentNanos, RateBand Band, DateTimeOffset NoticedAt,
    DateTimeOffset? ToldAt, DateTimeOffset? AcknowledgedAt = null, string AcknowledgedBy = "", string Note = "")
{
    /// <summary>True where a snooze has kept all of its run untold so far.</summary>
    public bool Silenced { get; init; }
}

/// <summary>All SQL of unusual hours and days.</summary>
internal static class RateStore
{
    // One that a snooze has kept back is told of when that is over, if it still runs.
    private const string Keep = """
        INSERT INTO budget_rate (budget_id, window_name, window_from, window_to, too_high, spent_nanos, expected_nanos, low_nanos, high_nanos, noticed_at, told_at, silenced)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (budget_id, window_name, window_from) DO UPDATE SET told_at = excluded.told_at, silenced = false
        WHERE budget_rate.silenced AND excluded.told_at IS NOT NULL AND budget_rate.window_to > excluded.told_at
        """;

    private const string Follows = "SELECT EXISTS (SELECT FROM budget_rate WHERE budget_id = $1 AND window_name = $2 AND window_to = $3 AND too_high = $4 AND NOT silenced)";

    private const string Begins = """
        SELECT budget_id, (SELECT min(hour) FROM budget_hour h WHERE h.budget_id = b.budget_id AND spent_nanos <> adjustment_nanos),
            (SELECT min(hour) FROM budget_hour h WHERE h.budget_id = b.budget_id AND live_nanos <> 0)
        FROM unnest($1) AS b(budget_id)
        """;

    private const string History = """
        SELECT budget_id, window_name, window_from, window_to, too_high, spent_nanos, expected_nanos, low_nanos, high_nanos, noticed_at, told_at, acknowledged_at,
            acknowledged_by, note
        FROM budget_rate WHERE budget_id = $1 ORDER BY noticed_at DESC LIMIT $2
        """;

    private const string Open = "SELECT budget_id, count(*)::int FROM budget_rate WHERE budget_id = ANY($1) AND acknowledged_at IS NULL GROUP BY 1";

    // Whoever acknowledges what a snooze kept back has heard of it: neither it nor what follows it is to be told.
    private const string SetAcknowledged = """
        UPDATE budget_rate SET acknowledged_at = $2, acknowledged_by = $3, note = $4, silenced = false WHERE budget_id = $1 AND acknowledged_at IS NULL
        """;

    /// <summary>False when the window was known to be unusual, and is not to be told of now.</summary>
    public static async Task<bool> TryKeepAsync(NpgsqlTransaction transaction, RateRow rate, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteAsync(
            Keep,
            [
                rate.BudgetId, rate.Window, rate.From, rate.To, rate.TooHigh, rate.SpentNanos, rate.Band.ExpectedNanos, rate.Band.LowNanos, rate.Band.HighNanos,
                rate.NoticedAt, rate.ToldAt, rate.Silenced,
            ],
            cancellationToken) == 1;

    /// <summary>Was the window before this one unusual in the same direction, in a run that was told of?</summary>
    public static async Task<bool> FollowsAsync(NpgsqlTransaction transaction, RateRow rate, CancellationToken cancellationToken)
    {
        await using var command = transaction.Connection!.Command(Follows, rate.BudgetId, rate.Window, rate.From, rate.TooHigh);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>The first hour that each of the budgets has usage in, and the first with spend that was told as it happened.</summary>
    public static async Task<Dictionary<string, (DateTimeOffset? Any, DateTimeOffset? Live)>> ReadBeginsAsync(
        NpgsqlConnection connection, string[] budgetIds, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(Begins, [budgetIds]);
        return (await command.ReadAllAsync(
            reader => (reader.GetString(0), (reader.GetFieldValue<DateTimeOffset?>(1), reader.GetFieldValue<DateTimeOffset?>(2))), cancellationToken)).ToDictionary();
    }

    /// <summary>Newest first.</summary>
    public static async Task<List<RateRow>> ListAsync(NpgsqlConnection connection, string budgetId, int limit, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(History, budgetId, limit);
        return await command.ReadAllAsync(
            reader => new RateRow(
                reader.GetString(0), reader.GetString(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetFieldValue<DateTimeOffset>(3), reader.GetBoolean(4),
                reader.GetInt64(5), new RateBand(reader.GetInt64(6), reader.GetInt64(7), reader.GetInt64(8)), reader.GetFieldValue<DateTimeOffset>(9),
                reader.GetFieldValue<DateTimeOffset?>(10), reader.GetFieldValue<DateTimeOffset?>(11), reader.GetString(12), reader.GetString(13)),
            cancellationToken);
    }

    /// <summary>How many nobody has acknowledged; budgets without any are left out.</summary>
    public static async Task<Dictionary<string, int>> CountOpenAsync(NpgsqlConnection connection, string[] budgetIds, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(Open, [budgetIds]);
        return (await command.ReadAllAsync(reader => (reader.GetString(0), reader.GetInt32(1)), cancellationToken)).ToDictionary();
    }

    public static Task<int> AcknowledgeAsync(
        NpgsqlTransaction transaction, string budgetId, string actor, string note, DateTimeOffset now, CancellationToken cancellationToken) =>
        transaction.Connection!.ExecuteAsync(SetAcknowledged, [budgetId, now, actor, note], cancellationToken);
}
