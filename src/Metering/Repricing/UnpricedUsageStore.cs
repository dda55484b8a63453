using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Imports;

namespace Platform.Metering.Repricing;

/// <summary>What is stored without a cost and waits for a price.</summary>
internal sealed class UnpricedUsageStore(NpgsqlDataSource dataSource)
{
    /// <summary>Of a record r: a price that came late has not rated it.</summary>
    private const string NotPriced = $"NOT EXISTS (SELECT FROM usage_record c WHERE c.corrects_record_id = r.record_id AND c.source = '{RepriceUsage.Source}')";

    // A correction of a record that was taken back whole was taken back with it: its tokens are in what takes back.
    private const string TakesBack = $"(r.source = '{UndoneUsage.Source}' OR coalesce(r.requests, 0) < 0)";
    private const string TakenBack = $"""
        EXISTS (
            SELECT FROM usage_record t
            WHERE t.corrects_record_id = coalesce(r.corrects_record_id, r.record_id) AND (t.source = '{UndoneUsage.Source}' OR t.requests < 0))
        """;

    private const string List = $"""
        SELECT provider, model_served, service_tier, region, count(*),
            sum(input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens + output_tokens + reasoning_tokens)::bigint,
            min(occurred_at), max(occurred_at), count(*) OVER (), (sum(count(*)) OVER ())::bigint
        FROM usage_record r
        WHERE cost_nanos IS NULL AND NOT {TakesBack} AND {NotPriced} AND NOT {TakenBack}
        GROUP BY 1, 2, 3, 4
        ORDER BY 5 DESC, 1, 2, 3, 4
        LIMIT 1000
        """;

    private const string CountTakenBack = $"""
        SELECT count(*) FROM usage_record r
        WHERE cost_nanos IS NULL AND (occurred_at >= $1 AND occurred_at < $2 AND booked_at IS NULL OR booked_at >= $1 AND booked_at < $2)
          AND {NotPriced} AND ({TakesBack} OR {TakenBack})
        """;

    /// <summary>How many records that are booked in a span have no price and wait for none: what was taken back whole, and what takes it back.</summary>
    public static async Task<long> CountTakenBackAsync(NpgsqlConnection connection, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(CountTakenBack, connection) { Parameters = { new() { Value = from }, new() { Value = to } } };
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>By provider, model, tier and region, most records first: at most 1,000 rows, and how much there is in all.</summary>
    public async Task<ListUnpricedResponse> ListAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(List);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var answer = new ListUnpricedResponse();
        while (await reader.ReadAsync(cancellationToken))
        {
            (answer.UsageTotal, answer.RecordsTotal) = (reader.GetInt64(8), reader.GetInt64(9));
            answer.Usage.Add(new UnpricedUsage
            {
                Provider = reader.GetString(0),
                Model = reader.GetString(1),
                Tier = reader.GetString(2),
                Region = reader.GetString(3),
                Records = reader.GetInt64(4),
                Tokens = reader.GetInt64(5),
                FirstOccurredAt = reader.GetFieldValue<DateTimeOffset>(6).ToTimestampUtc(),
                LastOccurredAt = reader.GetFieldValue<DateTimeOffset>(7).ToTimestampUtc(),
            });
        }

        return answer;
    }
}
