using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;
using Platform.Contracts.Events;

namespace Platform.Metering.Budgets;

/// <summary>All SQL of what budgets have spent: the hours that are kept, and the records and roll-ups that they are counted from.</summary>
internal static class BudgetSpendStore
{
    // The columns of a scope's dimensions, in their order, and what the roll-ups call the one that has another name there.
    private static readonly string[] Dimensions = ["team_id", "user_id", "key_id", "provider", "model_served", "workload", "lane"];

    // Of platform.metering.v1.Funding: FUNDING_HISTORY.
    private const string History = "3";
    private const string QuarterHour = "date_bin('15 minutes', occurred_at, '2000-01-01Z')";

    private const string Position = """
        SELECT followed_until, (SELECT min(recorded_at) FROM usage_record WHERE recorded_at > followed_until), (SELECT max(recorded_at) FROM usage_record)
        FROM budget_follower
        """;

    private const string SetPosition = "UPDATE budget_follower SET followed_until = $1";

    private const string AddHours = """
        INSERT INTO budget_hour AS kept (budget_id, hour, spent_nanos, live_nanos, adjustment_nanos)
        SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::bigint[], $5::bigint[])
        ON CONFLICT (budget_id, hour) DO UPDATE SET spent_nanos = kept.spent_nanos + excluded.spent_nanos, live_nanos = kept.live_nanos + excluded.live_nanos,
            adjustment_nanos = kept.adjustment_nanos + excluded.adjustment_nanos
        """;

    private const string Sums = """
        SELECT p.budget_id, p.period_from, p.period_to, coalesce(sum(h.spent_nanos), 0)::bigint, coalesce(sum(h.live_nanos), 0)::bigint, coalesce(sum(h.adjustment_nanos), 0)::bigint
        FROM unnest($1::text[], $2::timestamptz[], $3::timestamptz[]) AS p(budget_id, period_from, period_to)
            LEFT JOIN budget_hour h ON h.budget_id = p.budget_id AND h.hour >= p.period_from AND h.hour < p.period_to
        GROUP BY 1, 2, 3
        """;

    // Days are the caller's: $2 has the start of every day and the end of the last, so that one set of time-zone rules decides. They are compared with days of usage, so what is of no usage is not in them.
    private const string Days = """
        SELECT b.budget_id, width_bucket(h.hour, $2::timestamptz[]) - 1, coalesce(sum(h.spent_nanos - h.adjustment_nanos), 0)::bigint
        FROM budget b LEFT JOIN budget_hour h ON h.budget_id = b.budget_id AND h.hour >= $3 AND h.hour < $4
        WHERE b.budget_id = ANY($1) AND b.counted
        GROUP BY 1, 2 ORDER BY 1, 2
        """;

    /// <summary>What budgets whose past is counted have spent, but for money without tokens, by id and day; one without spend has one row without a day.</summary>
    /// <param name="boundaries">Start of every day, ascending, then the end of the last one.</param>
    /// <returns>Days by their index in <paramref name="boundaries"/>.</returns>
    public static async Task<List<(string BudgetId, int? Day, long SpentNanos)>> ReadDaysAsync(
        NpgsqlConnection connection, string[] budgetIds, DateTimeOffset[] boundaries, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(Days, budgetIds, boundaries.Select(moment => moment.ToUniversalTime()).ToArray(), boundaries[0].ToUniversalTime(), boundaries[^1].ToUniversalTime());
        return await command.ReadAllAsync(reader => (reader.GetString(0), reader.IsDBNull(1) ? (int?)null : reader.GetInt32(1), reader.GetInt64(2)), cancellationToken);
    }

    /// <summary>What was spent in each of the periods.</summary>
    public static async Task<Dictionary<(string BudgetId, CalendarPeriod Period), HourSpend>> SumAsync(
        NpgsqlConnection connection, IReadOnlyCollection<(BudgetRow Budget, CalendarPeriod Period)> periods, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(
            Sums, periods.Select(period => period.Budget.BudgetId).ToArray(), periods.Select(period => period.Period.From).ToArray(),
            periods.Select(period => period.Period.To).ToArray());
        return (await command.ReadAllAsync(
            reader => ((reader.GetString(0), new CalendarPeriod(reader.GetFieldValue<DateTimeOffset>(1), reader.GetFieldValue<DateTimeOffset>(2))), Spend(reader, 3)),
            cancellationToken)).ToDictionary();
    }

    public static async Task<FollowerPosition> ReadPositionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(Position);
        return (await command.ReadAllAsync(
            reader => new FollowerPosition(reader.GetFieldValue<DateTimeOffset>(0), reader.GetFieldValue<DateTimeOffset?>(1), reader.GetFieldValue<DateTimeOffset?>(2)),
            cancellationToken)).Single();
    }

    public static async Task SetPositionAsync(NpgsqlTransaction transaction, DateTimeOffset until, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteAsync(SetPosition, [until], cancellationToken);

    /// <summary>What records of (from, to] have cost, by quarter hour and by those dimensions that a scope names.</summary>
    public static async Task<List<SpendGroup>> ReadRecordedAsync(
        NpgsqlTransaction transaction, DateTimeOffset after, DateTimeOffset until, IReadOnlyCollection<SpendScope> scopes, CancellationToken cancellationToken)
    {
        var named = scopes.Select(Values).ToList();
        var columns = Dimensions.Select((column, index) => named.Any(values => values[index].Length > 0) ? column : "''");
        string[] tagKeys = [.. scopes.Select(scope => scope.TagKey).Where(key => key.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var tags = tagKeys.Length == 0
            ? "NULL::text[]"
            : "CASE WHEN tags ?| $3 THEN (SELECT array_agg(tags ->> key ORDER BY position) FROM unnest($3) WITH ORDINALITY AS watched(key, position)) END";
        await using var command = transaction.Connection!.Command(
            $"""
            SELECT {QuarterHour}, {string.Join(", ", columns)}, {tags}, {SumOf("cost_nanos", Paced)}
            FROM usage_record WHERE recorded_at > $1 AND recorded_at <= $2 AND cost_nanos <> 0
            GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
            """,
            tagKeys.Length == 0 ? [after, until] : [after, until, tagKeys]);
        return await command.ReadAllAsync(
            reader => new SpendGroup(
                reader.GetFieldValue<DateTimeOffset>(0),
                new SpendScope(
                    reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetString(6), reader.GetString(7)),
                Tags(tagKeys, reader.IsDBNull(8) ? [] : reader.GetFieldValue<string?[]>(8)), Spend(reader, 9)),
            cancellationToken);
    }

    /// <summary>What a scope has spent by quarter hour, of all records up to a moment that the follower has reached.</summary>
    /// <param name="keyIds">What the scope's key stands for; empty where it names none.</param>
    public static async Task<List<(DateTimeOffset QuarterHour, HourSpend Spend)>> ReadPastAsync(
        NpgsqlTransaction transaction, SpendScope scope, string[] keyIds, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellationToken)
    {
        List<object?> parameters = [from, until];
        var records = string.Concat(Values(scope with { KeyId = "" }).Select((value, index) => value.Length == 0 ? "" : $" AND {Dimensions[index]} = ${Add(value)}"));
        if (keyIds.Length > 0)
        {
            records += $" AND key_id = ANY(${Add(keyIds)})";
        }

        if (scope.TagKey.Length > 0)
        {
            records += $" AND tags ->> ${Add(scope.TagKey)} = ${Add(scope.TagValue)}";
        }

        // The roll-ups as they are, less what was recorded after the moment: one statement sees both as of one instant. They know no tags.
        var isRolledUp = scope.TagKey.Length == 0;
        await using var command = transaction.Connection!.Command(
            isRolledUp
                ? $"""
                SELECT quarter_hour, {SumOf("cost", "paced")} FROM (
                    SELECT quarter_hour, funding, cost_nanos AS cost, cost_nanos - adjustment_nanos AS paced FROM usage_rollup WHERE quarter_hour >= $1{records.Replace("model_served", "model", StringComparison.Ordinal)}
                    UNION ALL
                    SELECT {QuarterHour}, funding, -cost_nanos, -({Paced}) FROM usage_record WHERE occurred_at >= $1 AND recorded_at > $2 AND cost_nanos <> 0{records}) AS known
                GROUP BY 1 HAVING sum(cost) <> 0 OR sum(paced) <> 0 OR sum(paced) FILTER (WHERE funding <> {History}) <> 0
                """
                : $"""
                SELECT {QuarterHour}, {SumOf("cost_nanos", Paced)}
                FROM usage_record WHERE occurred_at >= $1 AND recorded_at <= $2 AND cost_nanos <> 0{records} GROUP BY 1
                """,
            [.. parameters]);
        command.CommandTimeout = 0;
        return await command.ReadAllAsync(reader => (reader.GetFieldValue<DateTimeOffset>(0), Spend(reader, 1)), cancellationToken);

        int Add(object value)
        {
            parameters.Add(value);
            return parameters.Count;
        }
    }

    /// <summary>Adds to the hours that are kept.</summary>
    public static async Task AddAsync(
        NpgsqlTransaction transaction, IReadOnlyCollection<KeyValuePair<(string BudgetId, DateTimeOffset Hour), HourSpend>> hours, CancellationToken cancellationToken)
    {
        if (hours.Count > 0)
        {
            await transaction.Connection!.ExecuteAsync(
                AddHours,
                [
                    hours.Select(hour => hour.Key.BudgetId).ToArray(), hours.Select(hour => hour.Key.Hour).ToArray(), hours.Select(hour => hour.Value.SpentNanos).ToArray(),
                    hours.Select(hour => hour.Value.LiveNanos).ToArray(), hours.Select(hour => hour.Value.AdjustmentNanos).ToArray(),
                ],
                cancellationToken);
        }
    }

    /// <summary>Forgets what was counted of a budget.</summary>
    public static async Task ClearAsync(NpgsqlTransaction transaction, string budgetId, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteAsync("DELETE FROM budget_hour WHERE budget_id = $1", [budgetId], cancellationToken);

    // A record's, without money without tokens: a credit note of one moment says nothing of how fast is spent in its hour or day.
    private const string Paced = "cost_nanos - coalesce(adjustment_nanos, 0)";

    // Three columns: everything, what was told as it happened, and money without tokens.
    private static string SumOf(string cost, string paced) =>
        $"sum({cost})::bigint, coalesce(sum({paced}) FILTER (WHERE funding <> {History}), 0)::bigint, (sum({cost}) - sum({paced}))::bigint";

    private static HourSpend Spend(NpgsqlDataReader reader, int column) => new(reader.GetInt64(column), reader.GetInt64(column + 1), reader.GetInt64(column + 2));

    private static string[] Values(SpendScope scope) =>
        [scope.TeamId, scope.UserId, scope.KeyId, scope.Provider, scope.Model, scope.Workload, scope.Lane];

    private static IReadOnlyDictionary<string, string> Tags(string[] keys, string?[] values) => values.Length == 0
        ? System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty
        : keys.Zip(values).Where(pair => pair.Second is not null).ToDictionary(pair => pair.First, pair => pair.Second!, StringComparer.Ordinal);
}

/// <param name="Until">Records up to it are counted.</param>
/// <param name="First">The first moment after it that something was recorded at; null for none.</param>
/// <param name="Newest">The last moment that something was recorded at; null while there is no record.</param>
internal readonly record struct FollowerPosition(DateTimeOffset Until, DateTimeOffset? First, DateTimeOffset? Newest)
{
    public bool HasMore => First is not null;
}

/// <summary>What was spent in a quarter hour by usage of the same dimensions and tags, as far as budgets name them.</summary>
internal sealed record SpendGroup(DateTimeOffset QuarterHour, SpendScope Dimensions, IReadOnlyDictionary<string, string> Tags, HourSpend Spend);

/// <param name="SpentNanos">All usage.</param>
/// <param name="LiveNanos">Of it, what was told as it happened: not what was imported, whose records may all stand at the beginnings of their days, nor money without tokens.</param>
/// <param name="AdjustmentNanos">Of it, money without tokens; negative where it is given back.</param>
internal readonly record struct HourSpend(long SpentNanos, long LiveNanos, long AdjustmentNanos)
{
    /// <summary>What usage has cost: a credit note comes with no pace.</summary>
    public long PacedNanos => SpentNanos - AdjustmentNanos;

    public static HourSpend operator +(HourSpend left, HourSpend right) =>
        new(left.SpentNanos + right.SpentNanos, left.LiveNanos + right.LiveNanos, left.AdjustmentNanos + right.AdjustmentNanos);
}
