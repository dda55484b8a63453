using Npgsql;
using Platform.Forecast.Scenarios.Evaluation;

namespace Platform.Forecast.Scenarios;

/// <summary>
/// What scenarios read of quarter hours: loads that limits are held against, and the hours of the day at which providers are used. Days are of UTC. Usage that was imported by the day stands in its first quarter hour, and says
/// nothing of when it came.
/// </summary>
internal sealed class QuarterStore(NpgsqlDataSource dataSource)
{
    private const string Loads = """
        SELECT (quarter_start AT TIME ZONE 'UTC')::date - $1::date,
               coalesce(sum(calls) FILTER (WHERE funding <> 'history'), 0)::bigint, coalesce(sum(input_tokens + output_tokens) FILTER (WHERE funding <> 'history'), 0)::bigint,
               coalesce(sum(cost_nanos) FILTER (WHERE funding <> 'history'), 0)::bigint, coalesce(sum(cost_nanos) FILTER (WHERE funding = 'history'), 0)::bigint
        FROM usage_quarter
        WHERE quarter_start >= $1::timestamp AT TIME ZONE 'UTC' AND quarter_start < $2::timestamp AT TIME ZONE 'UTC' AND ($3 = '' OR team_id = $3)
        GROUP BY quarter_start
        """;

    private const string Hours = """
        SELECT team_id, extract(hour FROM quarter_start AT TIME ZONE 'UTC')::int, sum(cost_nanos)::bigint
        FROM usage_quarter
        WHERE quarter_start >= $1::timestamp AT TIME ZONE 'UTC' AND quarter_start < $2::timestamp AT TIME ZONE 'UTC' AND provider = $3 AND ($4 = '' OR model = $4)
          AND funding <> 'history'
        GROUP BY 1, 2
        """;

    /// <summary>Of a team, or of all together, in the four weeks before a day; quarters without usage are not there.</summary>
    public async Task<List<QuarterLoad>> ReadLoadsAsync(string teamId, DateOnly today, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Loads);
        AddDays(command, today);
        command.Parameters.Add(new() { Value = teamId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var loads = new List<QuarterLoad>();
        while (await reader.ReadAsync(cancellationToken))
        {
            loads.Add(new QuarterLoad(reader.GetInt32(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4)));
        }

        return loads;
    }

    /// <summary>By team, and of all under an empty id, the share of each hour of the day in what is spent with a provider; empty where nothing is.</summary>
    /// <param name="model">Empty: all.</param>
    public async Task<Dictionary<string, double[]>> ReadHoursAsync(string provider, string model, DateOnly today, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Hours);
        AddDays(command, today);
        command.Parameters.Add(new() { Value = provider });
        command.Parameters.Add(new() { Value = model });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var hours = new Dictionary<string, double[]>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            foreach (var team in new[] { reader.GetString(0), "" })
            {
                if (!hours.TryGetValue(team, out var profile))
                {
                    hours.Add(team, profile = new double[24]);
                }

                profile[reader.GetInt32(1)] += Math.Max(0, reader.GetInt64(2));
            }
        }

        return hours.Where(team => team.Value.Sum() > 0).ToDictionary(team => team.Key, team => team.Value.Select(hour => hour / team.Value.Sum()).ToArray(), StringComparer.Ordinal);
    }

    private static void AddDays(NpgsqlCommand command, DateOnly today)
    {
        command.Parameters.Add(new() { Value = today.AddDays(-LimitEffect.Days) });
        command.Parameters.Add(new() { Value = today });
    }
}
