using System.Text.Json;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;

namespace Platform.Metering.DeniedDemand;

/// <summary>What a group was refused in a bucket, what of it was let through all the same because its wallet only observes, and what had to wait.</summary>
/// <param name="Bucket">-1: of all groups together.</param>
internal readonly record struct DeniedSums(
    int Bucket, string[] Keys, long Attempts, long EstimatedNanos, long ObservedAttempts, long ObservedNanos, long DelayedAttempts, long DelayedNanos, long DelayedMs);

/// <summary>All SQL of denied demand.</summary>
internal sealed class DeniedDemandStore(NpgsqlDataSource dataSource)
{
    private const string Insert = """
        INSERT INTO denied_demand (
            attempt_id, occurred_at, recorded_at, team_id, key_id, workload, lane, provider, model, reason, estimated_cost_nanos, currency, user_id, application_id,
            tags, delayed_ms, attempts)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT (attempt_id) DO NOTHING
        """;

    private const string Sums = $"""
        coalesce(sum(attempts) FILTER (WHERE {Refused}), 0)::bigint, coalesce(sum(estimated_cost_nanos) FILTER (WHERE {Refused}), 0)::bigint,
        count(*) FILTER (WHERE reason = ANY ({Observed})), coalesce(sum(estimated_cost_nanos) FILTER (WHERE reason = ANY ({Observed})), 0)::bigint,
        count(*) FILTER (WHERE delayed_ms > 0), coalesce(sum(estimated_cost_nanos) FILTER (WHERE delayed_ms > 0), 0)::bigint, coalesce(sum(delayed_ms), 0)::bigint
        """;

    private const string Refused = $"delayed_ms = 0 AND reason <> ALL ({Observed})";

    private const string Observed = $"ARRAY['{Reasons.ObservedInsufficientFunds}', '{Reasons.ObservedCapReached}']";

    private const string Extent = "SELECT min(occurred_at), max(occurred_at) + interval '15 minutes' FROM denied_demand";

    public static async Task InsertAsync(NpgsqlTransaction transaction, DemandDenied denied, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = denied.AttemptId },
                new() { Value = denied.OccurredAt.TruncateToMicroseconds() },
                new() { Value = now.TruncateToMicroseconds() },
                new() { Value = denied.TeamId }, new() { Value = denied.KeyId }, new() { Value = denied.Workload }, new() { Value = denied.Lane },
                new() { Value = denied.Provider }, new() { Value = denied.Model }, new() { Value = denied.Reason },
                new() { Value = denied.EstimatedCostNanos }, new() { Value = denied.Currency }, new() { Value = denied.UserId },
                new() { Value = denied.ApplicationId },
                new() { Value = denied.Tags is { Count: > 0 } tags ? JsonSerializer.Serialize(tags) : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Jsonb },
                new() { Value = Math.Max(0, denied.DelayedMs) },
                new() { Value = Math.Max(1, denied.Attempts) },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>
    /// The sum of all, and sums by bucket and the asked dimensions, those of the greatest estimated cost, at most <paramref name="limit"/> of them; among equals as
    /// their keys are ordered. The database cuts: callers name their workloads as they like.
    /// </summary>
    /// <param name="buckets">In order and without a gap.</param>
    /// <param name="calendar">The calendar unit's place among the groupings; -1 for none.</param>
    public async Task<(DeniedSums Total, List<DeniedSums> Groups)> ReadAsync(
        IReadOnlyList<TimeBucket> buckets, IReadOnlyList<SpendDimension> dimensions, int calendar, UsageFilter filter, int limit,
        CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand();
        command.Parameters.Add(new() { Value = buckets.Select(bucket => bucket.From).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = buckets[0].From });
        command.Parameters.Add(new() { Value = buckets[^1].To });
        var filters = string.Concat(filter.ToSql(SpendDimensions.RollupColumn, command.Parameters).Select(condition => " AND " + condition));
        var columns = string.Concat(dimensions.Select((dimension, index) => $", {SpendDimensions.RollupColumn(dimension)} AS key{index}"));
        List<string> order = [.. dimensions.Select((dimension, index) => SpendDimensions.NameInSql(dimension, $"key{index}") + " COLLATE \"C\"")];
        if (calendar >= 0)
        {
            order.Insert(calendar, "bucket");
        }

        var groups = string.Join(", ", ["bucket", .. dimensions.Select((_, index) => $"key{index}")]);
        command.CommandText = $"""
            SELECT * FROM (
                SELECT coalesce(bucket, -1), {groups}, {Sums}
                FROM (SELECT *, width_bucket(occurred_at, $1) - 1 AS bucket{columns} FROM denied_demand WHERE occurred_at >= $2 AND occurred_at < $3{filters}) AS denied
                GROUP BY GROUPING SETS (({groups}), ())) AS summed (place, {groups}, attempts, estimated)
            ORDER BY place >= 0, {string.Join(", ", ["estimated DESC", .. order])} LIMIT {limit + 1}
            """;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<DeniedSums>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var next = dimensions.Count + 2;
            var bucket = reader.GetInt32(0);
            rows.Add(new DeniedSums(
                bucket, bucket < 0 ? [] : [.. Enumerable.Range(2, dimensions.Count).Select(reader.GetString)], reader.GetInt64(next), reader.GetInt64(next + 1),
                reader.GetInt64(next + 2), reader.GetInt64(next + 3), reader.GetInt64(next + 4), reader.GetInt64(next + 5), reader.GetInt64(next + 6)));
        }

        return (rows[0], rows[1..]);
    }

    /// <summary>From the first to behind the last refusal; null while there is none.</summary>
    public async Task<(DateTimeOffset From, DateTimeOffset To)?> ReadExtentAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Extent);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.IsDBNull(0) ? null : (reader.GetFieldValue<DateTimeOffset>(0), reader.GetFieldValue<DateTimeOffset>(1));
    }
}
