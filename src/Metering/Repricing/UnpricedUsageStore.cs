using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Metering.V1;
using Platform.Metering.Imports;

namespace Platform.Metering.Repricing;

/// <summary>What is stored without a cost and waits for a price.</summary>
internal sealed class UnpricedUsageStore(NpgsqlDataSource dataSource)
{
    private const string List = $"""
        SELECT provider, model_served, service_tier, region, count(*),
            sum(input_tokens + cached_input_tokens + cache_write_tokens + cache_write_hour_tokens + output_tokens + reasoning_tokens)::bigint,
            min(occurred_at), max(occurred_at)
        FROM usage_record r
        WHERE cost_nanos IS NULL AND source <> '{UndoneUsage.Source}' AND coalesce(requests, 0) >= 0
          AND NOT EXISTS (
              SELECT FROM usage_record c
              WHERE c.corrects_record_id = r.record_id AND (c.source IN ('{RepriceUsage.Source}', '{UndoneUsage.Source}') OR c.requests < 0))
        GROUP BY 1, 2, 3, 4
        ORDER BY 5 DESC, 1, 2, 3, 4
        LIMIT 1000
        """;

    /// <summary>By provider, model, tier and region, most records first; at most 1,000 rows.</summary>
    public async Task<List<UnpricedUsage>> ListAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(List);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<UnpricedUsage>();
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new UnpricedUsage
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

        return rows;
    }
}
