using System.Runtime.CompilerServices;
using Npgsql;
using NpgsqlTypes;
using Platform.Contracts;
using Platform.Forecast.Projection;
using Platform.Forecast.Series;

namespace Platform.Forecast.Segments;

/// <param name="Before">Counts the changes of what lies before the moment that was asked for.</param>
/// <param name="Settled">Counts the changes of days of UTC that are over.</param>
internal readonly record struct SeriesVersion(long Before, long Settled);

/// <summary>Segments as days of any time zone. Days of UTC are kept ready; those of other zones are added up from quarter hours, which takes longer.</summary>
internal sealed class SegmentStore(NpgsqlDataSource dataSource)
{
    private const string Sums = """
        sum(cost_nanos)::bigint, sum(calls)::bigint, sum(unpriced_calls)::bigint, sum(input_tokens)::bigint, sum(output_tokens)::bigint, sum(fallback_calls)::bigint,
        sum(fell_back_cost_nanos)::bigint, sum(fell_back_primary_nanos)::bigint, sum(routed_cost_nanos)::bigint, sum(routed_default_nanos)::bigint,
        sum(shadowed_cost_nanos)::bigint, sum(shadowed_rule_nanos)::bigint, sum(bounded_cost_nanos)::bigint, sum(bound_nanos)::bigint
        """;

    private const string DaysOfUtc = $"""
        SELECT team_id, workload, lane, day - $1::date, {Sums}
        FROM usage_day WHERE day >= $1::date AND day < $2::date AND ($3::text[] IS NULL OR team_id = ANY ($3))
        GROUP BY team_id, workload, lane, day ORDER BY team_id, workload, lane, day
        """;

    // As of UsageSeriesStore: the days' starts, and the end of the last, are the caller's.
    private const string DaysOfZone = $"""
        SELECT team_id, workload, lane, width_bucket(quarter_start, $1::timestamptz[]) - 1 AS day, {Sums}
        FROM usage_quarter WHERE quarter_start >= $2 AND quarter_start < $3 AND ($4::text[] IS NULL OR team_id = ANY ($4))
        GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
        """;

    private const string RoutesOfUtc = $"""
        SELECT team_id, workload, lane, day - $1::date, {Sums}, place::int
        FROM usage_day JOIN unnest($4::text[], $5::text[]) WITH ORDINALITY AS route (provider, model, place) USING (provider, model)
        WHERE day >= $1::date AND day < $2::date AND ($3::text[] IS NULL OR team_id = ANY ($3))
        GROUP BY team_id, workload, lane, day, place ORDER BY team_id, workload, lane, day
        """;

    private const string RoutesOfZone = $"""
        SELECT team_id, workload, lane, width_bucket(quarter_start, $1::timestamptz[]) - 1 AS day, {Sums}, place::int
        FROM usage_quarter JOIN unnest($5::text[], $6::text[]) WITH ORDINALITY AS route (provider, model, place) USING (provider, model)
        WHERE quarter_start >= $2 AND quarter_start < $3 AND ($4::text[] IS NULL OR team_id = ANY ($4))
        GROUP BY 1, 2, 3, 4, place ORDER BY 1, 2, 3, 4
        """;

    // What a wallet that only observes would have refused was let through, and is in spend.
    private const string DeniedSums = $"""
        sum(attempts)::bigint, sum(estimated_nanos)::bigint, coalesce(sum(estimated_nanos) FILTER (WHERE reason = '{Reasons.InsufficientFunds}'), 0)::bigint
        """;

    private const string DeniedOfUtc = $"""
        SELECT team_id, workload, lane, day - $1::date, {DeniedSums}
        FROM denied_day
        WHERE day >= $1::date AND day < $2::date AND ($3::text[] IS NULL OR team_id = ANY ($3)) AND reason NOT IN ('{Reasons.ObservedInsufficientFunds}', '{Reasons.ObservedCapReached}')
        GROUP BY team_id, workload, lane, day
        """;

    private const string DeniedOfZone = $"""
        SELECT team_id, workload, lane, width_bucket(quarter_start, $1::timestamptz[]) - 1, {DeniedSums}
        FROM denied_quarter
        WHERE quarter_start >= $2 AND quarter_start < $3 AND ($4::text[] IS NULL OR team_id = ANY ($4))
          AND reason NOT IN ('{Reasons.ObservedInsufficientFunds}', '{Reasons.ObservedCapReached}')
        GROUP BY 1, 2, 3, 4
        """;

    private const string SpentOfUtc = """
        SELECT team_id, workload, lane, provider, model, sum(cost_nanos)::bigint
        FROM usage_day WHERE day >= $1 AND day < $2 AND ($3 = '' OR team_id = $3)
        GROUP BY 1, 2, 3, 4, 5
        """;

    private const string SpentOfZone = """
        SELECT team_id, workload, lane, provider, model, sum(cost_nanos)::bigint
        FROM usage_quarter WHERE quarter_start >= $1 AND quarter_start < $2 AND ($3 = '' OR team_id = $3)
        GROUP BY 1, 2, 3, 4, 5
        """;

    private const string ImportedOfUtc = "SELECT team_id, sum(history_cost_nanos)::bigint FROM usage_day WHERE day >= $1 AND history_cost_nanos <> 0 AND ($2 = '' OR team_id = $2) GROUP BY 1";
    private const string ImportedOfZone = "SELECT team_id, sum(cost_nanos)::bigint FROM usage_quarter WHERE funding = 'history' AND quarter_start >= $1 AND ($2 = '' OR team_id = $2) GROUP BY 1";

    private const string Keys = "SELECT team_id, workload, lane FROM usage_day WHERE team_id = ANY ($1) AND day >= $2 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3";

    private const string FirstDay = "SELECT min(day) FROM usage_day";

    // Messages count once a quarter hour in both, so that what is left is of those before.
    private const string Versions = """
        SELECT team_id, version - coalesce(since.changes, 0)::bigint, settled
        FROM series_version LEFT JOIN (SELECT team_id, sum(changes) AS changes FROM series_quarter WHERE quarter_start >= $1 GROUP BY 1) AS since USING (team_id)
        ORDER BY team_id
        """;

    /// <summary>By team, the segments that had a call in the days that forecasts look back on; in order.</summary>
    public async Task<ILookup<string, SegmentKey>> ReadKeysAsync(IReadOnlyCollection<string> teams, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Keys);
        command.Parameters.Add(new() { Value = teams.ToArray() });
        command.Parameters.Add(new() { Value = DateOnly.FromDateTime(now.UtcDateTime).AddDays(-GetForecast.HistoryDays) });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var keys = new List<SegmentKey>();
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(new SegmentKey(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        }

        return keys.ToLookup(key => key.TeamId, StringComparer.Ordinal);
    }

    /// <summary>The first day of UTC with usage of whatever team; null where there is none.</summary>
    public async Task<DateOnly?> ReadFirstDayAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(FirstDay);
        return await command.ExecuteScalarAsync(cancellationToken) as DateOnly?;
    }

    /// <summary>How often each team's series changed; a team without usage is not among them.</summary>
    /// <param name="before">The start of the day that runs in some time zone.</param>
    public async Task<SortedDictionary<string, SeriesVersion>> ReadVersionsAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Versions);
        command.Parameters.Add(new() { Value = before.ToUniversalTime() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var versions = new SortedDictionary<string, SeriesVersion>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            versions.Add(reader.GetString(0), new SeriesVersion(reader.GetInt64(1), reader.GetInt64(2)));
        }

        return versions;
    }

    /// <summary>The days before today, at most so many of them, of every segment of the teams that has usage in them; in order of their keys.</summary>
    /// <param name="teams">Null: all.</param>
    public async Task<List<SegmentSeries>> ReadAsync(
        IReadOnlyCollection<string>? teams, BillingCalendar calendar, DateOnly today, int days, CancellationToken cancellationToken)
    {
        var segments = new List<SegmentSeries>();
        var (key, first, filled) = (default(SegmentKey), 0, new List<SegmentDay>(days));
        await foreach (var (segment, day, usage) in ReadRowsAsync(teams, calendar, today.AddDays(-days), today, cancellationToken))
        {
            if (segment != key)
            {
                Finish();
                (key, first) = (segment, day);
            }

            Fill(day - first);
            filled.Add(usage);
        }

        Finish();
        return WithDenied(segments, await ReadDeniedAsync(teams, calendar, today.AddDays(-days), today, cancellationToken), today, days);

        void Fill(int count)
        {
            while (filled.Count < count)
            {
                filled.Add(default);
            }
        }

        void Finish()
        {
            if (filled.Count > 0)
            {
                Fill(days - first);
                segments.Add(new SegmentSeries(key, today.AddDays(first - days), [.. filled]));
                filled.Clear();
            }
        }
    }

    /// <summary>
    /// The same days, of these routes only and each by itself; a segment at a time, since all of them together may be many times what forecasts look back on. The connection is held until the last is taken.
    /// </summary>
    /// <param name="routes">No round trip for none.</param>
    public async IAsyncEnumerable<(SegmentKey Key, List<RouteUsage> Usage)> ReadRoutesAsync(
        IReadOnlyCollection<string>? teams, BillingCalendar calendar, DateOnly today, int days, IReadOnlyList<(string Provider, string Model)> routes,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (routes.Count == 0)
        {
            yield break;
        }

        await using var command = dataSource.CreateCommand(calendar.IsUtc ? RoutesOfUtc : RoutesOfZone);
        AddDays(command, calendar, today.AddDays(-days), today);
        AddTeams(command, teams);
        command.Parameters.Add(new() { Value = routes.Select(route => route.Provider).ToArray() });
        command.Parameters.Add(new() { Value = routes.Select(route => route.Model).ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (key, usage) = (default(SegmentKey), new List<RouteUsage>());
        while (await reader.ReadAsync(cancellationToken))
        {
            var segment = KeyOf(reader, key);
            if (segment != key && usage.Count > 0)
            {
                yield return (key, usage);
                usage = new(usage.Count);
            }

            // Routes are told by their place, so that no row brings their names.
            (key, var (provider, model)) = (segment, routes[reader.GetInt32(18) - 1]);
            usage.Add(new RouteUsage(reader.GetInt32(3), provider, model, DayOf(reader)));
        }

        if (usage.Count > 0)
        {
            yield return (key, usage);
        }
    }

    /// <summary>What today has brought so far, by segment.</summary>
    public async Task<Dictionary<SegmentKey, SegmentDay>> ReadTodayAsync(BillingCalendar calendar, DateOnly today, CancellationToken cancellationToken)
    {
        var usage = new Dictionary<SegmentKey, SegmentDay>();
        await foreach (var (key, _, day) in ReadRowsAsync(null, calendar, today, today.AddDays(1), cancellationToken))
        {
            usage.Add(key, day);
        }

        foreach (var (key, day) in await ReadDeniedAsync(null, calendar, today, today.AddDays(1), cancellationToken))
        {
            usage[key] = usage.GetValueOrDefault(key) + day.Values.Single();
        }

        return usage;
    }

    /// <summary>Money without tokens, which is of no segment, dated on the days from one (included) to another (excluded).</summary>
    public Task<List<Adjustment>> ReadAdjustmentsAsync(BillingCalendar calendar, DateOnly from, DateOnly to, CancellationToken cancellationToken) =>
        AdjustmentStore.ReadAsync(dataSource, "", calendar, from, to, cancellationToken);

    /// <summary>By segment, what each provider and model cost on the days from one (included) to another (excluded).</summary>
    /// <param name="teamId">Empty: all.</param>
    public async Task<Dictionary<SegmentKey, List<RouteSpend>>> ReadSpentAsync(
        string teamId, BillingCalendar calendar, DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(calendar.IsUtc ? SpentOfUtc : SpentOfZone);
        command.Parameters.Add(calendar.IsUtc ? new() { Value = from } : new() { Value = calendar.StartOf(from) });
        command.Parameters.Add(calendar.IsUtc ? new() { Value = to } : new() { Value = calendar.StartOf(to) });
        command.Parameters.Add(new() { Value = teamId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var spent = new Dictionary<SegmentKey, List<RouteSpend>>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var key = new SegmentKey(reader.GetString(0), reader.GetString(1), reader.GetString(2));
            if (!spent.TryGetValue(key, out var routes))
            {
                spent.Add(key, routes = []);
            }

            routes.Add(new RouteSpend(reader.GetString(3), reader.GetString(4), reader.GetInt64(5)));
        }

        return spent;
    }

    /// <summary>By team, what imported history has cost since a day, in nano-units; teams without any are not there.</summary>
    /// <param name="teamId">Empty: all.</param>
    public async Task<Dictionary<string, long>> ReadImportedAsync(string teamId, BillingCalendar calendar, DateOnly since, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(calendar.IsUtc ? ImportedOfUtc : ImportedOfZone);
        command.Parameters.Add(calendar.IsUtc ? new() { Value = since } : new() { Value = calendar.StartOf(since) });
        command.Parameters.Add(new() { Value = teamId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var imported = new Dictionary<string, long>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
        {
            imported.Add(reader.GetString(0), reader.GetInt64(1));
        }

        return imported;
    }

    /// <summary>Refusals are added to the days that usage has; a segment of which everything was refused has no other.</summary>
    private static List<SegmentSeries> WithDenied(List<SegmentSeries> segments, Dictionary<SegmentKey, Dictionary<int, SegmentDay>> denied, DateOnly today, int days)
    {
        if (denied.Count == 0)
        {
            return segments;
        }

        var known = segments.ToDictionary(segment => segment.Key);
        foreach (var (key, refused) in denied)
        {
            var first = today.AddDays(refused.Keys.Min() - days);
            var only = new SegmentSeries(key, first, [.. Enumerable.Range(refused.Keys.Min(), days - refused.Keys.Min()).Select(day => refused.GetValueOrDefault(day))]);
            known[key] = known.TryGetValue(key, out var used) ? SegmentSeries.Add(key, [used, only]) : only;
        }

        return [.. known.Values.OrderBy(segment => segment.Key)];
    }

    private async Task<Dictionary<SegmentKey, Dictionary<int, SegmentDay>>> ReadDeniedAsync(
        IReadOnlyCollection<string>? teams, BillingCalendar calendar, DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(calendar.IsUtc ? DeniedOfUtc : DeniedOfZone);
        AddDays(command, calendar, from, to);
        AddTeams(command, teams);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var denied = new Dictionary<SegmentKey, Dictionary<int, SegmentDay>>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var key = new SegmentKey(reader.GetString(0), reader.GetString(1), reader.GetString(2));
            if (!denied.TryGetValue(key, out var days))
            {
                denied.Add(key, days = []);
            }

            days.Add(reader.GetInt32(3), new SegmentDay(0, 0, 0, 0, 0, DeniedCalls: reader.GetInt64(4), DeniedNanos: reader.GetInt64(5), UnfundedNanos: reader.GetInt64(6)));
        }

        return denied;
    }

    private static void AddDays(NpgsqlCommand command, BillingCalendar calendar, DateOnly from, DateOnly to)
    {
        if (calendar.IsUtc)
        {
            command.Parameters.Add(new() { Value = from });
            command.Parameters.Add(new() { Value = to });
            return;
        }

        var boundaries = Enumerable.Range(0, to.DayNumber - from.DayNumber + 1).Select(day => calendar.StartOf(from.AddDays(day))).ToArray();
        command.Parameters.Add(new() { Value = boundaries, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        command.Parameters.Add(new() { Value = boundaries[0] });
        command.Parameters.Add(new() { Value = boundaries[^1] });
    }

    private static void AddTeams(NpgsqlCommand command, IReadOnlyCollection<string>? teams) =>
        command.Parameters.Add(new() { Value = (object?)teams?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });

    private async IAsyncEnumerable<(SegmentKey Key, int Day, SegmentDay Usage)> ReadRowsAsync(
        IReadOnlyCollection<string>? teams, BillingCalendar calendar, DateOnly from, DateOnly to,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(calendar.IsUtc ? DaysOfUtc : DaysOfZone);
        AddDays(command, calendar, from, to);
        AddTeams(command, teams);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var key = default(SegmentKey);
        while (await reader.ReadAsync(cancellationToken))
        {
            key = KeyOf(reader, key);
            yield return (key, reader.GetInt32(3), DayOf(reader));
        }
    }

    /// <summary>Rows of a segment follow each other: its texts are kept once.</summary>
    private static SegmentKey KeyOf(NpgsqlDataReader reader, SegmentKey before)
    {
        var key = new SegmentKey(reader.GetString(0), reader.GetString(1), reader.GetString(2));
        return key == before ? before : key;
    }

    /// <summary>As <see cref="Sums"/> has it.</summary>
    private static SegmentDay DayOf(NpgsqlDataReader reader) => new(
        reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6), reader.GetInt64(7), reader.GetInt64(8), reader.GetInt64(9),
        new ComparedCosts(
            reader.GetInt64(10), reader.GetInt64(11), reader.GetInt64(12), reader.GetInt64(13), reader.GetInt64(14), reader.GetInt64(15), reader.GetInt64(16),
            reader.GetInt64(17)));
}
