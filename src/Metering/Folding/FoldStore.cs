using Npgsql;
using NpgsqlTypes;
using Platform.Metering.Intake;
using Platform.Metering.Queries;

namespace Platform.Metering.Folding;

/// <summary>A period whose sums are missing or out of date, with how often it had been changed when it was looked at.</summary>
internal readonly record struct WaitingFold(FoldPeriod Period, long Changes);

/// <summary>All SQL of folded sums (docs/decisions/0092).</summary>
internal static class FoldStore
{
    private const string TryLock = $"SELECT pg_try_advisory_xact_lock({AdvisoryLocks.Folding})";
    private const string ReadUntil = "SELECT folded_until FROM usage_watermark";
    private const string RaiseUntil = "UPDATE usage_watermark SET folded_until = $1 WHERE folded_until < $1";

    // 1900 began with a Monday. The spans and weeks that end from one boundary to the next and that anything was used in, one look-up in an index each.
    private const string AddNew = """
        WITH RECURSIVE kinds (fold, source, size) AS (VALUES (6::smallint, 4::smallint, interval '3 hours'), (7::smallint, 2::smallint, interval '7 days')),
        used AS (
            SELECT kinds.*, (SELECT min(s.starts_at) FROM usage_summary AS s WHERE s.grain = source AND s.starts_at >= date_bin(size, folded_until, '1900-01-01Z')) AS starts_at
            FROM kinds, usage_watermark
            UNION ALL
            SELECT fold, source, size, (
                SELECT min(s.starts_at) FROM usage_summary AS s WHERE s.grain = source AND s.starts_at >= date_bin(size, used.starts_at, '1900-01-01Z') + size)
            FROM used WHERE used.starts_at < $1)
        INSERT INTO usage_folded (grain, starts_at, changed_at)
        SELECT fold, date_bin(size, starts_at, '1900-01-01Z'), '-infinity' FROM used WHERE date_bin(size, starts_at, '1900-01-01Z') + size <= $1
        ON CONFLICT DO NOTHING
        """;

    private const string Change = """
        INSERT INTO usage_folded AS kept (grain, starts_at, changes, changed_at) SELECT grain, starts_at, 1, $3 FROM unnest($1, $2) AS changed (grain, starts_at)
        ON CONFLICT (grain, starts_at) DO UPDATE SET is_folded = false, changes = kept.changes + 1, changed_at = excluded.changed_at
        """;

    private const string Next = """
        SELECT grain, starts_at, changes FROM usage_folded WHERE NOT is_folded AND changed_at <= $1 ORDER BY grain DESC, starts_at DESC LIMIT 1
        """;

    private const string Clear = "DELETE FROM usage_fold WHERE grain = $1 AND starts_at = $2";
    private const string Confirm = "UPDATE usage_folded SET is_folded = true WHERE grain = $1 AND starts_at = $2 AND changes = $3";
    private const string Which = "SELECT grain, starts_at FROM usage_folded WHERE is_folded AND (grain, starts_at) IN (SELECT * FROM unnest($1, $2))";

    private const string Keys = "dimensions_key, team_id, user_id, application_id, key_id, workload, lane, provider, model, outcome, funding, priced, booked_at";

    private static readonly string FoldDays = Fold(
        "input_tokens", "output_tokens", "usage_summary WHERE grain = 3 AND starts_at >= $2 AND starts_at < $3");

    private static readonly string FoldQuarterHours = Fold(
        "input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens", "output_tokens + reasoning_tokens",
        "usage_rollup WHERE quarter_hour >= $2 AND quarter_hour < $3");

    /// <summary>True when no other replica folds until the transaction's end.</summary>
    public static async Task<bool> TryLockAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(TryLock, transaction.Connection, transaction);
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    public static async Task<DateTimeOffset> ReadUntilAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(ReadUntil, transaction.Connection, transaction);
        return (DateTime)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Makes known what ended before the moment and waits to be folded, in a transaction that has entered closing.</summary>
    public static async Task RaiseUntilAsync(NpgsqlTransaction transaction, DateTimeOffset until, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction)
        {
            BatchCommands = { new(AddNew) { Parameters = { new() { Value = until } } }, new(RaiseUntil) { Parameters = { new() { Value = until } } } },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Says that an intake changes what was folded, or is about to be. Free for an intake of what is newer.</summary>
    /// <param name="rollups">What it adds, in the order of <see cref="Rollup.Sum"/>.</param>
    public static async Task ChangeAsync(NpgsqlTransaction transaction, IReadOnlyList<Rollup> rollups, IntakeEntry entry, CancellationToken cancellationToken)
    {
        if (rollups.Count == 0 || rollups[0].Key.QuarterHour >= entry.FoldedUntil)
        {
            return;
        }

        var periods = FoldPeriod.Of(rollups.Select(rollup => rollup.Key.QuarterHour), entry.FoldedUntil);
        await using var command = new NpgsqlCommand(Change, transaction.Connection, transaction)
        {
            Parameters = { Grains(periods), Starts(periods), new() { Value = entry.RecordedAt } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>The next period to fold that nobody has changed since the moment; null when there is none.</summary>
    public static async Task<WaitingFold?> ReadNextAsync(NpgsqlTransaction transaction, DateTimeOffset unchangedSince, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Next, transaction.Connection, transaction) { Parameters = { new() { Value = unchangedSince } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new WaitingFold(new FoldPeriod((RollupGrain)reader.GetInt16(0), reader.GetFieldValue<DateTimeOffset>(1)), reader.GetInt64(2))
            : null;
    }

    /// <summary>Adds a period's sums up anew. They count once they are confirmed.</summary>
    public static async Task FoldAsync(NpgsqlTransaction transaction, FoldPeriod period, CancellationToken cancellationToken)
    {
        var fold = period.Grain == RollupGrain.CallerWeek ? FoldDays : FoldQuarterHours;
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction)
        {
            // Nobody waits for it, however many callers there are.
            Timeout = 0,
            BatchCommands =
            {
                new(Clear) { Parameters = { new() { Value = (short)period.Grain }, new() { Value = period.Start } } },
                new(fold)
                {
                    Parameters = { new() { Value = (short)period.Grain }, new() { Value = period.Start }, new() { Value = period.Start + RollupUnits.SizeOf(period.Grain) } },
                },
            },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>False when an intake has changed the period since it was looked at: what was added up is not its sum. Waits for one that is changing it now.</summary>
    public static async Task<bool> ConfirmAsync(NpgsqlTransaction transaction, WaitingFold waiting, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Confirm, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = (short)waiting.Period.Grain }, new() { Value = waiting.Period.Start }, new() { Value = waiting.Changes } },
        };
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>Which of the periods have their sums, in the transaction's snapshot.</summary>
    public static async Task<HashSet<FoldPeriod>> ReadFoldedAsync(NpgsqlTransaction transaction, IReadOnlyCollection<FoldPeriod> periods, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Which, transaction.Connection, transaction) { Parameters = { Grains(periods), Starts(periods) } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var folded = new HashSet<FoldPeriod>();
        while (await reader.ReadAsync(cancellationToken))
        {
            folded.Add(new FoldPeriod((RollupGrain)reader.GetInt16(0), reader.GetFieldValue<DateTimeOffset>(1)));
        }

        return folded;
    }

    // A period's rows have the key of its parts' rows: it is of all but the time.
    private static string Fold(string input, string output, string from) => $"""
        INSERT INTO usage_fold (
            grain, starts_at, {Keys}, calls, records, input_tokens, cached_input_tokens, output_tokens, cost_nanos,
            retried_calls, retried_cost_nanos, small_calls, small_input_tokens, small_output_tokens, adjustment_nanos)
        SELECT $1, $2, {Keys}, sum(calls), sum(records), sum({input}), sum(cached_input_tokens), sum({output}), sum(cost_nanos),
            sum(retried_calls), sum(retried_cost_nanos), sum(small_calls), sum(small_input_tokens), sum(small_output_tokens), sum(adjustment_nanos)
        FROM {from}
        GROUP BY {Keys}
        """;

    private static NpgsqlParameter<short[]> Grains(IEnumerable<FoldPeriod> periods) => new() { TypedValue = [.. periods.Select(period => (short)period.Grain)] };

    private static NpgsqlParameter<DateTimeOffset[]> Starts(IEnumerable<FoldPeriod> periods) =>
        new() { TypedValue = [.. periods.Select(period => period.Start)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz };
}
