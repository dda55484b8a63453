using Npgsql;
using Platform.Contracts.Events;
using Platform.Forecast.Series;
using Platform.Postgres;

namespace Platform.Forecast.Controls;

/// <summary>Writes denied demand; it is read with the segments that it is part of.</summary>
internal sealed class DeniedDemandStore(NpgsqlDataSource dataSource)
{
    private const string Add = """
        WITH days AS (
            INSERT INTO denied_day AS total (team_id, workload, lane, day, reason, attempts, estimated_nanos) VALUES ($1, $3, $4, ($2::timestamptz AT TIME ZONE 'UTC')::date, $5, 1, $6)
            ON CONFLICT (team_id, workload, lane, day, reason) DO UPDATE SET
                attempts = total.attempts + 1, estimated_nanos = total.estimated_nanos + excluded.estimated_nanos
        )
        INSERT INTO denied_quarter AS total (team_id, quarter_start, workload, lane, reason, attempts, estimated_nanos) VALUES ($1, $2, $3, $4, $5, 1, $6)
        ON CONFLICT (team_id, quarter_start, workload, lane, reason) DO UPDATE SET
            attempts = total.attempts + 1, estimated_nanos = total.estimated_nanos + excluded.estimated_nanos
        """;

    /// <summary>Counts a refusal once, however often it is delivered, and by whichever of the two queues.</summary>
    public async Task AddAsync(DemandRecorded denied, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await Inbox.TryEnterAsync(transaction, Queues.ForecastDemandDenied, denied.AttemptId, now, cancellationToken))
        {
            return;
        }

        await using var command = new NpgsqlCommand(Add, connection, transaction)
        {
            Parameters =
            {
                new() { Value = denied.TeamId }, new() { Value = Quarter.StartOf(denied.OccurredAt) }, new() { Value = denied.Workload }, new() { Value = denied.Lane },
                new() { Value = denied.Reason }, new() { Value = Math.Max(0, denied.EstimatedCostNanos) },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
        await SeriesVersions.CountAsync(transaction, denied.TeamId, denied.OccurredAt, now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }
}
