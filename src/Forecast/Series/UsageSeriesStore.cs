using Npgsql;
using NpgsqlTypes;
using Platform.Contracts.Events;
using Platform.Postgres;

namespace Platform.Forecast.Series;

/// <summary>The service's own roll-up of metered usage: written from events, read as days of any time zone.</summary>
internal sealed class UsageSeriesStore(NpgsqlDataSource dataSource)
{
    // Every insert goes in key order, so that batches which touch the same rows wait for each other and never in a circle. A record is in one message only (Metering owes
    // the message in the transaction that makes the record known), so the inbox is what keeps it from counting twice.
    private const string AddItems = """
        WITH counted AS (
            SELECT *
            FROM unnest($1::text[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
                        $8::bigint[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[], $16::bigint[],
                        $17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[], $21::bigint[], $22::bigint[])
                AS counted(team_id, quarter_start, workload, lane, provider, model, funding,
                           cost_nanos, calls, input_tokens, output_tokens, unpriced_calls, fallback_calls, fallback_cost_nanos, fell_back_cost_nanos, fell_back_primary_nanos,
                           routed_cost_nanos, routed_default_nanos, shadowed_cost_nanos, shadowed_rule_nanos, bounded_cost_nanos, bound_nanos)
        ), versions AS (
            INSERT INTO series_version AS known (team_id, version, settled)
            SELECT team_id, count(DISTINCT quarter_start), (bool_or(quarter_start < $23))::int FROM counted GROUP BY team_id ORDER BY team_id
            ON CONFLICT (team_id) DO UPDATE SET version = known.version + excluded.version, settled = known.settled + excluded.settled
        ), quarters AS (
            INSERT INTO series_quarter AS known (quarter_start, team_id, changes)
            SELECT DISTINCT quarter_start, team_id, 1 FROM counted ORDER BY quarter_start, team_id
            ON CONFLICT (quarter_start, team_id) DO UPDATE SET changes = known.changes + 1
        ), days AS (
            INSERT INTO usage_day AS total (
                team_id, workload, lane, day, provider, model, cost_nanos, calls, unpriced_calls, input_tokens, output_tokens, fallback_calls,
                fell_back_cost_nanos, fell_back_primary_nanos, routed_cost_nanos, routed_default_nanos, shadowed_cost_nanos, shadowed_rule_nanos, bounded_cost_nanos, bound_nanos, history_cost_nanos)
            SELECT team_id, workload, lane, (quarter_start AT TIME ZONE 'UTC')::date, provider, model,
                   sum(cost_nanos), sum(calls), sum(unpriced_calls), sum(input_tokens), sum(output_tokens), sum(fallback_calls),
                   sum(fell_back_cost_nanos), sum(fell_back_primary_nanos), sum(routed_cost_nanos), sum(routed_default_nanos),
                   sum(shadowed_cost_nanos), sum(shadowed_rule_nanos), sum(bounded_cost_nanos), sum(bound_nanos), coalesce(sum(cost_nanos) FILTER (WHERE funding = 'history'), 0)
            FROM counted
            GROUP BY 1, 2, 3, 4, 5, 6
            ORDER BY 1, 2, 3, 4, 5, 6
            ON CONFLICT (team_id, workload, lane, day, provider, model) DO UPDATE SET
                cost_nanos = total.cost_nanos + excluded.cost_nanos,
                calls = total.calls + excluded.calls,
                unpriced_calls = total.unpriced_calls + excluded.unpriced_calls,
                input_tokens = total.input_tokens + excluded.input_tokens,
                output_tokens = total.output_tokens + excluded.output_tokens,
                fallback_calls = total.fallback_calls + excluded.fallback_calls,
                fell_back_cost_nanos = total.fell_back_cost_nanos + excluded.fell_back_cost_nanos,
                fell_back_primary_nanos = total.fell_back_primary_nanos + excluded.fell_back_primary_nanos,
                routed_cost_nanos = total.routed_cost_nanos + excluded.routed_cost_nanos,
                routed_default_nanos = total.routed_default_nanos + excluded.routed_default_nanos,
                shadowed_cost_nanos = total.shadowed_cost_nanos + excluded.shadowed_cost_nanos,
                shadowed_rule_nanos = total.shadowed_rule_nanos + excluded.shadowed_rule_nanos,
                bounded_cost_nanos = total.bounded_cost_nanos + excluded.bounded_cost_nanos,
                bound_nanos = total.bound_nanos + excluded.bound_nanos,
                history_cost_nanos = total.history_cost_nanos + excluded.history_cost_nanos
        )
        INSERT INTO usage_quarter AS total (
            team_id, quarter_start, workload, lane, provider, model, funding, cost_nanos, calls, input_tokens, output_tokens, unpriced_calls,
            fallback_calls, fallback_cost_nanos,
            fell_back_cost_nanos, fell_back_primary_nanos, routed_cost_nanos, routed_default_nanos, shadowed_cost_nanos, shadowed_rule_nanos, bounded_cost_nanos, bound_nanos)
        SELECT team_id, quarter_start, workload, lane, provider, model, funding, cost_nanos, calls, input_tokens, output_tokens, unpriced_calls,
               fallback_calls, fallback_cost_nanos,
               fell_back_cost_nanos, fell_back_primary_nanos, routed_cost_nanos, routed_default_nanos, shadowed_cost_nanos, shadowed_rule_nanos, bounded_cost_nanos, bound_nanos
        FROM counted
        ORDER BY team_id, quarter_start, workload, lane, provider, model, funding
        ON CONFLICT (team_id, quarter_start, workload, lane, provider, model, funding) DO UPDATE SET
            cost_nanos = total.cost_nanos + excluded.cost_nanos,
            calls = total.calls + excluded.calls,
            input_tokens = total.input_tokens + excluded.input_tokens,
            output_tokens = total.output_tokens + excluded.output_tokens,
            unpriced_calls = total.unpriced_calls + excluded.unpriced_calls,
            fallback_calls = total.fallback_calls + excluded.fallback_calls,
            fallback_cost_nanos = total.fallback_cost_nanos + excluded.fallback_cost_nanos,
            fell_back_cost_nanos = total.fell_back_cost_nanos + excluded.fell_back_cost_nanos,
            fell_back_primary_nanos = total.fell_back_primary_nanos + excluded.fell_back_primary_nanos,
            routed_cost_nanos = total.routed_cost_nanos + excluded.routed_cost_nanos,
            routed_default_nanos = total.routed_default_nanos + excluded.routed_default_nanos,
            shadowed_cost_nanos = total.shadowed_cost_nanos + excluded.shadowed_cost_nanos,
            shadowed_rule_nanos = total.shadowed_rule_nanos + excluded.shadowed_rule_nanos,
            bounded_cost_nanos = total.bounded_cost_nanos + excluded.bounded_cost_nanos,
            bound_nanos = total.bound_nanos + excluded.bound_nanos
        """;

    private const string DaysOfUtc = """
        SELECT day - $1::date, sum(cost_nanos)::bigint, sum(calls)::bigint, sum(unpriced_calls)::bigint, sum(history_cost_nanos)::bigint
        FROM usage_day
        WHERE day >= $1::date AND day < $2::date AND ($3 = '' OR team_id = $3)
        GROUP BY day ORDER BY day
        """;

    // Days are the caller's: $1 has the start of every day and the end of the last, so that one set of time-zone rules decides.
    private const string DaysOfZone = """
        SELECT width_bucket(quarter_start, $1::timestamptz[]) - 1,
               sum(cost_nanos)::bigint,
               sum(calls)::bigint,
               sum(unpriced_calls)::bigint,
               coalesce(sum(cost_nanos) FILTER (WHERE funding = 'history'), 0)::bigint
        FROM usage_quarter
        WHERE quarter_start >= $2 AND quarter_start < $3 AND ($4 = '' OR team_id = $4)
        GROUP BY 1 ORDER BY 1
        """;

    /// <summary>
    /// Adds a batch once, however often it is delivered. False: the batch was here before. Money without tokens is kept apart: a credit note is no demand, and would make the calls of its day look cheaper than they were.
    /// </summary>
    public async Task<bool> AddAsync(UsageMetered batch, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await Inbox.TryEnterAsync(transaction, Queues.ForecastUsageMetered, batch.BatchId, now, cancellationToken))
        {
            return false;
        }

        await using var command = new NpgsqlCommand(AddItems, connection, transaction);
        var apart = batch.Items.ToLookup(item => item.IsAdjustment);
        AddParameters(command.Parameters, UsageSums.Of(apart[false]));
        command.Parameters.Add(new() { Value = SeriesVersions.SettledBefore(now) });

        // A long statement, the same for every message: read and planned once a connection.
        await command.PrepareAsync(cancellationToken);
        await command.ExecuteNonQueryAsync(cancellationToken);
        await AdjustmentStore.AddAsync(transaction, [.. apart[true]], now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Usage by day, with the money without tokens that is dated on it; days with any of either only, ascending.</summary>
    /// <param name="teamId">Empty for the organisation.</param>
    /// <returns>Days by their place after the first.</returns>
    public async Task<List<(int Day, DayUsage Usage)>> ReadDaysAsync(string teamId, BillingCalendar calendar, DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(calendar.IsUtc ? DaysOfUtc : DaysOfZone);
        if (calendar.IsUtc)
        {
            command.Parameters.Add(new() { Value = from });
            command.Parameters.Add(new() { Value = to });
        }
        else
        {
            command.Parameters.Add(Array(Enumerable.Range(0, to.DayNumber - from.DayNumber + 1).Select(day => calendar.StartOf(from.AddDays(day))), NpgsqlDbType.TimestampTz));
            command.Parameters.Add(new() { Value = calendar.StartOf(from) });
            command.Parameters.Add(new() { Value = calendar.StartOf(to) });
        }

        command.Parameters.Add(new() { Value = teamId });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var days = new SortedDictionary<int, DayUsage>();
        while (await reader.ReadAsync(cancellationToken))
        {
            days.Add(reader.GetInt32(0), new DayUsage(reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4)));
        }

        foreach (var adjustment in await AdjustmentStore.ReadAsync(dataSource, teamId, calendar, from, to, cancellationToken))
        {
            var day = adjustment.Day.DayNumber - from.DayNumber;
            days[day] = days.GetValueOrDefault(day).With(adjustment);
        }

        return [.. days.Select(day => (day.Key, day.Value))];
    }

    private static void AddParameters(NpgsqlParameterCollection parameters, Dictionary<UsageKey, UsageSums> sums)
    {
        AddKeys(key => key.TeamId);
        parameters.Add(Array(sums.Keys.Select(key => key.QuarterStart), NpgsqlDbType.TimestampTz));
        AddKeys(key => key.Workload);
        AddKeys(key => key.Lane);
        AddKeys(key => key.Provider);
        AddKeys(key => key.Model);
        AddKeys(key => key.Funding);
        AddSums(sum => sum.Cost);
        AddSums(sum => sum.Calls);
        AddSums(sum => sum.InputTokens);
        AddSums(sum => sum.OutputTokens);
        AddSums(sum => sum.UnpricedCalls);
        AddSums(sum => sum.FallbackCalls);
        AddSums(sum => sum.FallbackCost);
        AddSums(sum => sum.FellBack.Cost);
        AddSums(sum => sum.FellBack.Primary);
        AddSums(sum => sum.Routed.Cost);
        AddSums(sum => sum.Routed.Default);
        AddSums(sum => sum.Shadowed.Cost);
        AddSums(sum => sum.Shadowed.Rule);
        AddSums(sum => sum.Bounded.Cost);
        AddSums(sum => sum.Bounded.Bound);

        void AddKeys(Func<UsageKey, string> of) => parameters.Add(Array(sums.Keys.Select(of), NpgsqlDbType.Text));

        void AddSums(Func<UsageSums, long> of) => parameters.Add(Array(sums.Values.Select(of), NpgsqlDbType.Bigint));
    }

    private static NpgsqlParameter Array<T>(IEnumerable<T> values, NpgsqlDbType type) =>
        new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type };
}
