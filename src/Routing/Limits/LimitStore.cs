using Npgsql;
using NpgsqlTypes;

namespace Platform.Routing.Limits;

/// <summary>All SQL of what was used of limits.</summary>
internal sealed class LimitStore(NpgsqlDataSource dataSource)
{
    /// <summary>A moment that the database's crash may forget costs a second's grants at most; waiting for the disk would cost every exchange.</summary>
    private const string NoFlush = "SET LOCAL synchronous_commit = off";

    private const string Keys = "unnest($1::text[], $2::text[], $3::smallint[]) WITH ORDINALITY AS k(limit_name, subject, measure, position)";

    private const string InsertMissing = $"""
        INSERT INTO limit_count (limit_name, subject, measure, changed_at)
        SELECT limit_name, subject, measure, clock_timestamp() FROM {Keys} ORDER BY position
        ON CONFLICT DO NOTHING
        """;

    private const string SelectSome = $"""
        SELECT c.limit_name, c.subject, c.measure, c.slots, c.used, c.debt, c.debt_at, c.turn_of, c.turn_since, c.turn_missing, c.turn_heard_at
        FROM {Keys} JOIN limit_count c USING (limit_name, subject, measure)
        ORDER BY c.limit_name, c.subject, c.measure
        """;

    // In one order everywhere, so that replicas never wait for each other in a circle.
    private const string Lock = $"{SelectSome} FOR UPDATE OF c";

    private const string SelectHolders = $"""
        SELECT h.limit_name, h.subject, h.replica, h.held, h.wanted, h.heard_at
        FROM {Keys} JOIN limit_holder h USING (limit_name, subject) WHERE k.measure = 5
        """;

    private const string UpdateCount = """
        UPDATE limit_count SET slots = $4, used = $5, debt = $6, debt_at = $7, changed_at = $8, turn_of = $9, turn_since = $10, turn_missing = $11, turn_heard_at = $12
        WHERE limit_name = $1 AND subject = $2 AND measure = $3
        """;

    private const string UpsertHolder = """
        INSERT INTO limit_holder (limit_name, subject, replica, held, wanted, heard_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (limit_name, subject, replica) DO UPDATE SET held = excluded.held, wanted = excluded.wanted, heard_at = excluded.heard_at
        """;

    private const string DeleteHolder = "DELETE FROM limit_holder WHERE limit_name = $1 AND subject = $2 AND replica = $3";

    private const string Sweep = """
        DELETE FROM limit_count WHERE changed_at < clock_timestamp() - CASE WHEN measure IN (3, 4) THEN interval '25 hours' ELSE interval '5 minutes' END;
        DELETE FROM limit_holder WHERE heard_at < clock_timestamp() - interval '1 minute';
        """;

    private const string SelectCounts = "SELECT limit_name, subject, measure, slots, used, debt, debt_at, clock_timestamp() FROM limit_count WHERE limit_name = ANY($1)";

    private const string SelectAllHolders = """
        SELECT limit_name, subject, replica, held, wanted, heard_at, clock_timestamp() FROM limit_holder WHERE limit_name = ANY($1)
        """;

    /// <summary>Tells and asks, all in one transaction, by the database's clock.</summary>
    /// <param name="asks">Of different counts.</param>
    /// <exception cref="LimitsUnreachableException">It took no place, or nobody knows whether it did.</exception>
    /// <exception cref="Exception">Any other: a count cannot be read or decided, and it took no place.</exception>
    public async Task<(DateTimeOffset Now, LimitAnswer[] Answers)> ExchangeAsync(IReadOnlyList<LimitAsk> asks, CancellationToken cancellationToken)
    {
        var isCommitting = false;
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var (now, counts, holders) = await LockAsync(connection, transaction, asks, cancellationToken);
            var answers = new LimitAnswer[asks.Count];
            await using var writes = new NpgsqlBatch(connection, transaction);
            for (var i = 0; i < asks.Count; i++)
            {
                answers[i] = Decide(asks[i], counts, holders, now, writes);
            }

            await writes.ExecuteNonQueryAsync(cancellationToken);
            isCommitting = true;
            await transaction.CommitAsync(cancellationToken);
            return (now, answers);
        }
        catch (Exception exception) when (isCommitting || IsUnreachable(exception))
        {
            throw new LimitsUnreachableException(isCommitting, exception);
        }
    }

    /// <summary>How counts stand; one that was never used, or not lately, is not in it. Locks nothing and changes nothing.</summary>
    public async Task<LimitReading> ReadAsync(IReadOnlyList<GaugeKey> keys, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { Of(SelectSome, keys), Of(SelectHolders, keys), new NpgsqlBatchCommand("SELECT clock_timestamp()") },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await ReadAsync(reader, cancellationToken);
    }

    /// <summary>Forgets what counts no more.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Sweep);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>What was used of the limits of these names, as of the database's now.</summary>
    public async Task<IReadOnlyList<(GaugeKey Key, CountState State, DateTimeOffset Now)>> ReadCountsAsync(IReadOnlyCollection<string> limits, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectCounts);
        command.Parameters.Add(new() { Value = limits.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<(GaugeKey, CountState, DateTimeOffset)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add((ReadKey(reader), ReadState(reader), reader.GetFieldValue<DateTimeOffset>(7)));
        }

        return rows;
    }

    /// <summary>Who holds parallel requests of the limits of these names, as of the database's now.</summary>
    public async Task<IReadOnlyList<(string Limit, string Subject, SlotHolder Holder, DateTimeOffset Now)>> ReadHoldersAsync(
        IReadOnlyCollection<string> limits, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SelectAllHolders);
        command.Parameters.Add(new() { Value = limits.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<(string, string, SlotHolder, DateTimeOffset)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add((reader.GetString(0), reader.GetString(1), ReadHolder(reader), reader.GetFieldValue<DateTimeOffset>(6)));
        }

        return rows;
    }

    /// <summary>The database is at fault, for all counts alike; a value that it does not take (SQLSTATE classes 22 and 23) is one count's.</summary>
    private static bool IsUnreachable(Exception exception) =>
        exception is NpgsqlException and not PostgresException { SqlState: ['2', '2' or '3', ..] }
            or OperationCanceledException or TimeoutException or ObjectDisposedException or LimitRowGoneException;

    private static async Task<LimitReading> LockAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<LimitAsk> asks, CancellationToken cancellationToken)
    {
        var keys = asks.Select(ask => ask.Key).OrderBy(key => key.Limit, StringComparer.Ordinal).ThenBy(key => key.Subject, StringComparer.Ordinal)
            .ThenBy(key => key.Measure).ToList();
        await using var batch = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(NoFlush), Of(InsertMissing, keys), Of(Lock, keys), Of(SelectHolders, keys), new NpgsqlBatchCommand("SELECT clock_timestamp()"),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        var reading = await ReadAsync(reader, cancellationToken);
        return reading.Counts.Count == asks.Count ? reading : throw new LimitRowGoneException();
    }

    private static async Task<LimitReading> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<GaugeKey, CountState>();
        while (await reader.ReadAsync(cancellationToken))
        {
            counts.Add(ReadKey(reader), ReadState(reader) with { Turn = ReadTurn(reader, 7) });
        }

        await reader.NextResultAsync(cancellationToken);
        var holders = new List<((string, string) Key, SlotHolder Holder)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            holders.Add(((reader.GetString(0), reader.GetString(1)), ReadHolder(reader)));
        }

        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new LimitReading(reader.GetFieldValue<DateTimeOffset>(0), counts, holders.ToLookup(holder => holder.Key, holder => holder.Holder));
    }

    private static LimitAnswer Decide(
        LimitAsk ask, IReadOnlyDictionary<GaugeKey, CountState> counts, ILookup<(string, string), SlotHolder> holders, DateTimeOffset now, NpgsqlBatch writes)
    {
        if (ask.Slots is { } slots)
        {
            var (holder, allowed) = SlotDecision.Decide([.. holders[(ask.Key.Limit, ask.Key.Subject)]], slots, now);
            writes.BatchCommands.Add(Write(ask.Key, holder));
            writes.BatchCommands.Add(Write(ask.Key, CountState.Empty, now));
            return new LimitAnswer(null, allowed);
        }

        var (state, answer) = CountDecision.Decide(counts[ask.Key], ask.Count!, now);
        writes.BatchCommands.Add(Write(ask.Key, state, now));
        return new LimitAnswer(answer, null);
    }

    private static NpgsqlBatchCommand Write(GaugeKey key, CountState state, DateTimeOffset now) => new(UpdateCount)
    {
        Parameters =
        {
            new() { Value = key.Limit }, new() { Value = key.Subject }, new() { Value = (short)key.Measure },
            new() { Value = state.Uses.Select(use => use.Slot).ToArray() }, new() { Value = state.Uses.Select(use => use.Used).ToArray() },
            new() { Value = state.Debt.Units }, new() { Value = state.Debt.At }, new() { Value = now },
            OrNull(state.Turn?.Replica, NpgsqlDbType.Uuid), OrNull(state.Turn?.Since, NpgsqlDbType.TimestampTz),
            OrNull(state.Turn?.Missing, NpgsqlDbType.Bigint), OrNull(state.Turn?.HeardAt, NpgsqlDbType.TimestampTz),
        },
    };

    private static NpgsqlBatchCommand Write(GaugeKey key, SlotHolder holder) => holder is { Held: 0, Wanted: 0 }
        ? new(DeleteHolder) { Parameters = { new() { Value = key.Limit }, new() { Value = key.Subject }, new() { Value = holder.Replica } } }
        : new(UpsertHolder)
        {
            Parameters =
            {
                new() { Value = key.Limit }, new() { Value = key.Subject }, new() { Value = holder.Replica }, new() { Value = holder.Held },
                new() { Value = holder.Wanted }, new() { Value = holder.HeardAt },
            },
        };

    private static NpgsqlBatchCommand Of(string sql, IReadOnlyList<GaugeKey> keys) => new(sql)
    {
        Parameters =
        {
            new() { Value = keys.Select(key => key.Limit).ToArray() }, new() { Value = keys.Select(key => key.Subject).ToArray() },
            new() { Value = keys.Select(key => (short)key.Measure).ToArray() },
        },
    };

    private static GaugeKey ReadKey(NpgsqlDataReader reader) => new(reader.GetString(0), reader.GetString(1), (LimitMeasure)reader.GetInt16(2));

    private static CountState ReadState(NpgsqlDataReader reader)
    {
        var (slots, used) = (reader.GetFieldValue<long[]>(3), reader.GetFieldValue<long[]>(4));
        return new CountState([.. slots.Zip(used, (slot, use) => new SlotUse(slot, use))], new BurstDebt(reader.GetInt64(5), reader.GetFieldValue<DateTimeOffset>(6)));
    }

    private static NpgsqlParameter OrNull(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    private static CountTurn? ReadTurn(NpgsqlDataReader reader, int first) => reader.IsDBNull(first) ? null : new CountTurn(
        reader.GetGuid(first), reader.GetFieldValue<DateTimeOffset>(first + 1), reader.GetInt64(first + 2), reader.GetFieldValue<DateTimeOffset>(first + 3));

    private static SlotHolder ReadHolder(NpgsqlDataReader reader) =>
        new(reader.GetGuid(2), reader.GetInt64(3), reader.GetInt64(4), reader.GetFieldValue<DateTimeOffset>(5));

    /// <summary>A row was swept away between its making and its lock.</summary>
    private sealed class LimitRowGoneException() : Exception("A count was swept away.");
}

/// <summary>Counts, who holds parallel requests by limit and subject, and the database's time.</summary>
internal sealed record LimitReading(DateTimeOffset Now, IReadOnlyDictionary<GaugeKey, CountState> Counts, ILookup<(string Limit, string Subject), SlotHolder> Holders);

/// <summary>Counts were not exchanged with the database.</summary>
/// <param name="isUnknown">It may have taken place all the same.</param>
internal sealed class LimitsUnreachableException(bool isUnknown, Exception inner) : Exception("Rate limits cannot be counted: " + inner.Message, inner)
{
    public bool IsUnknown { get; } = isUnknown;
}
