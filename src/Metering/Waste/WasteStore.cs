using System.Globalization;
using Npgsql;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Intake;
using Platform.Metering.Queries;

namespace Platform.Metering.Waste;

/// <summary>Reads what waste signals are made of: sums from the days, and single records where sums do not say it.</summary>
internal sealed class WasteStore(NpgsqlDataSource dataSource)
{
    /// <summary>
    /// Of records r of the range: those that were not taken back whole, by a correction or with their import. What takes one back occurred when it did, so the range has it too;
    /// it is named by what a partial index holds, few beside the rest.
    /// </summary>
    public const string Stands = $"{StandsSince} u.occurred_at >= $1)";

    /// <summary>As <see cref="Stands"/>, where the day before the range is looked at too.</summary>
    public const string StandsWithDayBefore = $"{StandsSince} u.occurred_at >= $1 - interval '24 hours')";

    private const string StandsSince =
        "NOT EXISTS (SELECT FROM usage_record u WHERE u.corrects_record_id = r.record_id AND u.corrects_record_id IS NOT NULL AND u.requests < 0 AND u.occurred_at < $2 AND";

    private const string Sums = """
        SELECT team_id, provider, model, sum(cost_nanos)::bigint,
            coalesce(sum(calls) FILTER (WHERE outcome IN (3, 4)), 0)::bigint, coalesce(sum(cost_nanos) FILTER (WHERE outcome IN (3, 4)), 0)::bigint,
            sum(retried_calls)::bigint, sum(retried_cost_nanos)::bigint
        FROM usage_summary WHERE grain = {0} AND starts_at >= $1 AND starts_at < $2{1} GROUP BY team_id, provider, model
        """;

    private const string Used = """
        SELECT lane, provider, model FROM usage_summary WHERE grain = 2 AND starts_at >= $1 AND starts_at < $2 AND outcome = 1
        GROUP BY lane, provider, model HAVING sum(output_tokens) > 0
        """;

    // The first of equal prompts is no waste; it may lie in the day before the range.
    private const string Duplicates = $$"""
        WITH prompt AS (
            SELECT record_id, team_id, provider, model_served, cost_nanos, occurred_at,
                lag(occurred_at) OVER (PARTITION BY team_id, provider, model_served, prompt_hash ORDER BY occurred_at, record_id) AS before
            FROM usage_record r
            WHERE occurred_at >= $1 - interval '24 hours' AND occurred_at < $2 AND outcome = 1 AND corrects_record_id IS NULL AND prompt_hash IS NOT NULL AND {{StandsWithDayBefore}}{0})
        SELECT team_id, provider, model_served, count(*), coalesce(sum(cost_nanos), 0)::bigint, (array_agg(record_id ORDER BY cost_nanos DESC NULLS LAST))[1:$3]
        FROM prompt WHERE occurred_at >= $1 AND before >= occurred_at - interval '24 hours' GROUP BY team_id, provider, model_served
        """;

    private const string Abandoned = $$"""
        SELECT team_id, provider, model_served, sum(coalesce(requests, 1))::bigint, coalesce(round(sum((output_nanos + reasoning_nanos)::numeric * undelivered_ppm / 1000000)), 0)::bigint,
            (array_agg(record_id ORDER BY (output_nanos + reasoning_nanos)::numeric * undelivered_ppm DESC NULLS LAST))[1:$3]
        FROM usage_record r WHERE occurred_at >= $1 AND occurred_at < $2 AND outcome = 2 AND corrects_record_id IS NULL AND {{Stands}}{0}
        GROUP BY team_id, provider, model_served
        """;

    private const string Evidence = $$"""
        SELECT team_id, provider, model_served, count(*), 0::bigint, (array_agg(record_id ORDER BY cost_nanos DESC NULLS LAST))[1:$3]
        FROM usage_record r WHERE occurred_at >= $1 AND occurred_at < $2 AND {1} AND corrects_record_id IS NULL AND {{Stands}}{0} GROUP BY team_id, provider, model_served
        """;

    public const string Failed = "outcome <> 1 AND outcome IN (3, 4)";
    public const string Retried = "(attempt_number > 1 OR fallback OR retry_of IS NOT NULL)";

    private static readonly string Small = $$"""
        SELECT record_id FROM usage_record r
        WHERE occurred_at >= $1 AND occurred_at < $2 AND team_id = $4 AND provider = $5 AND model_served = $6 AND outcome = 1 AND corrects_record_id IS NULL
            AND input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens <= {{RollupMeasures.SmallInputTokensAtMost}}
            AND output_tokens + reasoning_tokens <= {{RollupMeasures.SmallOutputTokensAtMost}} AND coalesce(requests, 1) = 1 AND {{Stands}}{0}
        ORDER BY occurred_at DESC LIMIT $3
        """;

    public async Task<List<WasteSums>> ReadSumsAsync(WasteRange range, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand();
        AddRange(command, range, evidence: null);
        var grain = range.Conditions.Any(condition => SpendDimensions.IsCaller(condition.Dimension)) ? RollupGrain.CallerDay : RollupGrain.Day;
        var filters = Filters(range, SpendDimensions.RollupColumn, command);
        command.CommandText = string.Format(CultureInfo.InvariantCulture, Sums, (int)grain, filters);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var sums = new List<WasteSums>();
        while (await reader.ReadAsync(cancellationToken))
        {
            sums.Add(new WasteSums(
                ReadGroup(reader), reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6), reader.GetInt64(7)));
        }

        return sums;
    }

    /// <summary>The models that the whole organisation used with success and had output of, by lane.</summary>
    public async Task<List<(string Lane, string Provider, string Model)>> ReadUsedAsync(WasteRange range, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Used);
        AddRange(command, range, evidence: null);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var used = new List<(string, string, string)>();
        while (await reader.ReadAsync(cancellationToken))
        {
            used.Add((reader.GetString(0), reader.GetString(1), reader.GetString(2)));
        }

        return used;
    }

    public Task<List<WasteLine>> ReadDuplicatesAsync(WasteRange range, int evidence, CancellationToken cancellationToken) =>
        ReadLinesAsync(Duplicates, "", range, evidence, cancellationToken);

    public Task<List<WasteLine>> ReadAbandonedAsync(WasteRange range, int evidence, CancellationToken cancellationToken) =>
        ReadLinesAsync(Abandoned, "", range, evidence, cancellationToken);

    /// <summary>The dearest records of each group that meet <see cref="Failed"/> or <see cref="Retried"/>.</summary>
    public async Task<Dictionary<WasteGroup, IReadOnlyList<Guid>>> ReadEvidenceAsync(
        string condition, WasteRange range, int evidence, CancellationToken cancellationToken) =>
        (await ReadLinesAsync(Evidence, condition, range, evidence, cancellationToken)).ToDictionary(line => line.Group, line => line.Evidence);

    /// <summary>The newest small calls of a group.</summary>
    public async Task<List<Guid>> ReadSmallAsync(WasteGroup group, WasteRange range, int evidence, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand();
        AddRange(command, range, evidence);
        command.Parameters.Add(new() { Value = group.TeamId });
        command.Parameters.Add(new() { Value = group.Provider });
        command.Parameters.Add(new() { Value = group.Model });
        command.CommandText = string.Format(CultureInfo.InvariantCulture, Small, Filters(range, SpendDimensions.RecordColumn, command));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var records = new List<Guid>();
        while (await reader.ReadAsync(cancellationToken))
        {
            records.Add(reader.GetGuid(0));
        }

        return records;
    }

    private async Task<List<WasteLine>> ReadLinesAsync(string statement, string condition, WasteRange range, int evidence, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand();
        AddRange(command, range, evidence);
        var filters = Filters(range, SpendDimensions.RecordColumn, command);
        command.CommandText = string.Format(CultureInfo.InvariantCulture, statement, filters, condition);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var lines = new List<WasteLine>();
        while (await reader.ReadAsync(cancellationToken))
        {
            lines.Add(new WasteLine(ReadGroup(reader), reader.GetInt64(3), reader.GetInt64(4)) { Evidence = reader.GetFieldValue<Guid[]>(5) });
        }

        return lines;
    }

    private static WasteGroup ReadGroup(NpgsqlDataReader reader) => new(reader.GetString(0), reader.GetString(1), reader.GetString(2));

    private static void AddRange(NpgsqlCommand command, WasteRange range, int? evidence)
    {
        command.Parameters.Add(new() { Value = range.From });
        command.Parameters.Add(new() { Value = range.To });
        if (evidence is { } records)
        {
            command.Parameters.Add(new() { Value = records });
        }
    }

    private static string Filters(WasteRange range, Func<SpendDimension, string> column, NpgsqlCommand command) =>
        string.Concat(range.Conditions.Select(condition => " AND " + condition.ToSql(column(condition.Dimension), command.Parameters)));
}
