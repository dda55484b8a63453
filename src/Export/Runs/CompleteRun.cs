using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Export.Files;
using Platform.Postgres;

namespace Platform.Export.Runs;

/// <summary>Makes a written run known: its figures and the event that announces it stand in one transaction.</summary>
internal sealed class CompleteRun(NpgsqlDataSource dataSource, Outbox outbox, TimeProvider time)
{
    public async Task ExecuteAsync(RunRow run, RunFiles files, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await RunStore.TryCompleteAsync(transaction, run.RunId, files, now, cancellationToken))
        {
            return;
        }

        var completed = new ExportCompleted(run.RunId, run.JobName, run.Bucket, run.ManifestKey, files.Figures.Rows, files.Figures.CostNanos, files.Currency, now);
        await outbox.AddAsync(transaction, run.RunId, completed, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        outbox.Wake();
    }
}
