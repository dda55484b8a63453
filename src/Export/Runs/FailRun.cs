using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Postgres;

namespace Platform.Export.Runs;

/// <summary>
/// Notes a failed try with its reason and when another follows. Of a scheduled run, which nobody waits for, people are told in the same transaction: when it ends as
/// failed, and once when it has failed so often that it will hardly mend itself.
/// </summary>
internal sealed class FailRun(NpgsqlDataSource dataSource, Outbox outbox, TimeProvider time)
{
    /// <summary>About two and a half minutes of tries.</summary>
    internal const int ToldAtFailure = 5;

    /// <param name="next">When it is tried again; null: never.</param>
    public async Task ExecuteAsync(RunRow run, string error, DateTimeOffset? next, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await RunStore.FailAsync(transaction, run.RunId, error, next, cancellationToken) is not { } failures)
        {
            return;
        }

        if (run.DueAt is { } dueAt && (next is null || failures == ToldAtFailure))
        {
            var eventId = Guid.CreateVersion7(now);
            await outbox.AddAsync(
                transaction, eventId,
                new ExportFailed(eventId, run.RunId, run.JobName, dueAt, run.From, run.To, failures, next is null, error, now), cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
    }
}
