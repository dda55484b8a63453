using Npgsql;
using Platform.Contracts;
using Platform.Contracts.Events;
using Platform.Metering.Alerts.Delivery;
using Platform.Postgres;

namespace Platform.Metering.Alerts;

/// <summary>
/// Writes an alert and one delivery for each channel that takes it, in one transaction: once for an alert's id, however often and by whomever it is raised.
/// </summary>
internal sealed class RaiseAlert(NpgsqlDataSource dataSource, AlertSignal signal, AlertTelemetry telemetry, TimeProvider time)
{
    /// <summary>The alert of a message. False when the message or the alert was known.</summary>
    public async Task<bool> FromMessageAsync(AlertRow alert, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await Inbox.TryEnterAsync(transaction, Queues.MeteringAlerts, alert.AlertId, time.GetUtcNow(), cancellationToken))
        {
            return false;
        }

        var raised = await AddAsync(transaction, alert, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        signal.Wake();
        return raised;
    }

    /// <summary>As part of a transaction; wake the signal after its commit, or it is sent a second later. False when there is one of its id already.</summary>
    public async Task<bool> AddAsync(NpgsqlTransaction transaction, AlertRow alert, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow().TruncateToMicroseconds();
        var row = alert with
        {
            // Names of others stand among figures there: a mark of direction in one would turn those around, wherever the alert is read.
            Title = PlainText.OneLine(alert.Title), Summary = PlainText.OneLine(alert.Summary), OccurredAt = alert.OccurredAt.TruncateToMicroseconds(), RecordedAt = now,
        };
        if (!await AlertStore.TryInsertAsync(transaction, row, cancellationToken))
        {
            return false;
        }

        await DeliveryStore.OweAsync(transaction, row, cancellationToken);
        telemetry.Raised(alert.Kind);
        return true;
    }
}
