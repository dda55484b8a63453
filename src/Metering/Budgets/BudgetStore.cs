using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;

namespace Platform.Metering.Budgets;

/// <summary>All SQL of budgets themselves.</summary>
internal static class BudgetStore
{
    private const string Columns = """
        budget_id, name, team_id, user_id, key_id, provider, model, workload, lane, tag_key, tag_value, period, time_zone, amount_nanos, actual_percents,
        forecast_percents, rate_alerts, hard_limit, active, version, armed_at, snoozed_until, counted, due, cap_state, cap_revision, cap_id, cap_problem,
        created_at, changed_at, changed_by
        """;

    private const string Upsert = $"""
        INSERT INTO budget ({Columns})
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)
        ON CONFLICT (budget_id) DO UPDATE SET
            name = excluded.name, amount_nanos = excluded.amount_nanos, actual_percents = excluded.actual_percents, forecast_percents = excluded.forecast_percents,
            rate_alerts = excluded.rate_alerts, hard_limit = excluded.hard_limit, active = excluded.active, version = excluded.version, armed_at = excluded.armed_at,
            snoozed_until = excluded.snoozed_until, counted = excluded.counted, due = excluded.due, cap_state = excluded.cap_state,
            cap_revision = excluded.cap_revision, cap_id = excluded.cap_id, cap_problem = excluded.cap_problem,
            changed_at = excluded.changed_at, changed_by = excluded.changed_by
        """;

    private const string List = $"SELECT {Columns} FROM budget WHERE (active OR $1) AND ($2 = '' OR team_id = $2) AND budget_id > $3 ORDER BY budget_id LIMIT $4";
    private const string Find = $"SELECT {Columns} FROM budget WHERE budget_id = $1";
    private const string Watched = $"SELECT {Columns} FROM budget WHERE active AND counted ORDER BY budget_id";
    private const string ByCap = $"SELECT {Columns} FROM budget WHERE cap_state = $1 AND (counted OR NOT (active AND hard_limit)) ORDER BY budget_id";
    private const string Lock = $"SELECT {Columns} FROM budget WHERE budget_id = ANY($1) ORDER BY budget_id FOR NO KEY UPDATE";
    private const string LockUncounted = $"SELECT {Columns} FROM budget WHERE active AND NOT counted ORDER BY created_at, budget_id LIMIT 1 FOR NO KEY UPDATE";
    private const string SetCounted = "UPDATE budget SET counted = true, due = true WHERE budget_id = $1";
    private const string TakeDue = "UPDATE budget SET due = false WHERE due AND active AND counted RETURNING budget_id";

    private const string InsertChange = """
        INSERT INTO budget_change (
            budget_id, version, changed_at, actor, action, amount_nanos, actual_percents, forecast_percents, hard_limit, rate_alerts, snoozed_until, note)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        """;

    private const string Changes = """
        SELECT version, changed_at, actor, action, amount_nanos, actual_percents, forecast_percents, hard_limit, rate_alerts, snoozed_until, note
        FROM budget_change WHERE budget_id = $1 ORDER BY change_id DESC LIMIT $2
        """;

    /// <summary>By id.</summary>
    /// <param name="teamId">Empty: of all scopes.</param>
    /// <param name="after">The id that they come after; empty: from the first.</param>
    public static Task<List<BudgetRow>> ListAsync(NpgsqlConnection connection, string teamId, bool removedToo, string after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(connection.Command(List, removedToo, teamId, after, limit), cancellationToken);

    /// <summary>Null when there is none. Within a transaction that holds <see cref="LockIdAsync"/> nobody changes it.</summary>
    public static async Task<BudgetRow?> FindAsync(NpgsqlConnection connection, string budgetId, CancellationToken cancellationToken) =>
        (await ReadAsync(connection.Command(Find, budgetId), cancellationToken)).SingleOrDefault();

    /// <summary>Active budgets whose past is counted: those that follow spend.</summary>
    public static Task<List<BudgetRow>> ListWatchedAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ReadAsync(connection.Command(Watched), cancellationToken);

    public static Task<List<BudgetRow>> ListByCapAsync(NpgsqlConnection connection, CapState state, CancellationToken cancellationToken) =>
        ReadAsync(connection.Command(ByCap, (short)state), cancellationToken);

    /// <summary>Those budgets as they are now, and as they stay until this transaction ends.</summary>
    public static Task<List<BudgetRow>> LockAsync(NpgsqlTransaction transaction, IReadOnlyCollection<string> budgetIds, CancellationToken cancellationToken) =>
        ReadAsync(transaction.Connection!.Command(Lock, [budgetIds.ToArray()]), cancellationToken);

    /// <summary>A budget whose past is to be counted, locked; null when there is none.</summary>
    public static async Task<BudgetRow?> LockUncountedAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken) =>
        (await ReadAsync(transaction.Connection!.Command(LockUncounted), cancellationToken)).SingleOrDefault();

    public static async Task SetCountedAsync(NpgsqlTransaction transaction, string budgetId, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteAsync(SetCounted, [budgetId], cancellationToken);

    /// <summary>Watched budgets that something other than spend happened to. Whatever happens from now on makes them due again.</summary>
    public static async Task<List<string>> TakeDueAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = transaction.Connection!.Command(TakeDue);
        return await command.ReadAllAsync(reader => reader.GetString(0), cancellationToken);
    }

    /// <summary>Orders all changes of one budget, of one that is not there yet too.</summary>
    public static async Task LockIdAsync(NpgsqlTransaction transaction, string budgetId, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteAsync("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [$"budget\n{budgetId}"], cancellationToken);

    public static async Task WriteAsync(NpgsqlTransaction transaction, BudgetRow budget, CancellationToken cancellationToken)
    {
        var scope = budget.Scope;
        await transaction.Connection!.ExecuteAsync(
            Upsert,
            [
                budget.BudgetId, budget.Name, scope.TeamId, scope.UserId, scope.KeyId, scope.Provider, scope.Model, scope.Workload, scope.Lane, scope.TagKey,
                scope.TagValue, (short)budget.Period, budget.TimeZone, budget.AmountNanos, budget.ActualPercents.ToArray(), budget.ForecastPercents.ToArray(),
                budget.RateAlerts, budget.HardLimit, budget.Active, budget.Version, budget.ArmedAt, budget.SnoozedUntil, budget.Counted, budget.Due,
                (short)budget.CapState, budget.CapRevision, budget.CapId, budget.CapProblem, budget.CreatedAt, budget.ChangedAt, budget.ChangedBy,
            ],
            cancellationToken);
    }

    /// <summary>Tells the history what somebody did, with the budget's figures from then on.</summary>
    public static async Task AddChangeAsync(
        NpgsqlTransaction transaction, BudgetRow budget, string action, string actor, string note, DateTimeOffset now, CancellationToken cancellationToken) =>
        await transaction.Connection!.ExecuteAsync(
            InsertChange,
            [
                budget.BudgetId, budget.Version, now, actor, action, budget.AmountNanos, budget.ActualPercents.ToArray(), budget.ForecastPercents.ToArray(),
                budget.HardLimit, budget.RateAlerts, budget.SnoozedUntil, note,
            ],
            cancellationToken);

    /// <summary>Newest first.</summary>
    public static async Task<List<BudgetChange>> ListChangesAsync(
        NpgsqlConnection connection, string budgetId, int limit, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(Changes, budgetId, limit);
        return await command.ReadAllAsync(
            reader => new BudgetChange
            {
                Version = reader.GetInt32(0),
                ChangedAt = reader.GetFieldValue<DateTimeOffset>(1).ToTimestampUtc(),
                Actor = reader.GetString(2),
                Action = Enum.Parse<BudgetAction>(reader.GetString(3), ignoreCase: true),
                AmountNanos = reader.GetInt64(4),
                ActualPercents = { reader.GetFieldValue<int[]>(5) },
                ForecastPercents = { reader.GetFieldValue<int[]>(6) },
                HardLimit = reader.GetBoolean(7),
                RateAlerts = reader.GetBoolean(8),
                SnoozedUntil = reader.GetFieldValue<DateTimeOffset?>(9).ToTimestampUtc(),
                Note = reader.GetString(10),
            },
            cancellationToken);
    }

    private static async Task<List<BudgetRow>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command)
        {
            return await command.ReadAllAsync(Read, cancellationToken);
        }
    }

    private static BudgetRow Read(NpgsqlDataReader reader) => new(
        reader.GetString(0), reader.GetString(1),
        new SpendScope(
            reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetString(5), reader.GetString(6), reader.GetString(7), reader.GetString(8),
            reader.GetString(9), reader.GetString(10)),
        (CalendarUnit)reader.GetInt16(11), reader.GetString(12), reader.GetInt64(13), reader.GetFieldValue<int[]>(14), reader.GetFieldValue<int[]>(15),
        reader.GetBoolean(16), reader.GetBoolean(17), reader.GetBoolean(18), reader.GetInt32(19), reader.GetFieldValue<DateTimeOffset>(20),
        reader.GetFieldValue<DateTimeOffset?>(21), reader.GetBoolean(22), reader.GetBoolean(23), (CapState)reader.GetInt16(24), reader.GetInt64(25),
        reader.GetString(26), reader.GetString(27), reader.GetFieldValue<DateTimeOffset>(28), reader.GetFieldValue<DateTimeOffset>(29), reader.GetString(30));
}
