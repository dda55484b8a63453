using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;

namespace Platform.Metering.Budgets;

/// <summary>All SQL of crossings: thresholds that were reached.</summary>
internal static class CrossingStore
{
    private const string Columns = """
        crossing_id, budget_id, version, period_from, period_to, basis, percent, amount_nanos, spent_nanos, projected_nanos, noticed_at, told_at,
        acknowledged_at, acknowledged_by, note
        """;

    // A second guard beside the evaluation's lock: one row a threshold, whoever else notices it.
    private const string Insert = $"""
        INSERT INTO budget_crossing ({Columns})
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, NULL, '', '')
        ON CONFLICT (budget_id, version, period_from, basis, percent) DO NOTHING
        """;

    private const string OfPeriods = """
        SELECT c.crossing_id, c.budget_id, c.version, c.period_from, c.period_to, c.basis, c.percent, c.amount_nanos, c.spent_nanos, c.projected_nanos, c.noticed_at,
            c.told_at, c.acknowledged_at, c.acknowledged_by, c.note
        FROM unnest($1::text[], $2::int[], $3::timestamptz[]) AS p(budget_id, version, period_from)
            JOIN budget_crossing c USING (budget_id, version, period_from)
        ORDER BY c.noticed_at, c.basis, c.percent
        """;

    private const string SetTold = "UPDATE budget_crossing SET told_at = $2 WHERE crossing_id = ANY($1)";

    // What a snooze kept back and is to be told now, as CrossingRow.IsWaiting says it.
    private const string Waiting = """
        SELECT DISTINCT c.budget_id FROM budget_crossing c JOIN budget b USING (budget_id, version)
        WHERE c.told_at IS NULL AND c.acknowledged_at IS NULL AND c.period_to > $1 AND b.active AND b.counted AND (b.snoozed_until IS NULL OR b.snoozed_until <= $1)
        """;

    private const string History = $"SELECT {Columns} FROM budget_crossing WHERE budget_id = $1 ORDER BY noticed_at DESC, basis, percent DESC LIMIT $2";
    private const string Open = "SELECT budget_id, count(*)::int FROM budget_crossing WHERE budget_id = ANY($1) AND acknowledged_at IS NULL GROUP BY 1";

    private const string SetAcknowledged = """
        UPDATE budget_crossing SET acknowledged_at = $2, acknowledged_by = $3, note = $4 WHERE budget_id = $1 AND acknowledged_at IS NULL
        """;

    /// <summary>False when the threshold was known.</summary>
    public static async Task<bool> TryInsertAsync(NpgsqlTransaction transaction, CrossingRow crossing, CancellationToken cancellationToken)
    {
        await using var command = transaction.Connection!.Command(
            Insert, crossing.CrossingId, crossing.BudgetId, crossing.Version, crossing.Period.From, crossing.Period.To, crossing.Basis, crossing.Percent,
            crossing.AmountNanos, crossing.SpentNanos);
        command.Parameters.Add(new() { Value = (object?)crossing.ProjectedNanos ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
        command.Parameters.Add(new() { Value = crossing.NoticedAt });
        command.Parameters.Add(new() { Value = (object?)crossing.ToldAt ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>Of the given periods, under the budgets' versions, in the order in which they were noticed.</summary>
    public static async Task<ILookup<(string BudgetId, DateTimeOffset From), CrossingRow>> ReadAsync(
        NpgsqlConnection connection, IReadOnlyCollection<(BudgetRow Budget, CalendarPeriod Period)> periods, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(
            OfPeriods, periods.Select(period => period.Budget.BudgetId).ToArray(), periods.Select(period => period.Budget.Version).ToArray(),
            periods.Select(period => period.Period.From).ToArray());
        return (await command.ReadAllAsync(Read, cancellationToken)).ToLookup(crossing => (crossing.BudgetId, crossing.Period.From));
    }

    public static async Task SetToldAsync(NpgsqlTransaction transaction, Guid[] crossingIds, DateTimeOffset now, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteAsync(SetTold, [crossingIds, now], cancellationToken);

    /// <summary>Watched budgets that are snoozed no more and have not told yet what they crossed in a period that has not ended and nobody has acknowledged.</summary>
    public static async Task<List<string>> ListWaitingAsync(NpgsqlConnection connection, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(Waiting, now);
        return await command.ReadAllAsync(reader => reader.GetString(0), cancellationToken);
    }

    /// <summary>Newest first.</summary>
    public static async Task<List<CrossingRow>> ListAsync(NpgsqlConnection connection, string budgetId, int limit, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(History, budgetId, limit);
        return await command.ReadAllAsync(Read, cancellationToken);
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

    private static CrossingRow Read(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetString(1), reader.GetInt32(2),
        new CalendarPeriod(reader.GetFieldValue<DateTimeOffset>(3), reader.GetFieldValue<DateTimeOffset>(4)), reader.GetString(5), reader.GetInt32(6),
        reader.GetInt64(7), reader.GetInt64(8), reader.GetFieldValue<long?>(9), reader.GetFieldValue<DateTimeOffset>(10),
        reader.GetFieldValue<DateTimeOffset?>(11), reader.GetFieldValue<DateTimeOffset?>(12), reader.GetString(13), reader.GetString(14));
}
