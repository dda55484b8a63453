using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;
using Platform.Forecast.Segments;
using Platform.Forecast.Series;

namespace Platform.Forecast.Variances;

/// <summary>Sums of a period by cell, and what was refused by segment. Days of UTC are kept ready; those of other zones are added up from quarter hours.</summary>
internal sealed class CellStore(NpgsqlDataSource dataSource)
{
    // Tokens of calls without a price are not known apart: what is priced has its share of them.
    private const string Sums = """
        team_id, workload, lane, provider, model, sum(calls - unpriced_calls)::bigint,
        coalesce(sum(input_tokens) * sum(calls - unpriced_calls) / nullif(sum(calls), 0), sum(input_tokens))::float8,
        coalesce(sum(output_tokens) * sum(calls - unpriced_calls) / nullif(sum(calls), 0), sum(output_tokens))::float8,
        sum(cost_nanos)::bigint, sum(routed_default_nanos - routed_cost_nanos)::bigint, sum(fell_back_cost_nanos - fell_back_primary_nanos)::bigint,
        sum(bounded_cost_nanos)::bigint, sum(bound_nanos)::bigint
        """;

    private const string OfUtc = $"SELECT {Sums} FROM usage_day WHERE day >= $1 AND day < $2 AND ($3 = '' OR team_id = $3) GROUP BY 1, 2, 3, 4, 5";

    private const string OfZone = $"SELECT {Sums} FROM usage_quarter WHERE quarter_start >= $1 AND quarter_start < $2 AND ($3 = '' OR team_id = $3) GROUP BY 1, 2, 3, 4, 5";

    private const string Bounds = "SELECT team_id, workload, lane, sum(estimated_nanos)::bigint";

    // As of the segments: what a wallet that only observes would have refused was let through.
    private const string OfTeam = $"($3 = '' OR team_id = $3) AND reason NOT IN ('{Reasons.ObservedInsufficientFunds}', '{Reasons.ObservedCapReached}') GROUP BY 1, 2, 3";
    private const string BoundsOfUtc = $"{Bounds} FROM denied_day WHERE day >= $1 AND day < $2 AND {OfTeam}";
    private const string BoundsOfZone = $"{Bounds} FROM denied_quarter WHERE quarter_start >= $1 AND quarter_start < $2 AND {OfTeam}";

    private const string ByReason = "SELECT team_id, reason, sum(attempts)::bigint, sum(estimated_nanos)::bigint";
    private const string ReasonsOfUtc = $"{ByReason} FROM denied_day WHERE day >= $1 AND day < $2 GROUP BY 1, 2 ORDER BY 1, 2";
    private const string ReasonsOfZone = $"{ByReason} FROM denied_quarter WHERE quarter_start >= $1 AND quarter_start < $2 GROUP BY 1, 2 ORDER BY 1, 2";

    /// <param name="teamId">Empty: all.</param>
    public async Task<CellSums> ReadAsync(string teamId, BillingCalendar calendar, DaySpan days, CancellationToken cancellationToken)
    {
        await using var command = Command(OfUtc, OfZone, calendar, days);
        command.Parameters.Add(new() { Value = teamId, NpgsqlDbType = NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var sums = new CellSums([], []);
        while (await reader.ReadAsync(cancellationToken))
        {
            var key = new CellKey(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4));
            sums.Cells.Add(key, new CellUsage(
                reader.GetInt64(5), Math.Max(0, reader.GetDouble(6)), Math.Max(0, reader.GetDouble(7)), reader.GetInt64(8), reader.GetInt64(9), reader.GetInt64(10)));
            var (cost, bound) = sums.Bounds.GetValueOrDefault(key.TeamId);
            sums.Bounds[key.TeamId] = (cost + reader.GetInt64(11), bound + reader.GetInt64(12));
        }

        return sums;
    }

    /// <summary>Money without tokens, by cells without workload and lane.</summary>
    /// <param name="teamId">Empty: all.</param>
    public async Task<Dictionary<CellKey, long>> ReadAdjustmentsAsync(string teamId, BillingCalendar calendar, DaySpan days, CancellationToken cancellationToken) =>
        (await AdjustmentStore.ReadAsync(dataSource, teamId, calendar, days.From, days.To, cancellationToken))
            .GroupBy(adjustment => new CellKey(adjustment.TeamId, "", "", adjustment.Provider, adjustment.Model)).ToDictionary(cell => cell.Key, cell => cell.Sum(adjustment => adjustment.Nanos));

    /// <summary>At the bounds that were asked for.</summary>
    /// <param name="teamId">Empty: all.</param>
    public async Task<Dictionary<SegmentKey, long>> ReadRefusedAsync(string teamId, BillingCalendar calendar, DaySpan days, CancellationToken cancellationToken)
    {
        await using var command = Command(BoundsOfUtc, BoundsOfZone, calendar, days);
        command.Parameters.Add(new() { Value = teamId, NpgsqlDbType = NpgsqlDbType.Text });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var refused = new Dictionary<SegmentKey, long>();
        while (await reader.ReadAsync(cancellationToken))
        {
            refused.Add(new SegmentKey(reader.GetString(0), reader.GetString(1), reader.GetString(2)), reader.GetInt64(3));
        }

        return refused;
    }

    /// <summary>What was refused, of all teams, and what was only observed, by reason; at the bounds that were asked for.</summary>
    public async Task<List<RefusedDemand>> ReadRefusalsAsync(BillingCalendar calendar, DaySpan days, CancellationToken cancellationToken)
    {
        await using var command = Command(ReasonsOfUtc, ReasonsOfZone, calendar, days);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var refused = new List<RefusedDemand>();
        while (await reader.ReadAsync(cancellationToken))
        {
            refused.Add(new RefusedDemand(reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3)));
        }

        return refused;
    }

    private NpgsqlCommand Command(string ofUtc, string ofZone, BillingCalendar calendar, DaySpan days)
    {
        var command = dataSource.CreateCommand(calendar.IsUtc ? ofUtc : ofZone);
        foreach (var day in new[] { days.From, days.To })
        {
            command.Parameters.Add(calendar.IsUtc ? new() { Value = day } : new() { Value = calendar.StartOf(day) });
        }

        return command;
    }
}

/// <param name="Bounds">By team, what calls drawn from leases cost, and what was set aside for them.</param>
internal sealed record CellSums(Dictionary<CellKey, CellUsage> Cells, Dictionary<string, (long CostNanos, long BoundNanos)> Bounds)
{
    /// <summary>What calls of a team cost of their bounds; all of it where none says.</summary>
    public double CostOfBound(string teamId) => Bounds.GetValueOrDefault(teamId) is { BoundNanos: > 0 } team ? Math.Clamp(team.CostNanos / (double)team.BoundNanos, 0, 1) : 1;
}

internal readonly record struct RefusedDemand(string TeamId, string Reason, long Attempts, long BoundNanos);
