using System.Globalization;
using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Postgres;
using Platform.Routing.Journal;
using Platform.Routing.Scheduled;

namespace Platform.Routing.Policies;

/// <summary>Has people hear that this process cannot serve the newest policy, or not as it says, by way of the outbox.</summary>
internal sealed partial class UnusablePolicyAlert(NpgsqlDataSource dataSource, Outbox outbox, ReplicaDirectory replica, TimeProvider time, ILogger<UnusablePolicyAlert> log)
{
    /// <summary>Never throws for the database: the log has told it too.</summary>
    /// <param name="version">That cannot be served.</param>
    /// <param name="serving">That stands instead; the same: it is served, but for what <paramref name="problem"/> names.</param>
    public async Task TellAsync(long version, long serving, string problem, CancellationToken cancellationToken)
    {
        var id = DerivedIds.EventOf("policy-unusable", version.ToString(CultureInfo.InvariantCulture), serving.ToString(CultureInfo.InvariantCulture));
        var told = new PolicyUnusable(id, version, serving, replica.Replica, problem, time.GetUtcNow().TruncateToMicroseconds());
        try
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await outbox.AddAsync(transaction, id, told, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            outbox.Wake();
        }
        catch (NpgsqlException exception)
        {
            LogUntold(exception.Message);
        }
    }

    [LoggerMessage(LogLevel.Error, "Nobody could be told of it but by this log: {Detail}")]
    private partial void LogUntold(string detail);
}
