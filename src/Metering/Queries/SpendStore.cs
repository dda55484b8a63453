using System.Data;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Folding;

namespace Platform.Metering.Queries;

/// <summary>What a group spent in a bucket.</summary>
/// <param name="Keys">Of the asked dimensions, in their order; none of what lies beyond the first rows.</param>
/// <param name="Beyond">0, or, of the sum of what lies beyond the first rows, how many rows lie between those and its last.</param>
internal readonly record struct SpendSums(int Bucket, string[] Keys, SpendFigures Figures, int Beyond = 0);

/// <summary>Reads the roll-ups.</summary>
internal sealed class SpendStore(NpgsqlDataSource dataSource)
{
    private static readonly TimeSpan CallerLook = TimeSpan.FromDays(56);

    private const string Sums = """
        sum(sign * cost)::bigint, sum(sign * calls)::bigint, sum(sign * input)::bigint, sum(sign * cached)::bigint, sum(sign * output)::bigint,
        sum(sign * unpriced)::bigint, sum(sign * unclassified)::bigint, sum(sign * unclassified_cost)::bigint, sum(sign * adjustment)::bigint
        """;

    private const string Extent = """
        SELECT (SELECT min(starts_at) FROM usage_summary WHERE grain = 1), greatest(
            (SELECT max(starts_at) + interval '1 hour' FROM usage_summary WHERE grain = 1),
            (SELECT max(booked_at) + interval '15 minutes' FROM usage_summary WHERE booked_at IS NOT NULL))
        """;

    /// <summary>
    /// Sums by bucket and the asked dimensions, at most <paramref name="limit"/> of them, in no order; all in one snapshot, so that units of different roll-ups add up.
    /// </summary>
    /// <param name="cut">Instead of the limit: the first rows, and the sum of those beyond.</param>
    /// <param name="booked">By when usage is booked instead of when it occurred.</param>
    public async Task<List<SpendSums>> ReadAsync(
        IReadOnlyCollection<RollupUnit> units, IReadOnlyList<SpendDimension> dimensions, IReadOnlyList<SpendCondition> conditions, bool booked, int limit,
        SpendCut? cut, CancellationToken cancellationToken)
    {
        if (units.Count == 0)
        {
            return [];
        }

        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = units.Any(unit => RollupUnits.IsFolded(unit.Grain))
            ? await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken)
            : null;
        if (transaction is not null)
        {
            units = await UnfoldAsync(transaction, units, cancellationToken);
        }

        await using var command = new NpgsqlCommand { Connection = connection, Transaction = transaction };
        SetStatement(command, units, dimensions, conditions, booked, limit, cut);
        var rows = new List<SpendSums>();
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            while (await reader.ReadAsync(cancellationToken))
            {
                rows.Add(Read(reader, dimensions, cut));
            }
        }

        return rows;
    }

    // What is folded is asked in the snapshot that the sums are then read in.
    private static async Task<List<RollupUnit>> UnfoldAsync(NpgsqlTransaction transaction, IReadOnlyCollection<RollupUnit> units, CancellationToken cancellationToken)
    {
        List<FoldPeriod> periods = [.. units.Where(unit => RollupUnits.IsFolded(unit.Grain)).Select(PeriodOf).Distinct()];
        var folded = await FoldStore.ReadFoldedAsync(transaction, periods, cancellationToken);
        return RollupUnits.Unfold(units, unit => folded.Contains(PeriodOf(unit)));

        static FoldPeriod PeriodOf(RollupUnit unit) => new(unit.Grain, unit.Start);
    }

    private static void SetStatement(
        NpgsqlCommand command, IReadOnlyCollection<RollupUnit> units, IReadOnlyList<SpendDimension> dimensions, IReadOnlyList<SpendCondition> conditions, bool booked,
        int limit, SpendCut? cut)
    {
        var columns = dimensions.Select(SpendDimensions.RollupColumn).ToList();
        var names = string.Concat(columns.Select((_, index) => $"key{index}, "));
        var parts = units.GroupBy(unit => unit.Grain)
            .SelectMany(grain => SpendParts.Of([.. grain], columns, conditions, booked, command.Parameters));
        var sums = $"""
            SELECT bucket, {names}{Sums} FROM ({string.Join(" UNION ALL ", parts)}) AS part
            GROUP BY {names}bucket HAVING sum(sign * records) <> 0
            """;
        command.CommandText = cut?.ToSql(sums, dimensions) ?? $"{sums} LIMIT {limit}";
    }

    /// <summary>From the first to the last hour that anything was spent in; null while there is nothing.</summary>
    public async Task<(DateTimeOffset From, DateTimeOffset To)?> ReadExtentAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Extent);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.IsDBNull(0) ? null : (reader.GetFieldValue<DateTimeOffset>(0), reader.GetFieldValue<DateTimeOffset>(1));
    }

    /// <summary>
    /// Where usage begins within a span: at the quarter hour of its first call, or at the span's beginning where there was one before; null for none until its end. Of what
    /// lies before the newest is looked for, by days: whoever has called of late, which nearly all have, is known at once. Of callers, whose days have many rows and no index
    /// by caller, eight weeks are looked through.
    /// </summary>
    public async Task<DateTimeOffset?> FindFirstAsync(
        DateTimeOffset from, DateTimeOffset to, IReadOnlyList<SpendCondition> conditions, bool byCaller, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand();
        var day = new DateTimeOffset(from.UtcTicks - (from.UtcTicks % TimeSpan.TicksPerDay), TimeSpan.Zero);
        command.Parameters.Add(new() { Value = day });
        command.Parameters.Add(new() { Value = to });
        command.Parameters.Add(new() { Value = byCaller ? day - CallerLook : Moments.Earliest });
        var filters = string.Concat(conditions.Select(condition => " AND " + condition.ToSql(SpendDimensions.RollupColumn(condition.Dimension), command.Parameters)));
        var (days, quarterHours) = byCaller
            ? (RollupGrain.CallerDay, "quarter_hour AS starts_at FROM usage_rollup WHERE quarter_hour >= $1 AND quarter_hour < $2")
            : (RollupGrain.Day, $"starts_at FROM usage_summary WHERE grain = {(int)RollupGrain.QuarterHour} AND starts_at >= $1 AND starts_at < $2");
        command.CommandText = $"""
            SELECT
                (SELECT starts_at FROM usage_summary WHERE grain = {(int)days} AND starts_at >= $3 AND starts_at < $1 AND calls <> 0{filters}
                 ORDER BY starts_at DESC LIMIT 1),
                (SELECT {quarterHours} AND calls <> 0{filters} ORDER BY 1 LIMIT 1)
            """;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var (before, first) = (reader.GetFieldValue<DateTimeOffset?>(0), reader.GetFieldValue<DateTimeOffset?>(1));
        return before is not null || first < from ? from : first;
    }

    /// <summary>A row of the bucket, the dimensions' values and the sums, and of what the cut says of it.</summary>
    public static SpendSums Read(NpgsqlDataReader reader, IReadOnlyList<SpendDimension> dimensions, SpendCut? cut)
    {
        var next = dimensions.Count + 1;
        var figures = new SpendFigures(
            reader.GetInt64(next), reader.GetInt64(next + 1), reader.GetInt64(next + 2), reader.GetInt64(next + 3), reader.GetInt64(next + 4),
            reader.GetInt64(next + 5), reader.GetInt64(next + 6), reader.GetInt64(next + 7), reader.GetInt64(next + 8));
        if (cut is not null && reader.GetInt32(next + 9) is var beyond and > 0)
        {
            return new SpendSums(reader.GetInt32(0), [], figures, beyond);
        }

        var keys = new string[dimensions.Count];
        for (var index = 0; index < keys.Length; index++)
        {
            keys[index] = SpendDimensions.IsNumber(dimensions[index])
                ? SpendDimensions.NameOf(dimensions[index], reader.GetInt16(index + 1))
                : reader.GetString(index + 1);
        }

        return new SpendSums(reader.GetInt32(0), keys, figures);
    }
}
