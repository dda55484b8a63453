using System.Globalization;
using Npgsql;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Metering.Queries;

namespace Platform.Metering.Waste;

/// <summary>Where in a team's work waste is.</summary>
internal readonly record struct WasteCell(string TeamId, string Workload, string Lane, string Provider, string Model);

/// <param name="Calls">Calls that were nothing but waste.</param>
internal readonly record struct WasteAmount(WasteCell Cell, long Calls, long InputTokens, long OutputTokens, long CostNanos);

/// <param name="Small">Of them, the small calls: none of them is a candidate for a cheaper model too.</param>
internal readonly record struct DuplicateCalls(WasteAmount All, SmallCalls Small);

/// <summary>Reads the parts that waste is taken apart into: what <see cref="WasteStore"/> reads, by workload and lane too.</summary>
internal sealed class WastePartStore(NpgsqlDataSource dataSource)
{
    private const string Cell = "team_id, workload, lane, provider, model";
    private const string RecordCell = "team_id, workload, lane, provider, model_served";
    private const string Input = "input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens";
    private const string Output = "output_tokens + reasoning_tokens";

    private const string Failed = $$"""
        SELECT {{Cell}}, sum(calls)::bigint, sum(input_tokens)::bigint, sum(output_tokens)::bigint, sum(cost_nanos)::bigint
        FROM usage_summary WHERE grain = {1} AND starts_at >= $1 AND starts_at < $2 AND outcome IN (3, 4){0} GROUP BY {{Cell}}
        """;

    private const string Small = $$"""
        SELECT {{Cell}}, sum(small_calls)::bigint, sum(small_input_tokens)::bigint, sum(small_output_tokens)::bigint, 0::bigint
        FROM usage_summary WHERE grain = {1} AND starts_at >= $1 AND starts_at < $2 AND outcome = 1{0} GROUP BY {{Cell}} HAVING sum(small_calls) > 0
        """;

    // Sums do not say tiers: of small calls at another than the standard one the records do, counted as the sums count them.
    private static readonly string SmallOfTiers = $$"""
        SELECT {{RecordCell}}, count(*), sum({{Input}})::bigint, sum({{Output}})::bigint, 0::bigint, service_tier
        FROM usage_record r WHERE occurred_at >= $1 AND occurred_at < $2 AND outcome = 1 AND corrects_record_id IS NULL AND service_tier <> '{{Rating.Price.StandardTier}}'
            AND {{Input}} <= {{RollupMeasures.SmallInputTokensAtMost}} AND {{Output}} <= {{RollupMeasures.SmallOutputTokensAtMost}}
            AND coalesce(requests, 1) = 1 AND {{WasteStore.Stands}}{0}
        GROUP BY {{RecordCell}}, service_tier
        """;

    // As of WasteStore: equal prompts of a team and model, of whatever workload; the first may lie in the day before the range. How many of them are small is read in the same pass.
    private static readonly string Duplicates = $$"""
        WITH prompt AS (
            SELECT {{RecordCell}}, cost_nanos, occurred_at, service_tier, {{Input}} AS input, {{Output}} AS output,
                {{Input}} <= {{RollupMeasures.SmallInputTokensAtMost}} AND {{Output}} <= {{RollupMeasures.SmallOutputTokensAtMost}} AND coalesce(requests, 1) = 1 AS small,
                lag(occurred_at) OVER (PARTITION BY team_id, provider, model_served, prompt_hash ORDER BY occurred_at, record_id) AS before
            FROM usage_record r
            WHERE occurred_at >= $1 - interval '24 hours' AND occurred_at < $2 AND outcome = 1 AND corrects_record_id IS NULL AND prompt_hash IS NOT NULL AND {{WasteStore.StandsWithDayBefore}}{0})
        SELECT {{RecordCell}}, count(*), sum(input)::bigint, sum(output)::bigint, coalesce(sum(cost_nanos), 0)::bigint, service_tier,
            count(*) FILTER (WHERE small), coalesce(sum(input) FILTER (WHERE small), 0)::bigint, coalesce(sum(output) FILTER (WHERE small), 0)::bigint
        FROM prompt WHERE occurred_at >= $1 AND before >= occurred_at - interval '24 hours' GROUP BY {{RecordCell}}, service_tier
        """;

    private const string Abandoned = $$"""
        SELECT {{RecordCell}}, 0::bigint, 0::bigint, round(sum(({{Output}})::numeric * undelivered_ppm / 1000000))::bigint,
            coalesce(round(sum((output_nanos + reasoning_nanos)::numeric * undelivered_ppm / 1000000)), 0)::bigint
        FROM usage_record r WHERE occurred_at >= $1 AND occurred_at < $2 AND outcome = 2 AND corrects_record_id IS NULL AND undelivered_ppm > 0 AND {{WasteStore.Stands}}{0}
        GROUP BY {{RecordCell}}
        """;

    public Task<List<WasteAmount>> ReadFailedAsync(WasteRange range, CancellationToken cancellationToken) => ReadSumsAsync(Failed, range, cancellationToken);

    /// <summary>Small calls that succeeded, by tier, with their tokens and without a cost: it is worked out from prices.</summary>
    public async Task<List<SmallCalls>> ReadSmallAsync(WasteRange range, CancellationToken cancellationToken)
    {
        var small = await ReadAsync(SmallOfTiers, SpendDimensions.RecordColumn, 0, range, reader => SmallOf(AmountOf(reader), reader.GetString(9)), cancellationToken);
        var ofTiers = small.ToLookup(calls => calls.Cell);
        foreach (var all in await ReadSumsAsync(Small, range, cancellationToken))
        {
            small.Add(SmallOf(all, Rating.Price.StandardTier).Without(ofTiers[all.Cell]));
        }

        return small;

        static SmallCalls SmallOf(WasteAmount amount, string tier) => new(amount.Cell, tier, amount.Calls, amount.InputTokens, amount.OutputTokens);
    }

    /// <summary>By tier.</summary>
    public Task<List<DuplicateCalls>> ReadDuplicatesAsync(WasteRange range, CancellationToken cancellationToken) =>
        ReadAsync(Duplicates, SpendDimensions.RecordColumn, 0, range, DuplicatesOf, cancellationToken);

    public Task<List<WasteAmount>> ReadAbandonedAsync(WasteRange range, CancellationToken cancellationToken) =>
        ReadAsync(Abandoned, SpendDimensions.RecordColumn, 0, range, AmountOf, cancellationToken);

    private Task<List<WasteAmount>> ReadSumsAsync(string statement, WasteRange range, CancellationToken cancellationToken) => ReadAsync(
        statement, SpendDimensions.RollupColumn, range.Conditions.Any(condition => SpendDimensions.IsCaller(condition.Dimension)) ? RollupGrain.CallerDay : RollupGrain.Day,
        range, AmountOf, cancellationToken);

    private async Task<List<T>> ReadAsync<T>(
        string statement, Func<SpendDimension, string> column, RollupGrain grain, WasteRange range, Func<NpgsqlDataReader, T> read, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand();
        command.Parameters.Add(new() { Value = range.From });
        command.Parameters.Add(new() { Value = range.To });
        var filters = string.Concat(range.Conditions.Select(condition => " AND " + condition.ToSql(column(condition.Dimension), command.Parameters)));
        command.CommandText = string.Format(CultureInfo.InvariantCulture, statement, filters, (int)grain);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var amounts = new List<T>();
        while (await reader.ReadAsync(cancellationToken))
        {
            amounts.Add(read(reader));
        }

        return amounts;
    }

    private static DuplicateCalls DuplicatesOf(NpgsqlDataReader reader)
    {
        var all = AmountOf(reader);
        return new DuplicateCalls(all, new SmallCalls(all.Cell, reader.GetString(9), reader.GetInt64(10), reader.GetInt64(11), reader.GetInt64(12)));
    }

    private static WasteAmount AmountOf(NpgsqlDataReader reader) => new(
        new WasteCell(reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4)),
        reader.GetInt64(5), reader.GetInt64(6), reader.GetInt64(7), reader.GetInt64(8));
}
