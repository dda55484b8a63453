using Npgsql;

namespace Platform.Forecast.Series;

/// <summary>Counts changes of a team's series, so that what was made of it is known to be old.</summary>
internal static class SeriesVersions
{
    // PostgreSQL runs the main statement before those that nothing refers to, and of these the last one first: so a row of a quarter hour is locked before the team's, as usage does
    // (UsageSeriesStore), and neither waits for the other in a circle.
    private const string Upsert = """
        WITH versions AS (
            INSERT INTO series_version AS known (team_id, version, settled) VALUES ($1, 1, $2)
            ON CONFLICT (team_id) DO UPDATE SET version = known.version + 1, settled = known.settled + excluded.settled
        )
        INSERT INTO series_quarter AS known (quarter_start, team_id, changes) VALUES ($3, $1, 1)
        ON CONFLICT (quarter_start, team_id) DO UPDATE SET changes = known.changes + 1
        """;

    /// <summary>
    /// Usage before this changes a day that is over. The hour before midnight counts as over: replicas' clocks differ, and one may have read the day as over already.
    /// </summary>
    public static DateTimeOffset SettledBefore(DateTimeOffset now) => new((now + TimeSpan.FromHours(1)).UtcDateTime.Date, TimeSpan.Zero);

    public static async Task CountAsync(NpgsqlTransaction transaction, string teamId, DateTimeOffset occurredAt, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Upsert, transaction.Connection, transaction)
        {
            Parameters = { new() { Value = teamId }, new() { Value = occurredAt < SettledBefore(now) ? 1L : 0L }, new() { Value = Quarter.StartOf(occurredAt) } },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
