using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Export.Files;
using Platform.Export.Objects;
using Platform.Postgres;

namespace Platform.Export.Runs;

/// <summary>Makes a written run known: its figures and the event that announces it stand in one transaction, and with them, of a scheduled run that lacks something, the event that tells people.</summary>
internal sealed class CompleteRun(NpgsqlDataSource dataSource, Outbox outbox, ObjectStores stores, TimeProvider time)
{
    public async Task ExecuteAsync(RunRow run, RunFiles files, CancellationToken cancellationToken)
    {
        var store = stores.Current.Kind;
        var now = time.GetUtcNow().TruncateToMicroseconds();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await RunStore.TryCompleteAsync(transaction, run.RunId, files, store, now, cancellationToken))
        {
            return;
        }

        var completed = new ExportCompleted(
            run.RunId, run.JobName, run.Bucket, run.ManifestKey, files.Figures.Rows, files.Figures.CostNanos, files.Currency, now,
            ObjectStores.LocationOf(store, run.Bucket, run.ManifestKey));
        await outbox.AddAsync(transaction, run.RunId, completed, cancellationToken);
        if (run is { DueAt: { } dueAt, Span.NotKept: { } lacks })
        {
            var eventId = Guid.CreateVersion7(now);
            await outbox.AddAsync(
                transaction, eventId, new ExportIncomplete(eventId, run.RunId, run.JobName, dueAt, lacks.From, lacks.To, lacks.RecordedAfter, now), cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
    }
}
