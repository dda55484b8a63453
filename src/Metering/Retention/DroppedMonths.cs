using Grpc.Core;
using Npgsql;
using Platform.Contracts;
using Platform.Metering.Queries;

namespace Platform.Metering.Retention;

/// <summary>What retention has dropped, for those who ask for it.</summary>
internal sealed class DroppedMonths(NpgsqlDataSource dataSource)
{
    private const string Missing = """
        SELECT min(starts_at), max(ends_at) FROM usage_dropped WHERE starts_at < $2 AND {0} AND last_recorded_at > $3
        """;

    private static readonly string MissingOccurred = Missing.Replace("{0}", "ends_at > $1", StringComparison.Ordinal);
    private static readonly string MissingBooked = Missing.Replace("{0}", "last_booked_at >= $1", StringComparison.Ordinal);

    /// <summary>Notes a month that nothing is recorded in any more, before it is taken out. An empty one is not missed.</summary>
    public static async Task NoteAsync(NpgsqlConnection connection, UsagePartition partition, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand($"""
            INSERT INTO usage_dropped (starts_at, ends_at, last_recorded_at, last_booked_at)
            SELECT $1, $2, max(recorded_at), greatest(max(occurred_at), max(booked_at)) FROM {partition.Name} HAVING count(*) > 0
            ON CONFLICT DO NOTHING
            """, connection)
        {
            // A month's records are looked through once.
            CommandTimeout = 0,
            Parameters = { new() { Value = partition.Month }, new() { Value = partition.Month.AddMonths(1) } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Passes where no record of the window that was recorded after a moment was dropped.</summary>
    /// <exception cref="RpcException">FAILED_PRECONDITION (USAGE_NOT_KEPT).</exception>
    public async Task CheckAsync(UsageWindow window, DateTimeOffset recordedAfter, CancellationToken cancellationToken)
    {
        if (await FindAsync(window, recordedAfter, cancellationToken) is (var first, var end))
        {
            throw RpcErrors.Create(
                StatusCode.FailedPrecondition, Reasons.UsageNotKept,
                $"Usage records from {first:yyyy-MM-dd} to before {end:yyyy-MM-dd} are no longer kept (Retention__RecordMonths), so the answer would lack some. Ask for "
                + $"what occurred from {end:yyyy-MM-dd} (UTC) on; of before, exports that were written then have the records, and kt spend and kt periods list the sums.",
                facts: (Reasons.KeptFromFact, $"{end.UtcDateTime:O}"));
        }
    }

    /// <summary>The months of which records of the window were dropped that were recorded after a moment; null where none were.</summary>
    public async Task<(DateTimeOffset First, DateTimeOffset End)?> FindAsync(UsageWindow window, DateTimeOffset recordedAfter, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(window.ByBooked ? MissingBooked : MissingOccurred);
        command.Parameters.Add(new() { Value = window.From });
        command.Parameters.Add(new() { Value = window.Before });
        command.Parameters.Add(new() { Value = recordedAfter });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return await reader.IsDBNullAsync(0, cancellationToken) ? null : (reader.GetFieldValue<DateTimeOffset>(0), reader.GetFieldValue<DateTimeOffset>(1));
    }
}
