using System.Globalization;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Queries;
using Platform.Metering.Repricing;

namespace Platform.Metering.Periods;

/// <summary>What is booked in a month.</summary>
/// <param name="LateCostNanos">Part of the cost: of what occurred in months that were closed before.</param>
/// <param name="UnpricedRecords">Those that wait for a price: without what was taken back whole.</param>
internal readonly record struct BookedFigures(long Calls, long CostNanos, long LateCostNanos, long UnpricedRecords);

/// <summary>All SQL of closed months.</summary>
internal static class PeriodStore
{
    private const string Columns = "period, time_zone, starts_at, ends_at, closed_at, closed_by, calls, cost_nanos, late_cost_nanos, unpriced_records";

    private const string Insert = $"INSERT INTO usage_period ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

    // Months of some zones begin within an hour, and what is used first lies in one alone.
    private static readonly string Extent = $"""
        SELECT open_from, (SELECT min(starts_at) FROM usage_summary WHERE grain = {(int)RollupGrain.QuarterHour}) FROM usage_watermark
        """;

    private const string Booked = """
        SELECT coalesce(sum(calls), 0)::bigint, coalesce(sum(cost_nanos), 0)::bigint, coalesce(sum(cost_nanos) FILTER (WHERE booked_at IS NOT NULL), 0)::bigint,
            coalesce(sum(records) FILTER (WHERE NOT priced), 0)::bigint
        FROM (
            SELECT calls, records, cost_nanos, priced, booked_at FROM {0} WHERE {1} >= $1 AND {1} < $2 AND booked_at IS NULL{2}
            UNION ALL SELECT calls, records, cost_nanos, priced, booked_at FROM {0} WHERE booked_at >= $1 AND booked_at < $2{2}) AS booked
        """;

    // Months of some zones begin within an hour.
    private static readonly string BookedByDay = string.Format(CultureInfo.InvariantCulture, Booked, "usage_summary", "starts_at", " AND grain = 2");
    private static readonly string BookedByHour = string.Format(CultureInfo.InvariantCulture, Booked, "usage_summary", "starts_at", " AND grain = 1");
    private static readonly string BookedByQuarter = string.Format(CultureInfo.InvariantCulture, Booked, "usage_rollup", "quarter_hour", "");

    /// <summary>Closed months, oldest first.</summary>
    public static async Task<List<Period>> ReadClosedAsync(NpgsqlConnection connection, string currency, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"SELECT {Columns} FROM usage_period ORDER BY starts_at", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var periods = new List<Period>();
        while (await reader.ReadAsync(cancellationToken))
        {
            periods.Add(new Period
            {
                Name = reader.GetString(0),
                TimeZone = reader.GetString(1),
                StartsAt = reader.GetFieldValue<DateTimeOffset>(2).ToTimestampUtc(),
                EndsAt = reader.GetFieldValue<DateTimeOffset>(3).ToTimestampUtc(),
                ClosedAt = reader.GetFieldValue<DateTimeOffset>(4).ToTimestampUtc(),
                ClosedBy = reader.GetString(5),
                Calls = reader.GetInt64(6),
                CostNanos = reader.GetInt64(7),
                LateCostNanos = reader.GetInt64(8),
                UnpricedRecords = reader.GetInt64(9),
                State = PeriodState.Closed,
                Currency = currency,
            });
        }

        return periods;
    }

    /// <summary>Where the first open month begins, and the quarter hour that anything was used in first; null for never.</summary>
    public static async Task<(DateTimeOffset OpenFrom, DateTimeOffset? FirstUsed)> ReadExtentAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Extent, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetFieldValue<DateTimeOffset>(0), reader.GetFieldValue<DateTimeOffset?>(1));
    }

    public static async Task<BookedFigures> ReadBookedAsync(NpgsqlConnection connection, BillingMonth month, CancellationToken cancellationToken)
    {
        var statement = IsWhole(TimeSpan.TicksPerDay) ? BookedByDay : IsWhole(TimeSpan.TicksPerHour) ? BookedByHour : BookedByQuarter;
        await using var command = new NpgsqlCommand(statement, connection)
        {
            Parameters = { new() { Value = month.From }, new() { Value = month.To } },
        };
        BookedFigures booked;
        await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
        {
            await reader.ReadAsync(cancellationToken);
            booked = new BookedFigures(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3));
        }

        // The roll-ups count what takes an unpriced record back as one more record without a price; neither waits for one.
        return booked.UnpricedRecords == 0
            ? booked
            : booked with { UnpricedRecords = booked.UnpricedRecords - await UnpricedUsageStore.CountTakenBackAsync(connection, month.From, month.To, cancellationToken) };

        bool IsWhole(long ticks) => month.From.UtcTicks % ticks == 0 && month.To.UtcTicks % ticks == 0;
    }

    public static async Task InsertAsync(
        NpgsqlTransaction transaction, BillingMonth month, string timeZone, BookedFigures booked, string closedBy, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = month.Name }, new() { Value = timeZone }, new() { Value = month.From }, new() { Value = month.To }, new() { Value = now },
                new() { Value = closedBy }, new() { Value = booked.Calls }, new() { Value = booked.CostNanos }, new() { Value = booked.LateCostNanos },
                new() { Value = booked.UnpricedRecords },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
