using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Events;

namespace Platform.Forecast.Series;

/// <summary>What a team was charged, or given back (below zero), without tokens on a day; of a provider, and of a model where it names one.</summary>
/// <param name="Model">Empty where it is of none.</param>
/// <param name="IsHistory">It was imported as history and touched no wallet.</param>
internal readonly record struct Adjustment(string TeamId, DateOnly Day, string Provider, string Model, bool IsHistory, long Nanos);

/// <summary>All SQL of money without tokens. It is in no series of usage: it is no demand, and says nothing of what calls cost. It is in what a period has cost.</summary>
internal static class AdjustmentStore
{
    // In key order, as usage.
    private const string AddItems = """
        INSERT INTO adjustment_quarter AS total (team_id, quarter_start, provider, model, funding, cost_nanos, settled)
        SELECT team_id, quarter_start, provider, model, funding, sum(cost_nanos)::bigint, (quarter_start < $7)::int
        FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::bigint[]) AS item(team_id, quarter_start, provider, model, funding, cost_nanos)
        GROUP BY 1, 2, 3, 4, 5
        ORDER BY 1, 2, 3, 4, 5
        ON CONFLICT (team_id, quarter_start, provider, model, funding) DO UPDATE SET
            cost_nanos = total.cost_nanos + excluded.cost_nanos, settled = total.settled + excluded.settled
        """;

    private const string Days = """
        SELECT team_id, quarter_start, provider, model, funding, cost_nanos
        FROM adjustment_quarter
        WHERE quarter_start >= $1 AND quarter_start < $2 AND ($3 = '' OR team_id = $3)
        ORDER BY quarter_start, team_id, provider, model, funding
        """;

    /// <summary>Adds those of a message, in the transaction in which the message is entered. No round trip for none.</summary>
    public static async Task AddAsync(NpgsqlTransaction transaction, IReadOnlyList<UsageMeteredItem> items, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (items.Count == 0)
        {
            return;
        }

        await using var command = new NpgsqlCommand(AddItems, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = items.Select(item => item.TeamId).ToArray() },
                new() { Value = items.Select(item => Quarter.StartOf(item.OccurredAt)).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz },
                new() { Value = items.Select(item => item.Provider).ToArray() },
                new() { Value = items.Select(item => item.Model).ToArray() },
                new() { Value = items.Select(item => item.Funding).ToArray() },
                new() { Value = items.Select(item => item.CostNanos ?? 0).ToArray() },
                new() { Value = SeriesVersions.SettledBefore(now) },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Those dated on the days from one (included) to another (excluded), in order of time.</summary>
    /// <param name="teamId">Empty: all.</param>
    public static async Task<List<Adjustment>> ReadAsync(
        NpgsqlDataSource dataSource, string teamId, BillingCalendar calendar, DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Days);
        command.Parameters.Add(new() { Value = calendar.StartOf(from) });
        command.Parameters.Add(new() { Value = calendar.StartOf(to) });
        command.Parameters.Add(new() { Value = teamId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var adjustments = new List<Adjustment>();
        while (await reader.ReadAsync(cancellationToken))
        {
            adjustments.Add(new Adjustment(
                reader.GetString(0), calendar.DayOf(reader.GetFieldValue<DateTimeOffset>(1)), reader.GetString(2), reader.GetString(3), reader.GetString(4) == FundingClass.History, reader.GetInt64(5)));
        }

        return adjustments;
    }
}
