using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;

namespace Platform.Metering.DeniedDemand;

/// <summary>All SQL of denied demand.</summary>
internal static class DeniedDemandStore
{
    private const string Insert = """
        INSERT INTO denied_demand (
            attempt_id, occurred_at, recorded_at, team_id, key_id, workload, lane, provider, model, reason, estimated_cost_nanos, currency)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (attempt_id) DO NOTHING
        """;

    public static async Task InsertAsync(NpgsqlTransaction transaction, DemandDenied denied, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = denied.AttemptId },
                new() { Value = denied.OccurredAt.TruncateToMicroseconds() },
                new() { Value = now.TruncateToMicroseconds() },
                new() { Value = denied.TeamId }, new() { Value = denied.KeyId }, new() { Value = denied.Workload }, new() { Value = denied.Lane },
                new() { Value = denied.Provider }, new() { Value = denied.Model }, new() { Value = denied.Reason },
                new() { Value = denied.EstimatedCostNanos }, new() { Value = denied.Currency },
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
