using Npgsql;
using NpgsqlTypes;

namespace Platform.Forecast.SpecialDays;

/// <summary>All SQL of calendars. A change is a row of its own, and none of them is changed: who looked for what, and since when, stays known.</summary>
internal sealed class CalendarStore(NpgsqlDataSource dataSource)
{
    private const string Columns = "number, team_id, active, holidays_on, month_ends_on, days, names, note, changed_at, changed_by";
    private const string Newest = "SELECT coalesce(max(number), 0) FROM forecast_calendar";
    private const string Insert = $"INSERT INTO forecast_calendar ({Columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    private const string Current = $"SELECT DISTINCT ON (team_id) {Columns} FROM forecast_calendar ORDER BY team_id, number DESC";

    private const string History = $"""
        SELECT {Columns} FROM forecast_calendar WHERE $1::text IS NULL OR team_id IN ('', $1) ORDER BY number DESC LIMIT $2
        """;

    /// <summary>The number of the newest change; 0: there was none.</summary>
    public async Task<long> ReadNumberAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Newest);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>The newest of each team that has one of its own, and the organisation's.</summary>
    public async Task<TeamCalendars> ReadAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Current);
        return Of(await ReadAsync(command, cancellationToken));
    }

    /// <summary>Changes, newest first.</summary>
    /// <param name="teamId">Those of the team and of the organisation; null: all.</param>
    public async Task<List<DayCalendar>> ListChangesAsync(string? teamId, int limit, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(History);
        command.Parameters.Add(new() { Value = (object?)teamId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>Keeps every other change of calendars waiting until the transaction ends.</summary>
    public static async Task LockAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("LOCK TABLE forecast_calendar IN SHARE ROW EXCLUSIVE MODE", transaction.Connection, transaction);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>As <see cref="ReadAsync(CancellationToken)"/>, within a transaction that holds the lock.</summary>
    public static async Task<TeamCalendars> ReadAsync(NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Current, transaction.Connection, transaction);
        return Of(await ReadAsync(command, cancellationToken));
    }

    /// <summary>Writes a change; its number is one above the newest.</summary>
    public static async Task WriteAsync(NpgsqlTransaction transaction, DayCalendar calendar, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction);
        object[] values =
        [
            calendar.Number, calendar.TeamId, calendar.Active, calendar.HolidaysOn, calendar.MonthEndsOn, calendar.Holidays.Select(holiday => holiday.Day).ToArray(),
            calendar.Holidays.Select(holiday => holiday.Name).ToArray(), calendar.Note, calendar.ChangedAt.ToUniversalTime(), calendar.ChangedBy,
        ];
        command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static TeamCalendars Of(List<DayCalendar> current) => new(
        current.Select(calendar => calendar.Number).DefaultIfEmpty().Max(), current.Where(calendar => calendar.Active).ToDictionary(calendar => calendar.TeamId, StringComparer.Ordinal));

    private static async Task<List<DayCalendar>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var calendars = new List<DayCalendar>();
        while (await reader.ReadAsync(cancellationToken))
        {
            calendars.Add(new DayCalendar(
                reader.GetInt64(0), reader.GetString(1), reader.GetBoolean(2), reader.GetBoolean(3), reader.GetBoolean(4),
                [.. reader.GetFieldValue<DateOnly[]>(5).Zip(reader.GetFieldValue<string[]>(6), (day, name) => new Holiday(day, name))], reader.GetString(7),
                reader.GetFieldValue<DateTimeOffset>(8), reader.GetString(9)));
        }

        return calendars;
    }
}
