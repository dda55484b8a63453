using Npgsql;
using NpgsqlTypes;

namespace Platform.Metering.Intake;

/// <summary>Makes the partitions that records go to, a month each, before they are needed.</summary>
internal sealed class UsagePartitions(NpgsqlDataSource dataSource)
{
    private readonly HashSet<DateTimeOffset> _known = [];

    /// <summary>Afterwards there is a partition for every row that is not too old to be taken in.</summary>
    public async Task EnsureAsync(IReadOnlyList<IntakeRow> rows, CancellationToken cancellationToken)
    {
        foreach (var month in Missing(rows))
        {
            // A statement of its own transaction: whoever comes for the same month waits for this, not for a whole intake.
            await using var command = dataSource.CreateCommand("SELECT usage_record_partition($1)");
            command.Parameters.Add(new() { Value = month, NpgsqlDbType = NpgsqlDbType.TimestampTz });
            await command.ExecuteNonQueryAsync(cancellationToken);
            lock (_known)
            {
                _known.Add(month);
            }
        }
    }

    /// <summary>The first moment of the month, UTC.</summary>
    public static DateTimeOffset MonthOf(DateTimeOffset moment) => new(moment.UtcDateTime.Year, moment.UtcDateTime.Month, 1, 0, 0, 0, TimeSpan.Zero);

    private List<DateTimeOffset> Missing(IReadOnlyList<IntakeRow> rows)
    {
        var missing = new List<DateTimeOffset>();
        lock (_known)
        {
            DateTimeOffset last = default;
            foreach (var row in rows)
            {
                var month = MonthOf(row.Usage.OccurredAt);
                if (month != last && !_known.Contains(month) && !missing.Contains(month))
                {
                    missing.Add(month);
                }

                last = month;
            }
        }

        return missing;
    }
}
