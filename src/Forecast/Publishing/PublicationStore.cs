using Npgsql;
using NpgsqlTypes;
using Platform.Forecast.Versions;
using Platform.Postgres;

namespace Platform.Forecast.Publishing;

/// <summary>All SQL of when and from what versions are published. The one row of forecast_publication keeps two from being made at once.</summary>
internal static class PublicationStore
{
    private const string ReadInputs = """
        SELECT (SELECT coalesce(md5(string_agg(item::text, E'\n' ORDER BY plan_id)), '') FROM plan_item AS item WHERE active),
               (SELECT min(changed_at) FROM plan_item WHERE changed_at >= $1), (SELECT max(changed_at) FROM plan_item WHERE changed_at >= $1),
               (SELECT count(*) FROM control_event WHERE kind = 'policy'),
               (SELECT min(recorded_at) FROM control_event WHERE kind = 'policy' AND recorded_at >= $1), (SELECT max(recorded_at) FROM control_event WHERE kind = 'policy' AND recorded_at >= $1),
               (SELECT coalesce(sum(settled), 0)::bigint FROM series_version) + (SELECT coalesce(sum(settled), 0)::bigint FROM adjustment_quarter),
               (SELECT coalesce(max(number), 0) FROM forecast_calendar),
               (SELECT min(changed_at) FROM forecast_calendar WHERE changed_at >= $1), (SELECT max(changed_at) FROM forecast_calendar WHERE changed_at >= $1)
        """;

    private const string ReadPlan = "SELECT plan_id, item::text FROM plan_item AS item WHERE active";

    // As of the inputs.
    private const string PlanWith = """
        SELECT coalesce(md5(string_agg(item, E'\n' ORDER BY plan_id)), '')
        FROM (SELECT plan_id, item FROM unnest($1::text[], $2::text[]) AS known (plan_id, item) WHERE plan_id <> ALL ($3)
              UNION ALL SELECT plan_id, item::text FROM plan_item AS item WHERE active AND plan_id = ANY ($3)) AS plan
        """;

    /// <summary>When the service looked last, locked until the transaction's end; null while another replica has it.</summary>
    public static Task<DateTimeOffset?> TryLockAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken) =>
        LockAsync(transaction, "SELECT as_of FROM forecast_publication FOR UPDATE SKIP LOCKED", cancellationToken);

    /// <summary>Waits for whoever publishes.</summary>
    public static Task LockAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken) =>
        LockAsync(transaction, "SELECT as_of FROM forecast_publication FOR UPDATE", cancellationToken);

    public static async Task SetLookedAsync(NpgsqlTransaction transaction, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("UPDATE forecast_publication SET as_of = $1", transaction.Connection, transaction) { Parameters = { new() { Value = now } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <param name="since">Changes from this moment on are dated.</param>
    public static async Task<InputsNow> ReadInputsAsync(NpgsqlTransaction transaction, DateTimeOffset since, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadInputs, transaction.Connection, transaction) { Parameters = { new() { Value = since, NpgsqlDbType = NpgsqlDbType.TimestampTz } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new InputsNow(new PublicationInputs(reader.GetString(0), reader.GetInt64(3), reader.GetInt64(6), reader.GetInt64(7)), Span(1), Span(4), Span(8));

        (DateTimeOffset, DateTimeOffset)? Span(int place) =>
            reader.IsDBNull(place) ? null : (reader.GetFieldValue<DateTimeOffset>(place), reader.GetFieldValue<DateTimeOffset>(place + 1));
    }

    /// <summary>Active items as they are written now, by id: what <see cref="PlanWithAsync"/> adds own ones to.</summary>
    public static async Task<Dictionary<string, string>> ReadPlanAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadPlan, transaction.Connection, transaction);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var items = new Dictionary<string, string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            items.Add(reader.GetString(0), reader.GetString(1));
        }

        return items;
    }

    /// <summary>The plan of the inputs, of items that were read before with those that the transaction has written since: whatever others have committed meanwhile is not in it.</summary>
    /// <param name="written">Their ids.</param>
    public static async Task<string> PlanWithAsync(NpgsqlTransaction transaction, Dictionary<string, string> read, string[] written, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(PlanWith, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = read.Keys.ToArray() }, new() { Value = read.Values.ToArray() }, new() { Value = written } },
        };
        return (string)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task<DateTimeOffset?> LockAsync(NpgsqlTransaction transaction, string sql, CancellationToken cancellationToken)
    {
        // Who has the row computes the forecast within the transaction.
        await transaction.LetComputeAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? reader.GetFieldValue<DateTimeOffset>(0) : null;
    }
}
